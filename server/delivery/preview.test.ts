// Goal: a plan says what the deploy would meet, with the deploy's own words, and leaves everything as it was.
import { parseConfig } from '@humdrum/contract/config/parse.ts'
import { planViewSchema } from '@humdrum/contract/plan-view.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { Digest, Version } from '@humdrum/core/ids.ts'
import { trip } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Stage } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { ppm } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { silentSource } from '../metrics-source.ts'
import type { Store } from '../store/open.ts'
import { openStore } from '../store/open.ts'
import { listReleases, putArtifact, transitionsAfter } from '../store/records.ts'
import { getRollout, saveStep } from '../store/rollouts.ts'
import { deploy } from './accept.ts'
import type { DeliveryParts } from './parts.ts'
import type { Measured } from './preview.ts'
import { previewDeploy } from './preview.ts'

const configOf = (app = 'shop', production = '{ target: { instances: 3 } }', env = '{}') => {
  const run = `{ command: node server.js, env: ${env} }`
  const parsed = parseConfig(
    `version: 1\napp: ${app}\nrun: ${run}\nenvironments:\n  production: ${production}\n`,
    'humdrum.yaml',
  )
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.config
}

const [one, two] = ['1', '2'].map((name) => `sha256:${name.repeat(64)}`) as [Digest, Digest]
let store: Store
let parts: DeliveryParts
let measured: Measured

beforeEach(async () => {
  store = await openStore(':memory:')
  parts = {
    store,
    place: async () => ok(null),
    missingVariables: (run) => Object.keys(run.env),
    missingForSource: () => [],
    sourceOf: () => silentSource('none'),
    disks: async () => [],
    instances: async () => [],
    now: () => 1 as Instant,
  }
  measured = {
    traffic: () => null,
    memoryOf: async () => [],
    memory: () => ({ availableBytes: 1_000, totalBytes: 2_000 }),
    disk: () => ({ path: '/', freeBytes: 500, totalBytes: 1_000 }),
  }
  for (const digest of [one, two]) await putArtifact(store.db, { digest, bytes: 1, at: 0 as Instant })
})
afterEach(() => store.close())

const begin = async (artifact: Digest) => {
  const begun = await deploy(parts, {
    ...{ config: configOf('shop', '{ target: { instances: 2 } }'), artifact, actor: 'ada' },
    ...{ environment: undefined, version: undefined },
  })
  if (!begun.ok) throw new Error(begun.fault.reason)
  return begun.value.rollout
}

/** Ends a rollout as the engine would. */
const end = async (artifact: Digest, stage: Stage): Promise<void> => {
  const stored = await getRollout(store.db, await begin(artifact))
  if (stored === null) throw new Error('no such rollout')
  const before = stored.rollout
  const after = { ...before, ...stage, generation: before.generation + 1 }
  const rejection = stage.phase === 'RolledBack' ? { digest: artifact, reason: 'v2: errors' } : null
  await saveStep(store.db, { before, after, transitions: [], handled: [], rejection, at: 9 as Instant })
}

const preview = async (config = configOf()) => {
  const result = await previewDeploy(parts, measured, { config, environment: undefined })
  if (!result.ok) throw new Error(result.fault.reason)
  return planViewSchema.strict().parse(result.value)
}

test('a first release has no steps, no way back, and nothing that speaks against it', async () => {
  expect(await preview()).toMatchObject({
    ...{ app: 'shop', environment: 'production', stable: null, rollout: null, refusals: [], steps: [] },
    ...{ bake: null, wayBack: null, totalMs: 0, proposal: null },
    capacity: { present: { instances: 0, bytes: null }, candidate: { instances: 3, bytes: null }, enough: null },
  })
})

test('a disk that is too full is among the refusals', async () => {
  parts = { ...parts, disks: async () => [{ folder: '/srv/humdrum', used: ppm(910_000), freeBytes: 1 }] }
  expect((await preview()).refusals).toEqual([expect.objectContaining({ code: 'HD1109' })])
})

test('names what serves, and the way back with what was not checked', async () => {
  await end(one, { phase: 'Succeeded' })
  const { stable, wayBack, steps, totalMs, notChecked } = await preview()
  expect(stable).toBe('v1')
  expect(wayBack).toMatchObject({ release: 'v1', checked: expect.arrayContaining(['v1 is present and verified']) })
  expect(wayBack?.notChecked).toContain('queues')
  expect(notChecked[0]).toContain('after the build')
  // Nothing is known of the traffic yet: what asks for no request is known all the same.
  expect(steps).toHaveLength(4)
  expect(steps[0]).toMatchObject({
    weight: 10_000,
    leastMs: 120_000,
    requests: 200,
    by: 'exposure',
    forecastMs: null,
    fits: null,
  })
  expect(totalMs).toBeNull()
})

test('says every refusal that a deploy would meet, in its words', async () => {
  await end(one, { phase: 'Succeeded' })
  const id = await begin(two)
  parts = { ...parts, place: async () => failed('HD3004', 'server.js differs') }
  const { refusals, rollout, wayBack } = await preview(configOf('shop', '{}', '{ DB: "${env:SHOP_DB}" }'))
  expect(refusals.map(({ code }) => code)).toEqual(['HD4101', 'HD4103', 'HD4311'])
  expect(rollout).toMatchObject({ id: `r-${id}`, phase: 'Pending' })
  expect(wayBack).toBeNull()
  const asked = {
    config: configOf('shop', '{}'),
    environment: undefined,
    version: undefined,
    artifact: two,
    actor: 'a',
  }
  const refused = await deploy(parts, asked)
  expect(refusals[0]?.detail).toBe(refused.ok ? '' : refused.fault.reason)
  expect((await preview(configOf('mail', '{}'))).refusals).toMatchObject([{ code: 'HD4107' }])
})

test('lists the bytes of the app that are rejected: whether these are among them is known after the build', async () => {
  await end(one, { phase: 'Succeeded' })
  await end(two, { phase: 'RolledBack', cause: { kind: 'trip', trip } })
  expect((await preview()).rejections).toEqual([{ digest: two, rollout: 'r-2', reason: 'v2: errors' }])
  expect((await preview(configOf('mail', '{ router: { kind: edge, host: m.example } }'))).rejections).toEqual([])
})

test('takes an instance to need what one of the present release needs', async () => {
  await end(one, { phase: 'Succeeded' })
  const use = (release: string, bytes: number) => ({ release: release as Version, bytes })
  measured = { ...measured, memoryOf: async () => [use('v1', 100), use('v1', 300), use('v0', 5_000)] }
  expect((await preview()).capacity).toEqual({
    present: { instances: 2, bytes: 400 },
    candidate: { instances: 3, bytes: 600 },
    ...{ memoryAvailable: 1_000, diskFree: 500, enough: true },
  })
  measured = { ...measured, memory: () => ({ availableBytes: 599, totalBytes: 2_000 }) }
  expect((await preview()).capacity.enough).toBe(false)
})

test('writes nothing', async () => {
  await end(one, { phase: 'Succeeded' })
  const all = async () => [
    await listReleases(store.db, configOf().app),
    await transitionsAfter(store.db, { after: 0, rollout: null, limit: 99 }),
  ]
  const before = await all()
  await preview()
  expect(await all()).toEqual(before)
})

test('refuses an environment that the file does not have', async () => {
  const result = await previewDeploy(parts, measured, { config: configOf(), environment: 'prod' })
  expect(result).toMatchObject({ ok: false, fault: { code: 'HD2104' } })
})
