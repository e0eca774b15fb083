import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { logBlend, logSumExp } from './log-sum-exp.ts'

test('sums what would overflow or vanish', () => {
  expect(logSumExp([1_000, 1_000])).toBeCloseTo(1_000 + Math.LN2, 12)
  expect(logSumExp([-1_000, -1_000])).toBeCloseTo(-1_000 + Math.LN2, 12)
  expect(logSumExp([0, Number.NEGATIVE_INFINITY])).toBe(0)
  expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY)
  expect(logSumExp([1, 2, 99], 2)).toBeCloseTo(Math.log(Math.E + Math.E ** 2), 14)
  expect(logSumExp([0, 1_000], 1)).toBe(0)
  expect(logSumExp([Number.NEGATIVE_INFINITY])).toBe(Number.NEGATIVE_INFINITY)
  expect(logSumExp([0, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY)
})

property.prop([fc.double({ min: -30, max: 30, noNaN: true }), fc.integer({ min: 1, max: 999 })])(
  'blends like the plain formula where that is exact enough',
  (step, thousandths) => {
    const share = thousandths / 1_000
    const rest = (1_000 - thousandths) / 1_000
    expect(logBlend(step, share, rest)).toBeCloseTo(Math.log(rest + share * Math.exp(step)), 10)
  },
)

test('keeps its digits where the plain formula has none', () => {
  expect(logBlend(1e-12, 1e-6, 1 - 1e-6) / 1e-18).toBeCloseTo(1, 9)
  expect(logBlend(-800, 1 - 1e-9, 1e-9)).toBeCloseTo(Math.log(1e-9), 12)
  expect(logBlend(5_000, 0.5, 0.5)).toBeCloseTo(5_000 - Math.LN2, 9)
  expect(logBlend(5_000, 0, 1)).toBe(0)
  expect(logBlend(701, 1e-305, 1)).toBeCloseTo(Math.log1p(1e-5 * Math.exp(701 - 300 * Math.LN10)), 12)
  expect(logBlend(-3, 0.9, 0.1)).toBeCloseTo(Math.log(0.1 + 0.9 * Math.exp(-3)), 14)
})
