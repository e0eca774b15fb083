// Goal: what is not known is never taken for good, and a metric that calls a person waits for one. Method: the real engine, store
// and judge in seeded worlds with little traffic, a slow release, and a metric that nobody measures.
import type { SourceMetric } from '@humdrum/core/analysis/metric.ts'
import { usualErrors, usualLatency } from '@humdrum/core/analysis/metric.ts'
import { wantedWeight } from '@humdrum/core/rollout/desired.ts'
import type { LowTraffic, Plan, Rollout } from '@humdrum/core/rollout/state.ts'
import { listRejections } from '@humdrum/server/store/records.ts'
import { expect, test } from 'vitest'
import { firstRelease, healthy, planOf } from './first-release.ts'

const calm = { serverDies: 0, edgeDies: 0 }

test.each([
  ['a calm day', calm],
  ['deaths of server and edge', { serverDies: 0.01, edgeDies: 0.005 }],
])(
  'a metric with onFail pause holds the weight until a person resumes it, and then holds nothing up (%s)',
  async (_, deaths) => {
    const { world } = await firstRelease({
      ...{ seed: 1, characters: { v2: { ...healthy, slowness: 1.5 } }, requestsPerSecond: 200, ...deaths },
    })
    const metrics = [usualErrors, { ...usualLatency, onFail: 'pause' } as const]
    const id = await world.deploy({ plan: { ...planOf('v2', 'v1'), metrics } })
    const held = await world.until(id, 'Paused', 2_000)
    expect(held).toMatchObject({ phase: 'Paused', reason: { kind: 'failing', judgements: [{ metric: 'latency' }] } })
    for (let turn = 0; turn < 100; turn += 1) await world.turn()
    const still = await world.read(id)
    expect(still.phase).toBe('Paused')
    expect(wantedWeight(still)).toBe(wantedWeight(held))
    await world.order(id, 'resumed')
    expect(await world.untilOver(id, 8_000)).toMatchObject({ phase: 'Succeeded', accepted: ['latency'] })
    expect(world.violations).toEqual([])
    await world.close()
  },
)

/** Too few requests for what a step wants, in its minute; some 600 of the candidate, which says a lot all the same. */
const little: Partial<Plan> = { minExposure: { requests: 100_000, timeMs: 3_000 }, stepBudgetMs: 60_000 }

const afterLittle = async (lowTraffic: LowTraffic, { seed, errorShare } = { seed: 2, errorShare: 0 }) => {
  const v2 = { ...healthy, errorShare }
  const { world } = await firstRelease({ seed, characters: { v2 }, requestsPerSecond: 100, ...calm })
  const id = await world.deploy({ plan: { ...planOf('v2', 'v1'), ...little, lowTraffic } })
  const isDecided = ({ phase, unproven }: Rollout): boolean =>
    ['Paused', 'RolledBack'].includes(phase) || unproven.length > 0
  let rollout = await world.read(id)
  for (let turn = 0; turn < 400 && !isDecided(rollout); turn += 1) {
    await world.turn()
    rollout = await world.read(id)
  }
  const rejections = await listRejections(world.store.db)
  expect(world.violations).toEqual([])
  await world.close()
  return { rollout, rejections }
}

test('low traffic waits for a person', async () => {
  const { rollout } = await afterLittle('pause')
  expect(rollout).toMatchObject({ phase: 'Paused', reason: { kind: 'inconclusive', lacks: [{ kind: 'requests' }] } })
})

test('low traffic goes on unproven where nothing speaks against the candidate, and waits where something does', async () => {
  expect((await afterLittle('promote-if-clean')).rollout).toMatchObject({
    ...{ phase: 'Progressing', step: 1, unproven: [{ step: 0, lacks: [{ kind: 'requests' }] }] },
  })
  // A request or two that failed, where none of stable did.
  expect((await afterLittle('promote-if-clean', { seed: 3, errorShare: 0.003 })).rollout).toMatchObject({
    phase: 'Paused',
    unproven: [],
  })
})

test('low traffic goes back, and the artifact is not rejected for it', async () => {
  const { rollout, rejections } = await afterLittle('rollback')
  expect(rollout).toMatchObject({ phase: 'RolledBack', cause: { kind: 'inconclusive' } })
  expect(rejections).toEqual([])
})

const unmeasured: SourceMetric = {
  ...{ kind: 'conversion', name: 'checkout', onFail: 'rollback', required: true, dryRun: false, worse: 'lower' },
  ...{ measure: { kind: 'share', hits: 'hits', total: 'total' }, margin: 0.01 },
}

test.each(['pause', 'promote-if-clean'] as const)(
  'what is required and cannot be measured never gets everything (%s)',
  async (lowTraffic) => {
    const { world } = await firstRelease({ seed: 3, characters: {}, requestsPerSecond: 60, ...calm })
    const metrics = [usualErrors, unmeasured]
    const id = await world.deploy({ plan: { ...planOf('v2', 'v1'), metrics, lowTraffic, stepBudgetMs: 30_000 } })
    const held = await world.until(id, 'Paused', 2_000)
    expect(held).toMatchObject({ phase: 'Paused', reason: { kind: 'inconclusive' } })
    for (let turn = 0; turn < 200; turn += 1) await world.turn()
    expect(await world.read(id)).toEqual(held)
    await world.close()
  },
)
