// Goal: what is recorded is recorded whole, once, and by the newest writer only. The suite knows no SQLite of its own, so
// that it can run on another engine too.
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppName, Digest, RolloutId, Version } from '@humdrum/core/ids.ts'
import { pending } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Rollout } from '@humdrum/core/rollout/state.ts'
import { step } from '@humdrum/core/rollout/step.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockHome } from './lock.ts'
import type { Store } from './open.ts'
import { openStore } from './open.ts'
import type { Measurement } from './records.ts'
import {
  claimVersion,
  getMeasurements,
  liftRejection,
  listRejections,
  openCommands,
  putArtifact,
  putCommand,
  transitionsAfter,
} from './records.ts'
import type { Exposure } from './rollouts.ts'
import { getRollout, insertRollout, listRollouts, listSucceeded, newestRollouts, reject, saveStep } from './rollouts.ts'
import { unsoundness } from './soundness.ts'

const at = 5 as Instant
const before = { hosts: [], warmup: null, shield: 'off' as const }
const exposure: Exposure = {
  hosts: ['shop.example'],
  warmup: { requests: 20, path: '/healthz' },
  shield: '5xx',
  before,
}
let store: Store

beforeEach(async () => {
  store = await openStore(':memory:')
})
afterEach(() => store.close())

const begin = async (): Promise<Rollout> => {
  const { id: _, ...rollout } = pending()
  const id = await insertRollout(store.db, rollout as Omit<Rollout, 'id'>, { exposure, text: 'accepted' })
  if (id === null) throw new Error('refused')
  return { ...pending(), id }
}

const abort = (rollout: Rollout): Rollout => step(rollout, { kind: 'aborted', at, actor: 'ada', reason: '' })

const measurement: Measurement = {
  ...{
    at,
    weight: null,
    candidate: { requests: 4, bad: 4 },
    stable: { requests: 43, bad: 0 },
    rescued: 4,
    mismatch: null,
  },
  ...{ evidence: 146, trip: null, judge: null, releases: [] },
}

const saved = (before: Rollout, after: Rollout, handled: readonly number[] = []) => ({
  before,
  after,
  transitions: [{ generation: after.generation, at, phase: after.phase, step: null, text: 'over' }],
  handled,
  rejection: { digest: 'sha256:2' as Digest, reason: 'bad' },
  measurement,
  at,
})

test('a rollout comes back as it was saved, with how it is exposed', async () => {
  const rollout = await begin()
  expect(await getRollout(store.db, rollout.id)).toEqual({
    ...{ rollout, exposure, asked: null, startedAt: 0, endedAt: null },
  })
})

test('keeps who asked for a rollout, and why', async () => {
  const { id: _, ...rollout } = pending()
  const asked = { by: 'ada', reason: 'orders are lost' }
  const id = await insertRollout(store.db, rollout as Omit<Rollout, 'id'>, { exposure, text: 'accepted', asked })
  expect(await getRollout(store.db, id as RolloutId)).toMatchObject({ asked })
})

test('a rollout that was begun before there was a shield has the one of those who ask for nothing', async () => {
  const rollout = await begin()
  const earlier = { hosts: ['shop.example'], warmup: null, before: { hosts: [], warmup: null } }
  await store.db
    .updateTable('rollouts')
    .set({ exposure: JSON.stringify(earlier) })
    .execute()
  expect((await getRollout(store.db, rollout.id))?.exposure).toEqual({
    ...{ ...earlier, shield: 'unreachable' },
    before: { ...earlier.before, shield: 'unreachable' },
  })
})

test('a second rollout of an environment is refused while one is under way, and taken afterwards', async () => {
  const first = await begin()
  const { id: _, ...again } = pending()
  expect(await insertRollout(store.db, again as Omit<Rollout, 'id'>, { exposure, text: '' })).toBeNull()
  expect(await saveStep(store.db, saved(first, abort(first)))).toBe(true)
  const second = await begin()
  expect(second.id).toBeGreaterThan(first.id)
  expect((await newestRollouts(store.db)).map(({ rollout }) => rollout.id)).toEqual([second.id])
})

test('the slower of two writers saves nothing: no state, no transition, no handled order, no rejection, no measurement', async () => {
  const rollout = await begin()
  await putCommand(store.db, { rollout: rollout.id, kind: 'aborted', actor: 'ada', reason: '', leg: null, at })
  const [order] = await openCommands(store.db)
  const quick = step(rollout, { kind: 'rollbackAsked', at, actor: 'bob', reason: '' })
  const { measurement: _, ...unmeasured } = saved(rollout, quick)
  expect(await saveStep(store.db, { ...unmeasured, rejection: null })).toBe(true)
  expect(await saveStep(store.db, saved(rollout, abort(rollout), [order?.id ?? 0]))).toBe(false)
  expect((await getRollout(store.db, rollout.id))?.rollout).toEqual(quick)
  expect(await openCommands(store.db)).toHaveLength(1)
  expect(await listRejections(store.db)).toEqual([])
  expect(await getMeasurements(store.db, [rollout.id])).toEqual(new Map())
  expect(await transitionsAfter(store.db, { after: 0, rollout: null, limit: 10 })).toHaveLength(2)
})

