// Goal: a store of before latency was judged opens, is read and goes on. Method: rows as that version wrote them, read over
// the API; the engine steps the rollout that they tell of, with the simulator's target and router.
import type { AppName, Digest, RolloutId, Version } from '@humdrum/core/ids.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { createRandom } from '@humdrum/sim/random.ts'
import { createSimRouter } from '@humdrum/sim/router.ts'
import { noSource } from '@humdrum/sim/source.ts'
import { createSimTarget } from '@humdrum/sim/target.ts'
import { expect, test } from 'vitest'
import { startEngine } from '../engine/loop.ts'
import { startHttp } from '../http/started-http.ts'
import type { Store } from './open.ts'
import { claimVersion, getMeasurements, putArtifact } from './records.ts'
import { getRollout } from './rollouts.ts'

const digestOf = (version: string): Digest => `sha256:${version.slice(1).repeat(64)}` as Digest
const run = { command: 'x', env: {}, health: { path: '/', timeoutMs: 5_000 }, stop: { timeoutMs: 1_000 } }

const plan = (candidate: string, stable: string | null) => ({
  ...{ kind: 'deploy', candidate, candidateArtifact: digestOf(candidate), strategy: 'canary' },
  ...{ stable, stableArtifact: stable && digestOf(stable), candidateInstances: 1, stableInstances: stable ? 1 : 0 },
  steps: stable === null ? [] : [{ kind: 'setWeight', weight: 100_000 }],
  ...{ minExposure: { requests: 100, timeMs: 1_000 }, alpha: 0.01, metrics: ['errors'], stepBudgetMs: 1_800_000 },
  bake: stable === null ? null : { forMs: 1_000, holdback: 50_000 },
  ...{ healthTimeoutMs: 10_000, drainMs: 1_000 },
  wayBack: stable === null ? null : { checked: [`${stable} is present and verified`], notChecked: [] },
})

const tallies = { candidate: { requests: 121, bad: 9 }, stable: { requests: 1_100, bad: 1 } }
const trip = {
  ...{ metric: 'errors', rule: 'evidence', evidence: 400, limit: 100, ...tallies, at: 1, decisiveToZeroMs: 0.2 },
}
const judge = {
  ...{ version: 1, ...tallies, logs: Array(24).fill(0), streak: 0, decided: 'nothing', recentStable: [] },
  strata: { candidateRequests: 0, excess: 0, mhCandidate: 0, mhStable: 0 },
  open: { second: null, candidate: { requests: 0, bad: 0 }, stable: { requests: 0, bad: 0 } },
}
const measurement = { at: 5, weight: 100_000, ...tallies, evidence: 30, trip: null, judge, releases: [] }

type Row = { readonly environment?: string; readonly plan: object; readonly stage: { readonly phase: string } }

const insert = async (store: Store, { environment = 'production', plan, stage }: Row): Promise<RolloutId> => {
  const [over, generation] = [['Succeeded', 'RolledBack'].includes(stage.phase), 4]
  const state = { ...stage, scope: { app: 'shop', environment }, plan, since: 9, generation, holdSeenAt: null }
  const { id } = await store.db
    .insertInto('rollouts')
    .values({
      ...{ app: 'shop', environment, state: JSON.stringify(state), phase: stage.phase, generation },
      exposure: JSON.stringify({ hosts: [], warmup: null, before: null }),
      ...{ over: over ? 1 : 0, started_at: 1, ended_at: over ? 9 : null },
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  const body = JSON.stringify({ ...measurement, trip: stage.phase === 'RolledBack' ? trip : null })
  await store.db.insertInto('measurements').values({ rollout: id, body, at: 5 }).execute()
  const told = { rollout: id, generation, at: 9, phase: stage.phase, step: null, text: 'as it was told' }
  await store.db.insertInto('transitions').values(told).execute()
  return id as RolloutId
}

test('rollouts that are over, and one that waits, are shown and explained', async () => {
  await using http = await startHttp()
  await insert(http.store, { plan: plan('v1', null), stage: { phase: 'Succeeded' } })
  const cause = { kind: 'trip', trip }
  await insert(http.store, { plan: plan('v2', 'v1'), stage: { ...{ phase: 'RolledBack' }, ...{ cause } } })
  const waits = { leadsTo: { phase: 'Progressing', step: 0 } }
  for (const [environment, reason] of [
    ['dev', { kind: 'inconclusive', requests: 12, evidence: 30 }],
    ['staging', { kind: 'inconclusive', requests: 120, evidence: 1 }],
  ] as const)
    await insert(http.store, {
      environment,
      plan: plan('v2', 'v1'),
      stage: { phase: 'Paused', ...waits, ...{ reason } },
    })

  const { environments } = await http.client.status()
  expect(environments.map(({ rollout }) => rollout)).toMatchObject([
    { phase: 'Paused', reason: expect.stringContaining('12 of 100 requests; errors: evidence 30 : 1') },
    { phase: 'RolledBack', trip: { slowness: null }, ...tallies, beta: 0.05, promotionLimit: 20, standbyUntil: null },
    { phase: 'Paused', reason: expect.stringContaining('the router never showed its weight') },
  ])
  const { rollouts } = await http.client.listRollouts()
  expect(rollouts).toHaveLength(4)
  for (const { id } of rollouts) expect((await http.client.explain(id)).timeline).toHaveLength(1)
})

test('a rollout under way goes on to its end: its step begins to count anew, as its judge does', async () => {
  await using http = await startHttp()
  const { store } = http
  let clockMs = 1_000_000
  const now = (): Instant => clockMs as Instant
  for (const version of ['v1', 'v2'].map((name) => name as Version)) {
    const artifact = digestOf(version)
    await putArtifact(store.db, { digest: artifact, bytes: 1, at: now() })
    await claimVersion(store.db, { app: 'shop' as AppName, version, digest: artifact, artifact, run }, now())
  }
  await insert(store, { plan: plan('v1', null), stage: { phase: 'Succeeded' } })
  const from = { at: clockMs - 500, requests: 100_000 }
  const stage = { ...{ phase: 'Progressing' }, ...{ step: 0, from, lapses: 0 } }
  const id = await insert(store, { plan: plan('v2', 'v1'), stage })
  expect((await getRollout(store.db, id))?.rollout.plan.source).toBeNull()

  const random = createRandom(1)
  const character = { errorShare: 0, slowness: 1, readyAfterMs: 100, crashesPerSecond: 0 }
  const target = createSimTarget({ now, random, characterOf: () => character })
  const router = createSimRouter({ now, random })
  const logged: string[] = []
  const log = (_: string, text: string): void => {
    logged.push(text)
  }
  const engine = startEngine(
    { store, target: target.port, router: router.port, sourceOf: () => noSource, now, log },
    null,
  )
  const phase = async () => (await getRollout(store.db, id))?.rollout.phase
  for (let turns = 0; turns < 400 && (await phase()) !== 'Succeeded'; turns += 1) {
    await engine.round()
    clockMs += 250
    target.advance(250)
    for (let request = 0; request < 100; request += 1) router.request(() => ({ bad: false, elapsedMs: 8 }))
  }
  expect(await phase()).toBe('Succeeded')
  expect((await getMeasurements(store.db, [id])).get(id)?.judge?.errors.candidate.requests).toBeGreaterThan(100)
  expect(logged.filter((text) => text.includes('failed'))).toEqual([])
  await http.client.explain(`r-${id}`)
})
