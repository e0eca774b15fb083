// Goal: whatever dies and whenever, a bad release loses its traffic, a good one arrives, and every rollout ends.
// Method: the real engine and store in seeded worlds in which the server dies at its calls and the edge at any turn.
import type { RolloutId } from '@humdrum/core/ids.ts'
import { getMeasurements, listRejections } from '@humdrum/server/store/records.ts'
import { expect, test } from 'vitest'
import { firstRelease, healthy, planOf } from './first-release.ts'
import type { WorldPlan } from './world.ts'
import { digestOf } from './world.ts'

const stormy: Omit<WorldPlan, 'seed' | 'characters'> = { serverDies: 0.01, edgeDies: 0.005, requestsPerSecond: 120 }

const seeds = Array.from({ length: 12 }, (_, index) => index + 1)

test.each(seeds)('seed %i: a bad release is rolled back and rejected, with no traffic after the trip', async (seed) => {
  const { world, rollout } = await firstRelease({
    seed,
    characters: { v1: healthy, v2: { ...healthy, errorShare: 0.3 } },
    ...stormy,
  })
  expect(rollout.phase).toBe('Succeeded')
  const id = await world.deploy({ plan: planOf('v2', 'v1') })
  expect(await world.untilOver(id, 8_000)).toMatchObject({ phase: 'RolledBack', cause: { kind: 'trip' } })
  expect((await listRejections(world.store.db)).map(({ digest }) => digest)).toEqual([digestOf('v2')])
  expect(world.violations).toEqual([])
  await world.close()
})

test.each(seeds)('seed %i: a good release arrives although server and edge die on the way', async (seed) => {
  const { world } = await firstRelease({
    seed,
    characters: { v1: { ...healthy, errorShare: 0.01 }, v2: { ...healthy, errorShare: 0.01 } },
    ...stormy,
  })
  const id = await world.deploy({ plan: planOf('v2', 'v1') })
  expect((await world.untilOver(id, 20_000)).phase).toBe('Succeeded')
  expect(world.violations).toEqual([])
  expect(world.served.get('v2')).toBeGreaterThan(100)
  await world.close()
})

test('a release that is never ready fails, and never gets a request', async () => {
  const { world } = await firstRelease({
    seed: 3,
    characters: { v2: { ...healthy, readyAfterMs: Number.POSITIVE_INFINITY } },
    ...stormy,
  })
  const id = await world.deploy({ plan: planOf('v2', 'v1') })
  expect(await world.untilOver(id, 2_000)).toMatchObject({ phase: 'Failed', cause: { kind: 'neverReady' } })
  expect(world.served.get('v2')).toBeUndefined()
  await world.close()
})

test('a crash loop of the candidate takes it out', async () => {
  const { world } = await firstRelease({
    seed: 4,
    characters: { v2: { ...healthy, crashesPerSecond: 2 } },
    serverDies: 0,
    edgeDies: 0,
    requestsPerSecond: 40,
  })
  const id = await world.deploy({ plan: planOf('v2', 'v1') })
  const end = await world.untilOver(id, 2_000)
  expect(['RolledBack', 'Failed']).toContain(end.phase)
  expect(end).toMatchObject({ cause: { kind: 'crashLoop' } })
  await world.close()
})

const orders = ['aborted', 'rollbackAsked', 'paused', 'resumed'] as const

test.each(seeds.slice(0, 6))('seed %i: people press every button at any moment, and it still ends', async (seed) => {
  const { world } = await firstRelease({ seed, characters: {}, ...stormy })
  const id = await world.deploy({ plan: planOf('v2', 'v1') })
  for (let turn = 0; turn < 60; turn += 1) {
    await world.turn()
    const button = orders[world.random.between(0, 20)]
    if (button !== undefined) await world.order(id, button)
  }
  await world.order(id, 'resumed')
  await world.order(id, 'aborted')
  const end = await world.untilOver(id, 2_000)
  expect(['RolledBack', 'Failed', 'Succeeded']).toContain(end.phase)
  expect(world.violations).toEqual([])
  await world.close()
})

test('evidence goes on after both died: the judge is handed back to an edge that lost it', async () => {
  const { world } = await firstRelease({
    seed: 5,
    characters: { v2: { ...healthy, errorShare: 0.004 } },
    serverDies: 0,
    edgeDies: 0,
    requestsPerSecond: 120,
  })
  const id = (await world.deploy({ plan: planOf('v2', 'v1') })) as RolloutId
  for (let turn = 0; turn < 20; turn += 1) await world.turn()
  const before = (await getMeasurements(world.store.db, [id])).get(id)?.candidate.requests ?? 0
  expect(before).toBeGreaterThan(10)
  world.crashEdge()
  for (let turn = 0; turn < 4; turn += 1) await world.turn()
  expect((await getMeasurements(world.store.db, [id])).get(id)?.candidate.requests).toBeGreaterThanOrEqual(before)
  await world.close()
})
