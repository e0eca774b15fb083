// Goal: a slow release loses its traffic and a good one arrives by all that is judged. Method: the real engine, store and
// judge in seeded worlds whose requests take time.
import { usualErrors, usualLatency } from '@humdrum/core/analysis/metric.ts'
import { expect, test } from 'vitest'
import { firstRelease, healthy, planOf } from './first-release.ts'

const calm = { serverDies: 0, edgeDies: 0, requestsPerSecond: 200 }
const judged = { metrics: [usualErrors, usualLatency] }

test('a release that is half as slow again is rolled back for its latency', async () => {
  const { world } = await firstRelease({ seed: 1, characters: { v2: { ...healthy, slowness: 1.5 } }, ...calm })
  const id = await world.deploy({ plan: { ...planOf('v2', 'v1'), ...judged } })
  const end = await world.untilOver(id, 8_000)
  expect(end).toMatchObject({ phase: 'RolledBack', cause: { kind: 'trip', trip: { metric: 'latency' } } })
  expect(world.violations).toEqual([])
  await world.close()
})

test.each([1, 2, 3])('seed %i: one that is as quick gets everything, although server and edge die', async (seed) => {
  const { world } = await firstRelease({ seed, characters: {}, ...calm, serverDies: 0.01, edgeDies: 0.002 })
  const id = await world.deploy({ plan: { ...planOf('v2', 'v1'), ...judged } })
  expect((await world.untilOver(id, 20_000)).phase).toBe('Succeeded')
  expect(world.violations).toEqual([])
  await world.close()
})
