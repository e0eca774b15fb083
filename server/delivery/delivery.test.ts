// Goal: what may not begin does not begin, and says why; what goes back is what was there before.
import type { AppConfig } from '@humdrum/contract/config/app-config.ts'
import { parseConfig } from '@humdrum/contract/config/parse.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { Digest, RolloutId } from '@humdrum/core/ids.ts'
import { trip } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Stage } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Store } from '../store/open.ts'
import { openStore } from '../store/open.ts'
import { listRejections, openCommands, putArtifact, transitionsAfter } from '../store/records.ts'
import { getRollout, saveStep } from '../store/rollouts.ts'
import { deploy } from './accept.ts'
import { order } from './order.ts'
import type { DeliveryParts } from './parts.ts'
import { rollback } from './rollback.ts'

const configOf = (more = '', run = '{ command: node server.js }'): AppConfig => {
  const text = `version: 1\napp: shop\nrun: ${run}\nenvironments:\n  production:\n    target: { kind: process, instances: 2 }\n${more}`
  const parsed = parseConfig(text, 'humdrum.yaml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.config
}

const digest = (name: string): Digest => `sha256:${name.repeat(64).slice(0, 64)}` as Digest
const bytes = { one: digest('1'), two: digest('2'), three: digest('3') }
let store: Store
let parts: DeliveryParts

beforeEach(async () => {
  store = await openStore(':memory:')
  let clockMs = 0
  parts = {
    store,
    place: async () => ok(null),
    missingVariables: (run) => (run.env['DB'] === undefined ? [] : ['SHOP_DB']),
    now: () => {
      clockMs += 1
      return clockMs as Instant
    },
  }
  for (const known of Object.values(bytes)) await putArtifact(store.db, { digest: known, bytes: 1, at: 0 as Instant })
})
afterEach(() => store.close())

const ask = (artifact: Digest, more: { environment?: string; version?: string; config?: AppConfig } = {}) =>
  deploy(parts, {
    config: more.config ?? configOf(),
    environment: more.environment,
    version: more.version,
    artifact,
    actor: 'ada',
  })

const begun = async (artifact: Digest, version?: string): Promise<RolloutId> => {
  const result = await ask(artifact, version === undefined ? {} : { version })
  if (!result.ok) throw new Error(result.fault.reason)
  return result.value.rollout
}

/** Ends a rollout as the engine would. */
const end = async (id: RolloutId, stage: Stage): Promise<void> => {
  const stored = await getRollout(store.db, id)
  if (stored === null) throw new Error('no such rollout')
  const before = stored.rollout
  const after = { ...before, ...stage, generation: before.generation + 1 }
  const rejection =
    stage.phase === 'RolledBack' ? { digest: before.plan.candidateArtifact, reason: 'v2: errors' } : null
  await saveStep(store.db, { before, after, transitions: [], handled: [], rejection, at: 9 as Instant })
}

const planOf = async (id: RolloutId) => (await getRollout(store.db, id))?.rollout.plan
const codeOf = (result: { ok: boolean; fault?: { code: string } }) => (result.ok ? null : result.fault?.code)

test('the first release has no way back and no steps; the second has both, by the file and its defaults', async () => {
  const first = await begun(bytes.one)
  expect(await planOf(first)).toMatchObject({ candidate: 'v1', stable: null, steps: [], bake: null, wayBack: null })
  await end(first, { phase: 'Succeeded' })
  const plan = await planOf(await begun(bytes.two))
  expect(plan).toMatchObject({ candidate: 'v2', stable: 'v1', alpha: 0.01, stableInstances: 2, candidateInstances: 2 })
  expect(plan?.steps).toHaveLength(4)
  expect(plan?.wayBack?.checked).toEqual(['v1 is present and verified', 'v1 keeps its 2 instances until the end'])
})

test('a rejected artifact is refused, by whatever name it comes', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  await end(await begun(bytes.two), { phase: 'RolledBack', cause: { kind: 'trip', trip } })
  expect(codeOf(await ask(bytes.two))).toBe('HD4102')
  expect(codeOf(await ask(bytes.two, { version: 'other' }))).toBe('HD4102')
  expect((await ask(bytes.three)).ok).toBe(true)
})

test('one rollout of an environment at a time', async () => {
  await begun(bytes.one)
  expect(codeOf(await ask(bytes.two))).toBe('HD4101')
})

test('the same bytes with the same run are the same release: live already means nothing to do', async () => {
  const first = await begun(bytes.one)
  await end(first, { phase: 'Succeeded' })
  expect(await ask(bytes.one)).toEqual({ ok: true, value: { rollout: first, unchanged: true } })
  const other = await ask(bytes.one, { config: configOf('', '{ command: node other.js }') })
  expect(other.ok && (await planOf(other.value.rollout))?.candidate).toBe('v2')
})

test('a version that means other bytes is refused', async () => {
  await end(await begun(bytes.one, '2026-11'), { phase: 'Succeeded' })
  expect(codeOf(await ask(bytes.two, { version: '2026-11' }))).toBe('HD3006')
})

