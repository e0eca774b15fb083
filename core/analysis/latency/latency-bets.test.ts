import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { betsOn, kindOfBet, latencyBets, slownessScores, thresholdQuantiles } from './latency-bets.ts'

test('between quantiles that are far apart slowness is counted too, and nowhere beyond them', () => {
  const usual = [0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999]
  expect(thresholdQuantiles([0.5, 0.9, 0.99, 0.999])).toEqual(usual)
  expect(thresholdQuantiles([0.99])).toEqual([0.99])
  expect(thresholdQuantiles([0.5, 0.76])).toEqual([0.5, 0.76])
  expect(thresholdQuantiles([0.9, 0.99])).toEqual([0.9, 0.95, 0.975, 0.99])
})

test('the weights of all bets are 1', () => {
  const { logWeights, logRatios } = betsOn(slownessScores([0.5, 0.5]))
  expect(logWeights.reduce((sum, log) => sum + Math.exp(log), 0)).toBeCloseTo(1, 12)
  expect([logRatios.length, kindOfBet.length]).toEqual([latencyBets, latencyBets])
})

property.prop([
  fc.array(fc.oneof(fc.constant(1e-9), fc.double({ min: 1e-6, max: 1, noNaN: true })), { minLength: 2, maxLength: 18 }),
])('no bet falls towards the slower categories, and each tells the quickest from the slowest', (weights) => {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  for (const ratios of betsOn(slownessScores(weights.map((weight) => weight / total))).logRatios) {
    const steps = Array.from(ratios)
      .slice(1)
      .map((ratio, index) => ratio - (ratios[index] ?? 0))
    expect(steps.every((step) => step >= 0 && Number.isFinite(step))).toBe(true)
    expect((ratios.at(-1) ?? 0) - (ratios[0] ?? 0)).toBeGreaterThan(0)
  }
})
