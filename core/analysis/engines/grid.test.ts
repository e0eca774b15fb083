import { expect, test } from 'vitest'
import { gridLogWeights, gridSize, gridSteps } from './grid.ts'
import vectors from './vectors.json' with { type: 'json' }

test('is the published grid', () => {
  const { h, pi, K } = vectors.default_grid
  expect(gridSize).toBe(K)
  for (const [k, step] of gridSteps.entries()) expect(step).toBeCloseTo(h[k] ?? Number.NaN, 13)
  for (const [k, weight] of gridLogWeights.entries()) expect(Math.exp(weight)).toBeCloseTo(pi[k] ?? Number.NaN, 13)
})

test('its weights sum to 1, or no e-value would start at 1', () => {
  expect(gridLogWeights.reduce((sum, weight) => sum + Math.exp(weight), 0)).toBeCloseTo(1, 14)
})
