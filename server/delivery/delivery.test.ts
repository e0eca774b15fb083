// Goal: what may not begin does not begin, and says why; what goes back is what was there before.
import type { AppConfig } from '@humdrum/contract/config/app-config.ts'
import { parseConfig } from '@humdrum/contract/config/parse.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { AppName, Digest, RolloutId } from '@humdrum/core/ids.ts'
import { trip } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Stage } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentSource } from '../metrics-source.ts'
import type { Store } from '../store/open.ts'
import { openStore } from '../store/open.ts'
import { listRejections, openCommands, putArtifact, transitionsAfter } from '../store/records.ts'
import { getRollout, saveStep } from '../store/rollouts.ts'
import { deploy } from './accept.ts'
import { inForce } from './exposure.ts'
import { order } from './order.ts'
import type { DeliveryParts } from './parts.ts'
import { rollback } from './rollback.ts'

const configOf = (
  more = '',
  run = '{ command: node server.js }',
  production = '{ target: { instances: 2 } }',
): AppConfig => {
  const text = `version: 1\napp: shop\nrun: ${run}\nenvironments:\n  production: ${production}\n${more}`
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
    instances: async () => [],
    missingVariables: (run) => (run.env['DB'] === undefined ? [] : ['SHOP_DB']),
    missingForSource: () => [],
    sourceOf: () => silentSource('none'),
    disks: async () => [],
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
const end = async (id: RolloutId, stage: Stage, rejects: 'its bytes' | null = 'its bytes'): Promise<void> => {
  const stored = await getRollout(store.db, id)
  if (stored === null) throw new Error('no such rollout')
  const before = stored.rollout
  const after = { ...before, ...stage, generation: before.generation + 1 }
  const rejection =
    stage.phase === 'RolledBack' && rejects !== null
      ? { digest: before.plan.candidateArtifact, reason: 'v2: errors' }
      : null
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

test('what a refused deploy would have been called stays free', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  const { place } = parts
  parts = { ...parts, place: async () => failed('HD3004', 'server.js differs') }
  expect(codeOf(await ask(bytes.two, { version: '1.2.0' }))).toBe('HD4311')
  parts = { ...parts, place }
  expect(codeOf(await ask(bytes.three, { version: '1.2.0' }))).toBeNull()
})

test('two deploys at once without a name get two names, and one of them begins', async () => {
  const codes = (await Promise.all([ask(bytes.one), ask(bytes.two)])).map(codeOf)
  expect(codes.toSorted()).toEqual(['HD4101', null])
})

test('a rollout that begins and ends while a deploy is checked keeps that deploy out: its plan is of another stable', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  const { place } = parts
  const slow = async () => {
    parts = { ...parts, place }
    await end(await begun(bytes.three), { phase: 'Succeeded' })
    return ok(null)
  }
  parts = { ...parts, place: slow }
  expect(codeOf(await ask(bytes.two))).toBe('HD4101')
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

test.each([
  ['instances', 'target: { instances: 8 }', 'instances 2 → 8'],
  ['the host', 'target: { instances: 2 }, router: { kind: edge, host: new.example }', 'host any → new.example'],
  ['the warm-up', 'target: { instances: 2 }, router: { kind: edge, warmup: 20 }', 'warmup 0 → 20 GETs of /healthz'],
  ['the shield', 'target: { instances: 2 }, router: { kind: edge, shield: 5xx }', 'shield unreachable → 5xx'],
])(
  'the same release with another value for %s is no "nothing to do": refused, and rolled out under a new name',
  async (...given) => {
    const [, environment, reason] = given
    await end(await begun(bytes.one), { phase: 'Succeeded' })
    const config = configOf('', undefined, `{ ${environment} }`)
    expect(await ask(bytes.one, { config })).toMatchObject({ ok: false, fault: { code: 'HD4108', reason } })
    expect(codeOf(await ask(bytes.one, { config, version: 'v1' }))).toBe('HD4108')
    const renamed = await ask(bytes.one, { config, version: 'wide' })
    if (!renamed.ok) throw new Error(renamed.fault.reason)
    expect(await planOf(renamed.value.rollout)).toMatchObject({
      candidate: 'wide',
      stable: 'v1',
      candidateArtifact: bytes.one,
    })
    await end(renamed.value.rollout, { phase: 'Succeeded' })
    expect(await ask(bytes.one, { config })).toEqual({ ok: true, value: { ...renamed.value, unchanged: true } })
  },
)

test('of two names of the same release the one that serves is meant', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  await end(
    await begun(bytes.one, 'again'),
    { phase: 'RolledBack', cause: { kind: 'abort', actor: 'ada', reason: '' } },
    null,
  )
  expect(await ask(bytes.one)).toMatchObject({ ok: true, value: { unchanged: true } })
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

test('rollback goes to no release that never proved itself here', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  const staging = {
    config: configOf('  staging: { router: { kind: edge, host: staging.example } }\n'),
    environment: 'staging',
  }
  const staged = await ask(bytes.three, { ...staging, version: 'staged' })
  if (staged.ok) await end(staged.value.rollout, { phase: 'Succeeded' })
  await end(await begun(bytes.two), { phase: 'Failed', cause: { kind: 'abort', actor: 'ada', reason: '' } })
  for (const to of ['v2', 'staged'])
    expect(await back({ to, environment: 'production' })).toMatchObject({
      fault: {
        code: 'HD4311',
        reason: `${to} never succeeded in production`,
        next: expect.stringContaining('humdrum deploy'),
      },
    })
  await end(await begun(bytes.two), { phase: 'Succeeded' })
  const result = await back({ to: 'v1', environment: 'production' })
  expect(result.ok && (await planOf(result.value))?.candidate).toBe('v1')
})

test.each(['RollingBack', 'NeedsHuman', 'Frozen'] as const)(
  'rollback is refused while a rollback that was turned round is %s',
  async (phase) => {
    await end(await begun(bytes.one), { phase: 'Succeeded' })
    await end(await begun(bytes.two), { phase: 'Succeeded' })
    const first = await back()
    if (!first.ok) throw new Error(first.fault.reason)
    await end(first.value, { phase, cause: { kind: 'abort', actor: 'ada', reason: '' } })
    expect(await back()).toMatchObject({
      fault: { code: 'HD4101', reason: expect.stringContaining(`r-3 (${phase}): `) },
    })
    expect(await openCommands(store.db)).toEqual([])
  },
)

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

test('while a rollout waits for a person nobody is told to wait for it', async () => {
  await end(await begun(bytes.one), { phase: 'Succeeded' })
  const reason = { kind: 'person', actor: 'ada', reason: '' } as const
  await end(await begun(bytes.two), { phase: 'Paused', leadsTo: { phase: 'Baking' }, reason })
  const refused = await ask(bytes.three)
  expect(refused).toMatchObject({
    ok: false,
    fault: { code: 'HD4101', next: expect.stringContaining('humdrum resume') },
  })
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

const hostOf = (host: string) => ({
  config: configOf('', undefined, `{ target: { instances: 2 }, router: { kind: edge, host: ${host} } }`),
})
const hostsOf = async (id: RolloutId) => {
  const stored = await getRollout(store.db, id)
  return stored === null ? null : inForce(stored)?.hosts
}

test('a new host counts beside the old one until the release that brings it succeeded, and leaves with it', async () => {
  const first = await ask(bytes.one, hostOf('shop.example'))
  if (!first.ok) throw new Error(first.fault.reason)
  expect(await hostsOf(first.value.rollout)).toEqual(['shop.example'])
  await end(first.value.rollout, { phase: 'Succeeded' })
  const typo = await ask(bytes.two, hostOf('shpo.example'))
  if (!typo.ok) throw new Error(typo.fault.reason)
  expect(await hostsOf(typo.value.rollout)).toEqual(['shop.example', 'shpo.example'])
  await end(typo.value.rollout, { phase: 'RolledBack', cause: { kind: 'trip', trip } })
  expect(await hostsOf(typo.value.rollout)).toEqual(['shop.example'])
  const moved = await ask(bytes.three, hostOf('new.example'))
  if (!moved.ok) throw new Error(moved.fault.reason)
  await end(moved.value.rollout, { phase: 'Succeeded' })
  expect(await hostsOf(moved.value.rollout)).toEqual(['new.example'])
  const again = await ask(bytes.one, { ...hostOf('nwe.example'), version: 'again' })
  if (!again.ok) throw new Error(again.fault.reason)
  await end(again.value.rollout, { phase: 'RolledBack', cause: { kind: 'abort', actor: 'ada', reason: '' } }, null)
  const undone = await back()
  expect(undone.ok && (await hostsOf(undone.value))).toEqual(['new.example'])
})

test('of two apps that ask for one host at the same time one gets it', async () => {
  const asked = ['shop', 'blog'].map((app) => {
    const { config } = hostOf('shop.example')
    return ask(bytes.one, { config: { ...config, app: app as AppName } })
  })
  expect((await Promise.all(asked)).map(codeOf).toSorted()).toEqual(['HD4101', null])
  const other = { config: { ...hostOf('shop.example').config, app: 'third' as AppName } }
  expect(await ask(bytes.one, other)).toMatchObject({
    fault: { code: 'HD4107', reason: expect.stringMatching(/^shop.example belongs to (shop|blog).production$/) },
  })
})

test('requests in flight get the time that the slower of the two releases asks for', async () => {
  const patient = configOf('', '{ command: node server.js, stop: { timeout: 2m } }')
  const first = await ask(bytes.one, { config: patient })
  if (!first.ok) throw new Error(first.fault.reason)
  await end(first.value.rollout, { phase: 'Succeeded' })
  expect((await planOf(await begun(bytes.two)))?.drainMs).toBe(120_000)
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
