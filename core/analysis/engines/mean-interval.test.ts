import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createRandom, draws } from '../seeded-random.ts'
import { createMeanBet, usualStakes } from './mean-bet.ts'
import type { DifferenceSums } from './mean-interval.ts'
import { meanInterval } from './mean-interval.ts'

const sumsOf = (differences: readonly number[]): DifferenceSums => ({
  count: differences.length,
  sum: differences.reduce((sum, one) => sum + one, 0),
  squares: differences.reduce((sum, one) => sum + one * one, 0),
})
const bounded = fc.double({ min: -1, max: 1, noNaN: true })

test('without data every mean is possible', () => {
  expect(meanInterval(sumsOf([]), 0.05)).toEqual({ lower: -1, upper: 1 })
})

property.prop([fc.array(bounded, { minLength: 20, maxLength: 80 })])(
  'refutes no mean that those who bet against it would not have refuted',
  (all) => {
    const { lower, upper } = meanInterval(sumsOf(all), 0.05)
    for (const [mean, sign] of [
      [lower, 1],
      [upper, -1],
    ] as const) {
      if (Math.abs(mean) === 1) continue
      // The stakes of the bound are on half of the distance.
      const bet = createMeanBet({ margin: 0, stakes: usualStakes })
      for (const one of all) bet.add((sign * (one - mean)) / 2)
      expect(bet.logEvidence()).toBeGreaterThanOrEqual(Math.log(40) - 1e-9)
    }
  },
)

property.prop([fc.array(bounded, { minLength: 1, maxLength: 80 })])(
  'is mirrored when the arms change places',
  (all) => {
    const [one, other] = [meanInterval(sumsOf(all), 0.05), meanInterval(sumsOf(all.map((value) => -value)), 0.05)]
    expect(one.lower).toBeCloseTo(-other.upper, 9)
    expect(one.upper).toBeCloseTo(-other.lower, 9)
  },
)

test('narrows around the mean, and is left in at most alpha of all runs', () => {
  const random = createRandom(2)
  let missed = 0
  for (let run = 0; run < 100; run += 1) {
    const all = Array.from({ length: 2_000 }, () => 0.2 + 0.6 * (random() / draws - 0.5))
    const { lower, upper } = meanInterval(sumsOf(all), 0.05)
    if (lower > 0.2 || upper < 0.2) missed += 1
    expect(upper - lower).toBeLessThan(0.1)
  }
  expect(missed).toBeLessThanOrEqual(5)
})
