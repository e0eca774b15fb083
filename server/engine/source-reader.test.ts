// Goal: metrics of a source move a rollout as they should, and a source that is away moves nothing. Method: the real engine and
// store, a simulated target, router and source, and a clock that the test moves.

import type { SourceMetric } from '@humdrum/core/analysis/metric.ts'
import { isOfEdge, usualErrors } from '@humdrum/core/analysis/metric.ts'
import type { RolloutId, Version } from '@humdrum/core/ids.ts'
import type { Reading } from '@humdrum/core/ports.ts'
import { v2 } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Plan, Rollout } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { ppm } from '@humdrum/core/time.ts'
import { createRandom } from '@humdrum/sim/random.ts'
import { createSimRouter } from '@humdrum/sim/router.ts'
import type { SimCounter } from '@humdrum/sim/source.ts'
import { createSimSource } from '@humdrum/sim/source.ts'
import { createSimTarget } from '@humdrum/sim/target.ts'
import { expect, onTestFinished, test } from 'vitest'
import { openStore } from '../store/open.ts'
import { listRejections, putCommand } from '../store/records.ts'
import { getRollout } from '../store/rollouts.ts'
import { getSourceStates } from '../store/source-states.ts'
import { beginRollout, firstPlan } from './begun-rollout.arbitrary.ts'
import type { Engine } from './loop.ts'
import { startEngine } from './loop.ts'

const hour = 3_600_000
/** Attended often enough for a grant and for the server, and no oftener: minutes pass quickly. */
const roundMs = 2_000

const checkout = (over: Partial<SourceMetric> = {}): SourceMetric => ({
  ...{ kind: 'conversion', name: 'checkout', onFail: 'rollback', required: true, dryRun: false, worse: 'lower' },
  ...{ measure: { kind: 'share', hits: 'hits', total: 'total' }, margin: 0.06, ...over },
})
const judged = (metric: SourceMetric, over: Partial<Plan> = {}): Partial<Plan> => ({
  steps: [{ kind: 'setWeight', weight: ppm(500_000) }],
  ...{ minExposure: { requests: 0, timeMs: 1_000 }, bake: null, stepBudgetMs: hour },
  metrics: [{ ...usualErrors, required: false }, metric],
  source: { kind: 'prometheus', url: 'http://127.0.0.1:9090', token: null, intervalMs: 10_000 },
  ...over,
})

const alike: SimCounter = { perSecond: 20, share: 0.5 }

/** A world in which v1 is stable. */
const startWorld = async (counters: Readonly<Record<string, SimCounter>> = {}) => {
  let clockMs = 1_000_000
  const now = (): Instant => clockMs as Instant
  const random = createRandom(1)
  const character = { errorShare: 0, slowness: 1, readyAfterMs: 100, crashesPerSecond: 0 }
  const target = createSimTarget({ now, random, characterOf: () => character })
  const router = createSimRouter({ now, random })
  const source = createSimSource((release: Version) => counters[release] ?? alike)
  const store = await openStore(':memory:')
  onTestFinished(() => store.close())
  const said: string[] = []
  const parts = {
    ...{ store, target: target.port, router: router.port, sourceOf: () => source.port, now },
    log: (_: string, text: string) => void said.push(text),
  }
  let engine: Engine = startEngine(parts, null)
  const turn = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += roundMs / 1_000) {
      await engine.round()
      await engine.close() // what is read beside the turns is over before the clock goes on
      clockMs += roundMs
      target.advance(roundMs)
      for (let request = 0; request < 10; request += 1) router.request(() => ({ bad: false, elapsedMs: 8 }))
    }
  }
  const begin = (over: Partial<Plan>): Promise<RolloutId> => beginRollout(store, now(), over)
  const read = async (id: RolloutId): Promise<Rollout | undefined> => (await getRollout(store.db, id))?.rollout
  const world = {
    ...{ turn, begin, source, store, said },
    rollout: read,
    /** Turns until it is in a phase, or until so many seconds are over. */
    until: async (id: RolloutId, phase: Rollout['phase'], seconds: number): Promise<Rollout | undefined> => {
      for (let left = seconds; left > 0 && (await read(id))?.phase !== phase; left -= 10) await turn(10)
      return read(id)
    },
    kept: async (id: RolloutId) => (await getSourceStates(store.db, [id])).get(id),
    /** A new server after `seconds`: nothing in memory is left. */
    restart: (seconds = 0) => {
      clockMs += 1_000 * seconds
      engine = startEngine(parts, null)
    },
  }
  await begin(firstPlan)
  await turn(20)
  return world
}

test('a candidate that converts worse goes back at every edge, and its bytes are rejected', async () => {
  const world = await startWorld({ [v2]: { perSecond: 20, share: 0.2 } })
  const id = await world.begin(judged(checkout()))
  expect(await world.until(id, 'RolledBack', 180)).toMatchObject({
    phase: 'RolledBack',
    cause: { kind: 'trip', trip: { metric: 'checkout', rule: 'evidence', decisiveToZeroMs: null } },
  })
  expect((await listRejections(world.store.db)).map(({ reason }) => reason)).toEqual([
    expect.stringMatching(
      /^v2: checkout: \d+ of \d+ \(20 %\) on the candidate, \d+ of [\d,]+ \(50 %\) on stable, .*against "no worse" \(limit 200 : 1\)$/,
    ),
  ])
})

