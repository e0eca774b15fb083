// Goal: whatever dies and whenever, a bad release loses its traffic, a good one arrives, and every rollout ends.
// Method: the real engine and store in seeded worlds in which the server dies at its calls and the edge at any turn.
import type { RolloutId, Version } from '@humdrum/core/ids.ts'
import type { Plan } from '@humdrum/core/rollout/state.ts'
import { ppm } from '@humdrum/core/time.ts'
import { getMeasurements, listRejections, transitionsAfter } from '@humdrum/server/store/records.ts'
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

const orders = ['aborted', 'rollbackAsked', 'paused', 'resumed', 'promoted', 'promotedFully'] as const

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

const replaced = async (plan: WorldPlan) => {
  const { world } = await firstRelease(plan)
  const id = await world.deploy({ plan: planOf('v2', 'v1') })
  const { phase, since } = await world.untilOver(id, 20_000)
  expect(phase).toBe('Succeeded')
  return { world, since }
}

test.each(seeds.slice(0, 6))(
  'seed %i: what was replaced stays whole without traffic for its standby, and then stops',
  async (seed) => {
    const { world, since } = await replaced({ seed, characters: {}, ...stormy })
    const { drainMs, standbyMs } = planOf('v2', 'v1')
    while (world.now() < since + drainMs) await world.turn()
    const served = world.served.get('v1')
    while (world.now() < since + standbyMs) {
      expect(world.target.alive('v1' as Version)).toHaveLength(2)
      await world.turn()
    }
    // The server may be away when the time is over.
    for (let turn = 0; turn < 400; turn += 1) await world.turn()
    expect(world.target.alive('v1' as Version)).toEqual([])
    expect(world.served.get('v1')).toBe(served)
    expect(world.violations).toEqual([])
    await world.close()
  },
)

const calm: Omit<WorldPlan, 'seed' | 'characters'> = { ...stormy, serverDies: 0, edgeDies: 0 }

test('a release that is warm has everything back after one turn, and what is left of the other one ends', async () => {
  const { world } = await replaced({ seed: 6, characters: {}, ...calm })
  const before = world.served.get('v2')
  const id = await world.rollBack()
  expect((await world.read(id)).phase).toBe('Promoting')
  await world.turn()
  expect(world.served.get('v2')).toBe(before)
  expect((await world.untilOver(id, 10)).phase).toBe('Succeeded')
  for (let turn = 0; turn < 40; turn += 1) await world.turn()
  expect(world.target.alive('v2' as Version)).toEqual([])
  expect(world.violations).toEqual([])
  await world.close()
})

test.each(seeds.slice(0, 6))('seed %i: a rollback to what is warm arrives, whatever dies on the way', async (seed) => {
  const { world } = await replaced({ seed, characters: {}, ...stormy })
  for (let turn = 0; turn < 8; turn += 1) await world.turn()
  const id = await world.rollBack()
  expect((await world.untilOver(id, 4_000)).phase).toBe('Succeeded')
  expect(world.violations).toEqual([])
  await world.close()
})

const halfOfFour = (): Plan => ({
  ...planOf('v2', 'v1'),
  candidateInstances: 4,
  steps: [{ kind: 'setWeight', weight: ppm(500_000) }],
})

test.each(seeds.slice(0, 6))(
  'seed %i: a bad instance is replaced, and its release arrives; one that is bad everywhere goes back',
  async (seed) => {
    const first = (badInstances: number) =>
      firstRelease({ seed, characters: { v2: { ...healthy, badInstances } }, ...stormy, serverDies: 0 })
    const { world } = await first(1)
    const id = await world.deploy({ plan: halfOfFour() })
    const end = await world.untilOver(id, 20_000)
    expect(end).toMatchObject({ phase: 'Succeeded', replaced: { release: 'v2' } })
    const told = (await transitionsAfter(world.store.db, { after: 0, rollout: id, limit: 100 })).map(({ text }) => text)
    expect(told.filter((text) => text.includes(`instance ${end.replaced?.instance} of v2 is replaced`))).toHaveLength(1)
    expect(world.target.alive('v2' as Version)).not.toContain(end.replaced?.instance)
    await world.close()
    const { world: other } = await first(4)
    expect(await other.untilOver(await other.deploy({ plan: halfOfFour() }), 20_000)).toMatchObject({
      phase: 'RolledBack',
      cause: { kind: 'trip' },
    })
    await other.close()
  },
)

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
