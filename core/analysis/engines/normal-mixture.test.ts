import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { logNormalMixture, logNormalMixtureAbove, normalInterval } from './normal-mixture.ts'

const positive = fc.double({ min: 1e-6, max: 1e3, noNaN: true })
const difference = fc.double({ min: -50, max: 50, noNaN: true })

property.prop([difference, positive, positive])('the two halves of the prior make the whole', (d, variance, prior) => {
  const log = (sign: number): number => logNormalMixtureAbove({ difference: sign * d, variance, prior })
  const mean = Math.max(log(1), log(-1)) + Math.log1p(Math.exp(-Math.abs(log(1) - log(-1)))) - Math.LN2
  const both = logNormalMixture({ difference: d, variance, prior })
  expect(Math.abs(mean - both)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(both)))
})

property.prop([difference, positive, positive])(
  'its interval ends where the evidence is 1/alpha',
  (d, variance, prior) => {
    const { lower, upper } = normalInterval({ difference: d, variance, prior }, 0.05)
    expect((lower + upper) / 2).toBeCloseTo(d, 6)
    const atEnd = logNormalMixture({ difference: upper - d, variance, prior })
    expect(Math.abs(atEnd - Math.log(20))).toBeLessThanOrEqual(1e-6)
  },
)

test('a prior that is a point bets nothing', () => {
  expect(logNormalMixture({ difference: 3, variance: 1, prior: 0 })).toBeCloseTo(0, 14)
})

test('knows the evidence and the interval of a difference in both directions and in one', () => {
  const mixture = { difference: -0.5, variance: 0.041, prior: 0.25 }
  expect(logNormalMixture(mixture)).toBeCloseTo(1.639351622966475, 12)
  expect(logNormalMixtureAbove(mixture)).toBeCloseTo(-2.17314768436114, 12)
  const { lower, upper } = normalInterval(mixture, 0.01)
  expect([lower, upper]).toEqual([expect.closeTo(-1.2301242703836706, 12), expect.closeTo(0.23012427038367056, 12)])
})
