import { expect, test } from 'vitest'
import { readOwnConfig } from './own-config.ts'

test('the times of the demo are short, and alpha is the default', () => {
  const { run, environment } = readOwnConfig()
  const { rollout, target } = environment
  expect(rollout).toMatchObject({
    steps: [
      { kind: 'setWeight', weight: 200_000 },
      { kind: 'setWeight', weight: 500_000 },
    ],
    analysis: { alpha: 10_000, minExposure: { timeMs: 4_000 } },
    bake: { forMs: 5_000 },
  })
  expect(run.health.timeoutMs).toBeLessThanOrEqual(5_000)
  expect(target.instances).toBe(2)
})
