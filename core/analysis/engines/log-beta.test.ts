import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { logBeta, logBetaAround, stirlingRemainder } from './log-beta.ts'

const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true })

test('knows the values that have a closed form', () => {
  expect(logBeta(1, 1)).toBeCloseTo(0, 14)
  expect(logBeta(0.5, 0.5)).toBeCloseTo(Math.log(Math.PI), 14)
  expect(logBeta(3, 4)).toBeCloseTo(-Math.log(60), 13)
  expect(logBeta(1, 1e7)).toBeCloseTo(-Math.log(1e7), 12)
})

test('Stirling misses 10! and 20! by its remainder', () => {
  const leading = (z: number): number => (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI)
  expect(leading(11) + stirlingRemainder(11)).toBeCloseTo(Math.log(3_628_800), 12)
  expect(leading(21) + stirlingRemainder(21)).toBeCloseTo(Math.log(2_432_902_008_176_640_000), 12)
})

test.each([10, 171, 10_000])('is lnΓ by its definition at %d', (n) => {
  const logFactorial = (last: number): number => {
    let sum = 0
    for (let k = last; k >= 2; k -= 1) sum += Math.log(k)
    return sum
  }
  const expected = 2 * logFactorial(n - 1) - logFactorial(2 * n - 1)
  expect(Math.abs(logBeta(n, n) / expected - 1)).toBeLessThanOrEqual(1e-12)
})

property.prop([positive, positive])('B(a+1, b) = B(a, b) a/(a+b)', (a, b) => {
  const [one, other] = [logBeta(a + 1, b), logBeta(a, b) + Math.log(a / (a + b))]
  expect(Math.abs(one - other)).toBeLessThanOrEqual(1e-11 * Math.max(1, Math.abs(one)))
})

property.prop([positive, positive, fc.double({ min: 0.01, max: 0.99, noNaN: true })])(
  'around p it is the beta function without its leading powers',
  (a, b, p) => {
    const plain = logBeta(a, b) - a * Math.log(p) - b * Math.log1p(-p)
    expect(Math.abs(logBetaAround(a, b, p) - plain)).toBeLessThanOrEqual(1e-9 + 1e-12 * (a + b))
  },
)
