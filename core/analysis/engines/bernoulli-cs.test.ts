import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { bernoulliInterval, logBetaMixture } from './bernoulli-cs.ts'

const counts = fc
  .tuple(fc.nat({ max: 100_000 }), fc.nat({ max: 100_000 }))
  .map(([one, other]) => ({ bad: Math.min(one, other), requests: Math.max(one, other), a: 0.5, b: 0.5 }))

test('before data every rate is possible, and no evidence is against any', () => {
  const none = { bad: 0, requests: 0, a: 0.5, b: 0.5 }
  expect(bernoulliInterval(none, 0.05)).toEqual({ lower: 0, upper: 1 })
  for (const p of [0, 0.3, 1]) expect(logBetaMixture(none, p)).toBe(0)
})

test('one bad request refutes a rate of 0 for good, and only that end', () => {
  expect(logBetaMixture({ bad: 1, requests: 2, a: 0.5, b: 0.5 }, 0)).toBe(Number.POSITIVE_INFINITY)
  expect(logBetaMixture({ bad: 2, requests: 2, a: 0.5, b: 0.5 }, 1)).toBeLessThan(0)
  expect(bernoulliInterval({ bad: 3, requests: 3, a: 0.5, b: 0.5 }, 0.01).upper).toBe(1)
})

test('an alpha that refutes every rate leaves the one that was seen', () => {
  expect(bernoulliInterval({ bad: 1, requests: 3, a: 0.5, b: 0.5 }, 20)).toEqual({ lower: 1 / 3, upper: 1 / 3 })
})

property.prop([counts, fc.constantFrom(1e-9, 0.001, 0.05, 0.5)])(
  'holds the observed rate, and its ends are where the evidence reaches 1/alpha',
  (mixture, alpha) => {
    fc.pre(mixture.requests > 0)
    const { lower, upper } = bernoulliInterval(mixture, alpha)
    const rate = mixture.bad / mixture.requests
    expect(lower).toBeLessThanOrEqual(rate)
    expect(upper).toBeGreaterThanOrEqual(rate)
    const refuted = (p: number): boolean => logBetaMixture(mixture, p) >= -Math.log(alpha)
    expect([refuted(lower), refuted(upper)]).toEqual([false, false])
    if (lower > 1e-9) expect(refuted(lower - 1e-9)).toBe(true)
    if (upper < 1) expect(refuted(Math.min(1, upper + 1e-9))).toBe(true)
  },
)

property.prop([counts])('a smaller alpha never narrows it', (mixture) => {
  const [wide, narrow] = [bernoulliInterval(mixture, 0.001), bernoulliInterval(mixture, 0.05)]
  expect(wide.lower).toBeLessThanOrEqual(narrow.lower)
  expect(wide.upper).toBeGreaterThanOrEqual(narrow.upper)
})
