import { expect, test } from 'vitest'
import { lastHolding } from './bisection.ts'

test('finds the last double that holds, in both directions', () => {
  const found = lastHolding(0, 2, (x) => x * x < 2)
  expect(found * found).toBeLessThan(2)
  expect(found).toBeCloseTo(Math.SQRT2, 15)
  expect(lastHolding(2, 0, (x) => x * x >= 2)).toBeCloseTo(Math.SQRT2, 15)
})

test('finds places next to zero to all their digits', () => {
  expect(lastHolding(1, 0, (x) => x > 1e-200) / 1e-200).toBeCloseTo(1, 14)
  expect(lastHolding(1, 0, () => true)).toBeLessThan(1e-320)
})