test('an unknown artifact, an unknown environment, a missing variable: refused before anything is written', async () => {
  expect(codeOf(await ask(digest('9')))).toBe('HD3005')
  expect(codeOf(await ask(bytes.one, { environment: 'prod' }))).toBe('HD2104')
  const config = configOf('', '{ command: node server.js, env: { DB: "${env:SHOP_DB}" } }')
  expect(codeOf(await ask(bytes.one, { config }))).toBe('HD4103')
  expect(codeOf(await ask(bytes.one, { config: configOf('  staging: {}\n') }))).toBe('HD2105')
  expect(await getRollout(store.db, 1 as RolloutId)).toBeNull()
})

test('a stable that does not verify refuses the rollout before it begins', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  parts = { ...parts, place: async () => failed('HD3004', 'server.js differs') }
  const refused = await ask(bytes.two)
  expect(refused).toMatchObject({ ok: false, fault: { code: 'HD4311', reason: 'to v1: server.js differs' } })
})

const back = (more: { to?: string; environment?: string; app?: string } = {}) =>
  rollback(parts, { app: more.app ?? 'shop', environment: more.environment, to: more.to, reason: 'slow', actor: 'ada' })

test('rollback of a release that is live rolls the one before out at once, and rejects what it leaves', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  await end(await begun(bytes.two), { phase: 'Succeeded' })
  const result = await back()
  expect(result.ok && (await planOf(result.value))).toMatchObject({
    kind: 'rollback',
    candidate: 'v1',
    stable: 'v2',
    steps: [],
    bake: null,
  })
  expect(await listRejections(store.db)).toMatchObject([{ digest: bytes.two, reason: 'ada went back from v2: slow' }])
})

test('rollback while a rollout is under way turns that one round', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  const id = await begun(bytes.two)
  expect(await back()).toEqual({ ok: true, value: id })
  expect(await openCommands(store.db)).toMatchObject([
    { rollout: id, kind: 'rollbackAsked', actor: 'ada', reason: 'slow' },
  ])
  expect(codeOf(await back({ to: 'v9' }))).toBe('HD4101')
})

test('rollback says why it cannot: unknown app, nothing before, unknown release, a rejected one, one that does not verify', async () => {
  expect(codeOf(await back({ app: 'other' }))).toBe('HD4001')
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  expect(codeOf(await back({ environment: 'prod' }))).toBe('HD2104')
  expect(codeOf(await back())).toBe('HD4312')
  await end(await begun(bytes.two), { phase: 'RolledBack', cause: { kind: 'trip', trip } })
  expect(codeOf(await back({ to: 'v7' }))).toBe('HD4004')
  expect(codeOf(await back({ to: 'v2' }))).toBe('HD4311')
  await end(await begun(bytes.three), { phase: 'Succeeded' })
  parts = { ...parts, place: async () => failed('HD3004', 'server.js differs') }
  expect(codeOf(await back())).toBe('HD4311')
})

test('rollback asked for once more is the one that is under way: nobody lands on what is being left', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  await end(await begun(bytes.two), { phase: 'Succeeded' })
  const first = await back()
  expect(await back()).toEqual(first)
  expect(await back({ to: 'v1' })).toEqual(first)
  expect(codeOf(await back({ to: 'v2' }))).toBe('HD4101')
  expect(await openCommands(store.db)).toEqual([])
  expect(await listRejections(store.db)).toMatchObject([{ digest: bytes.two }])
})

test('who asked for a rollout, and why, is on record', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  await end(await begun(bytes.two), { phase: 'Succeeded' })
  await back()
  const texts = (await transitionsAfter(store.db, { after: 0, rollout: null, limit: 100 })).map(({ text }) => text)
  expect(texts.filter((text) => text.includes('asked by'))).toEqual([
    'v1 accepted; placing and verifying its artifact (asked by ada)',
    'v2 accepted; placing and verifying its artifact (asked by ada)',
    'v1 accepted; placing and verifying its artifact (asked by ada: slow)',
  ])
})

test('a release that broke on the disk does not keep anybody from leaving it', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  await end(await begun(bytes.two), { phase: 'Succeeded' })
  parts = { ...parts, place: async (_, artifact) => (artifact === bytes.two ? failed('HD3004', 'broken') : ok(null)) }
  const result = await back()
  expect(result.ok && (await planOf(result.value))).toMatchObject({ candidate: 'v1' })
})

test('orders are refused where they make no sense, and fulfilled wishes are no fault', async () => {
  const give = (rollout: number, kind: 'aborted' | 'paused' | 'resumed') =>
    order(parts, { rollout: rollout as RolloutId, kind, actor: 'ada', reason: '' })
  expect(codeOf(await give(9, 'aborted'))).toBe('HD4003')
  const id = await begun(bytes.one)
  expect(codeOf(await give(id, 'resumed'))).toBe('HD4105')
  expect(codeOf(await give(id, 'paused'))).toBe('HD4105')
  expect((await give(id, 'aborted')).ok).toBe(true)
  await end(id, { phase: 'Succeeded' })
  expect((await give(id, 'aborted')).ok).toBe(true)
  expect(codeOf(await give(id, 'paused'))).toBe('HD4104')
  expect(await openCommands(store.db)).toHaveLength(1)
})
