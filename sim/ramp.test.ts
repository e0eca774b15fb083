// Goal: a release whose weight follows the evidence arrives, and a bad one costs no more than its exposure budget. Method: the
// real engine, store and judge in seeded worlds.
import type { Budget } from '@humdrum/core/rollout/ramp.ts'
import { expect, test } from 'vitest'
import { firstRelease, healthy, planOf } from './first-release.ts'

const busy = { serverDies: 0, edgeDies: 0, requestsPerSecond: 200 }
const auto = (failed: number) => {
  const budget: Budget = { kind: 'requests', failed }
  return { ...planOf('v2', 'v1'), steps: [{ kind: 'auto', budget }] } as const
}

test.each([1, 2, 3])('seed %i: a good one gets everything, although server and edge die', async (seed) => {
  const { world } = await firstRelease({ seed, characters: {}, ...busy, serverDies: 0.01, edgeDies: 0.002 })
  const id = await world.deploy({ plan: auto(50) })
  expect((await world.untilOver(id, 20_000)).phase).toBe('Succeeded')
  expect(world.violations).toEqual([])
  await world.close()
})

test.each([0.02, 0.2, 1])('one that fails at %d is gone before its budget is', async (errorShare) => {
  const { world } = await firstRelease({ seed: 7, characters: { v2: { ...healthy, errorShare } }, ...busy })
  const id = await world.deploy({ plan: auto(50) })
  const end = await world.untilOver(id, 20_000)
  expect(end).toMatchObject({ phase: 'RolledBack', cause: { kind: 'trip' } })
  if (end.phase !== 'RolledBack' || end.cause.kind !== 'trip') return
  expect(end.cause.trip.candidate.bad).toBeLessThan(50)
  expect(world.violations).toEqual([])
  await world.close()
})