test('a step is saved with its transition, its orders, its rejection and what was measured', async () => {
  const rollout = await begin()
  await putCommand(store.db, { rollout: rollout.id, kind: 'aborted', actor: 'ada', reason: '', leg: null, at })
  const [order] = await openCommands(store.db)
  await saveStep(store.db, saved(rollout, abort(rollout), [order?.id ?? 0]))
  expect(await openCommands(store.db)).toEqual([])
  expect(await listRejections(store.db)).toEqual([
    { digest: 'sha256:2', app: 'shop', reason: 'bad', rollout: rollout.id },
  ])
  expect(await getMeasurements(store.db, [rollout.id])).toEqual(new Map([[rollout.id, measurement]]))
  const transitions = await transitionsAfter(store.db, { after: 0, rollout: rollout.id, limit: 10 })
  expect(transitions.map(({ generation, phase }) => [generation, phase])).toEqual([
    [1, 'Pending'],
    [2, 'Failed'],
  ])
  expect((await getRollout(store.db, rollout.id))?.endedAt).toBe(at)
})

test('a version never moves to other bytes', async () => {
  const app = 'shop' as AppName
  for (const digest of ['sha256:1', 'sha256:2']) await putArtifact(store.db, { digest: digest as Digest, bytes: 1, at })
  const run = { command: 'true', env: {}, health: { path: '/', timeoutMs: 1 }, stop: { timeoutMs: 1 } }
  const release = (digest: string) => ({
    app,
    version: 'v1' as Version,
    digest: digest as Digest,
    artifact: digest as Digest,
    run,
  })
  await claimVersion(store.db, release('sha256:1'), at)
  expect((await claimVersion(store.db, release('sha256:2'), at)).artifact).toBe('sha256:1')
})

test('a lifted rejection may come back, and lifting twice says so', async () => {
  const digest = 'sha256:1' as Digest
  const rejecting = { digest, reason: 'bad', app: 'shop' as AppName, rollout: 1 as RolloutId, at }
  await reject(store.db, rejecting)
  const by = { actor: 'ada', reason: 'it was the database', at }
  expect(await liftRejection(store.db, digest, by)).toBe(true)
  expect(await liftRejection(store.db, digest, by)).toBe(false)
  expect(await listRejections(store.db)).toEqual([])
  await reject(store.db, { ...rejecting, reason: 'bad again' })
  expect(await listRejections(store.db)).toMatchObject([{ reason: 'bad again' }])
})

test('rollouts are listed newest first, by app and environment', async () => {
  const first = await begin()
  await saveStep(store.db, saved(first, abort(first)))
  const second = await begin()
  const ids = async (filter: { app?: AppName }) =>
    (await listRollouts(store.db, { ...filter, limit: 10 })).map(({ rollout }) => rollout.id)
  expect(await ids({ app: 'shop' as AppName })).toEqual([second.id, first.id])
  expect(await ids({ app: 'other' as AppName })).toEqual([])
})

test('what succeeded in an environment is listed whole, newest first', async () => {
  const ids: RolloutId[] = []
  for (const phase of ['Succeeded', 'Failed', 'Succeeded']) {
    const before = await begin()
    const after = { ...abort(before), phase } as Rollout
    await saveStep(store.db, saved(before, after))
    if (phase === 'Succeeded') ids.unshift(before.id)
  }
  const { scope } = pending()
  expect((await listSucceeded(store.db, scope)).map(({ rollout }) => rollout.id)).toEqual(ids)
  expect(await listSucceeded(store.db, { ...scope, app: 'other' as AppName })).toEqual([])
})

test('a rollout that is not allowed in the end leaves nothing', async () => {
  const { id: _, ...rollout } = pending()
  const given = { exposure, text: '', allows: () => false }
  expect(await insertRollout(store.db, rollout as Omit<Rollout, 'id'>, given)).toBeNull()
  expect(await listRollouts(store.db, { limit: 10 })).toEqual([])
})

test('a store is sound when its file is, and every order in it was handled', async () => {
  const rollout = await begin()
  expect(await unsoundness(store.db)).toEqual([])
  await putCommand(store.db, { rollout: rollout.id, kind: 'paused', leg: null, actor: 'ada', reason: '', at })
  expect(await unsoundness(store.db)).toEqual([`nobody handled paused of r-${rollout.id}`])
})

test('a home is held by one at a time, and free again when it is let go', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'humdrum-lock-'))
  const file = join(folder, 'lock.db')
  const held = lockHome(file)
  expect(held).not.toBeNull()
  expect(lockHome(file)).toBeNull()
  held?.release()
  const again = lockHome(file)
  expect(again).not.toBeNull()
  again?.release()
  rmSync(folder, { recursive: true })
})
