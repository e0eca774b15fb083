import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { logNormalCdf } from './normal-cdf.ts'

test.each([
  [0, -Math.LN2],
  [-1, -1.8410216450092634],
  [-5, -15.064998393988725],
  [-20, -203.91715537109727],
  [-38, -726.5572160188201],
  [0.5, -0.3689464152886565],
  [3, -0.0013508099647481923],
])('knows ln Φ(%d)', (z, expected) => {
  expect(Math.abs(logNormalCdf(z) - expected)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(expected)))
})

property.prop([fc.double({ min: -8, max: 8, noNaN: true })])('both tails make the whole', (z) => {
  expect(Math.exp(logNormalCdf(z)) + Math.exp(logNormalCdf(-z))).toBeCloseTo(1, 14)
})

property.prop([fc.double({ min: -40, max: 8, noNaN: true }), fc.double({ min: 1e-6, max: 1, noNaN: true })])(
  'it rises, across the places where the formula changes too',
  (z, more) => {
    expect(logNormalCdf(z + more)).toBeGreaterThanOrEqual(logNormalCdf(z))
  },
)