test('one that is as good is promoted once that is shown, and not before', async () => {
  const world = await startWorld()
  const id = await world.begin(judged(checkout()))
  await world.turn(15)
  expect(await world.rollout(id)).toMatchObject({ phase: 'Progressing' })
  expect(await world.until(id, 'Succeeded', 600)).toMatchObject({ phase: 'Succeeded' })
})

test.for<[string, Reading]>([
  ['is not reached', { kind: 'error', reason: 'Prometheus is not reached' }],
  ['has no data', { kind: 'noData', reason: 'no metric is called hits' }],
  ['has only old data', { kind: 'stale', lastAt: 1 as Instant }],
])('a source that %s for ten minutes neither promotes nor rolls back, and then it goes on', async ([, reading]) => {
  const world = await startWorld()
  const id = await world.begin(judged(checkout()))
  await world.turn(30)
  const before = await world.kept(id)
  world.source.answerWith(() => reading)
  await world.turn(600)
  expect(await world.rollout(id)).toMatchObject({ phase: 'Progressing', step: 0 })
  const after = await world.kept(id)
  expect(after?.record.judge?.metrics[0]?.evidence).toEqual(before?.record.judge?.metrics[0]?.evidence)
  world.source.answerWith(() => null)
  expect(await world.until(id, 'Succeeded', 600)).toMatchObject({ phase: 'Succeeded' })
})

test('what is not required keeps nobody waiting when its source is away', async () => {
  const world = await startWorld()
  world.source.answerWith(() => ({ kind: 'error', reason: 'away' }))
  const id = await world.begin(judged(checkout({ required: false })))
  expect(await world.until(id, 'Succeeded', 60)).toMatchObject({ phase: 'Succeeded' })
})

test.for([{ onFail: 'observe' }, { dryRun: true }] as const)(
  'a metric that nothing follows from takes nobody back (%j)',
  async (over) => {
    const world = await startWorld({ [v2]: { perSecond: 20, share: 0.2 } })
    const id = await world.begin(
      judged(checkout({ ...over, required: false }), { minExposure: { requests: 0, timeMs: 120_000 } }),
    )
    await world.turn(200)
    expect(await world.rollout(id)).toMatchObject({ phase: 'Succeeded' })
  },
)

test('a metric with onFail pause calls a person, and once accepted it holds nothing up', async () => {
  const world = await startWorld({ [v2]: { perSecond: 20, share: 0.2 } })
  const id = await world.begin(judged(checkout({ onFail: 'pause' })))
  expect(await world.until(id, 'Paused', 120)).toMatchObject({
    ...{ phase: 'Paused', reason: { kind: 'failing', judgements: [{ metric: 'checkout', rule: 'evidence' }] } },
  })
  const order = { rollout: id, kind: 'resumed', actor: 'ada', reason: '', leg: null, at: 1 as Instant } as const
  await putCommand(world.store.db, order)
  expect(await world.until(id, 'Succeeded', 120)).toMatchObject({ phase: 'Succeeded', accepted: ['checkout'] })
})

test('a candidate that has traffic and no data goes back within two minutes, while stable is measured', async () => {
  const world = await startWorld()
  world.source.answerWith((release) => (release === v2 ? { kind: 'noData', reason: 'no series' } : null))
  const id = await world.begin(judged(checkout()))
  expect(await world.until(id, 'RolledBack', 120)).toMatchObject({
    ...{ phase: 'RolledBack', cause: { kind: 'trip', trip: { metric: 'checkout', rule: 'missing' } } },
  })
  expect(await listRejections(world.store.db)).toEqual([])
})

test('windows meet, and a server that dies neither loses one nor counts it twice', async () => {
  const [calm, stormy] = [await startWorld(), await startWorld()]
  const metric = checkout()
  const lasting = judged(metric, { minExposure: { requests: 0, timeMs: 600_000 } })
  const [one, other] = [await calm.begin(lasting), await stormy.begin(lasting)]
  for (let part = 0; part < 12; part += 1) {
    await calm.turn(8)
    await stormy.turn(8)
    stormy.restart()
  }
  for (const world of [calm, stormy]) {
    const own = world.source.answered.filter(({ release }) => release === v2)
    expect(own.length).toBeGreaterThan(5)
    for (const [index, { from }] of own.entries()) if (index > 0) expect(from).toBe(own[index - 1]?.to)
  }
  const [kept, again] = [await calm.kept(one), await stormy.kept(other)]
  expect(JSON.stringify(again?.record.judge)).toBe(JSON.stringify(kept?.record.judge))
})

test('restarts of the instances are counted by their time, without asking a source', async () => {
  const world = await startWorld()
  const metric = checkout({
    kind: 'restarts',
    name: 'restarts',
    measure: { kind: 'restarts' },
    worse: 'higher',
    margin: 2,
    required: false,
  })
  const id = await world.begin({ ...judged(metric, { minExposure: { requests: 0, timeMs: 60_000 } }), source: null })
  await world.turn(50)
  const [own] = (await world.kept(id))?.record.judge?.metrics ?? []
  expect(own).toMatchObject({ name: 'restarts', trouble: null, lastGoodAt: expect.any(Number) })
  expect(world.source.answered).toEqual([])
  expect((await world.rollout(id))?.plan.metrics.filter(isOfEdge)).toHaveLength(1)
})
