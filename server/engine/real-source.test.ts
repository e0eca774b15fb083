// Goal: a rollout that waits for a metric of a real Prometheus waits while that is killed, and goes on when it is back. Method:
// the real engine, store, adapter and Prometheus with short intervals; target and router are simulated.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SourceMetric } from '@humdrum/core/analysis/metric.ts'
import { usualErrors } from '@humdrum/core/analysis/metric.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import type { Plan } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { ppm } from '@humdrum/core/time.ts'
import { startPrometheus } from '@humdrum/providers/metrics/prometheus/started-prometheus.ts'
import { createRandom } from '@humdrum/sim/random.ts'
import { createSimRouter } from '@humdrum/sim/router.ts'
import { createSimTarget } from '@humdrum/sim/target.ts'
import { expect, inject, onTestFinished, test } from 'vitest'
import { metricsSource } from '../metrics-source.ts'
import { seenSources } from '../seen-sources.ts'
import { openStore } from '../store/open.ts'
import { getRollout } from '../store/rollouts.ts'
import { getSourceStates } from '../store/source-states.ts'
import { beginRollout, firstPlan } from './begun-rollout.arbitrary.ts'
import { startEngine } from './loop.ts'

const checkout: SourceMetric = {
  ...{ kind: 'conversion', name: 'checkout', onFail: 'rollback', required: true, dryRun: false, worse: 'lower' },
  measure: { kind: 'share', hits: 'orders_total{v="{{release}}"}', total: 'visits_total{v="{{release}}"}' },
  margin: 0.05,
}

/** Half of its visits buy, of either release; both are there from the beginning. */
const startShop = async () => {
  const begunAt = performance.now()
  const server = createServer((_, response) => {
    const orders = Math.floor((performance.now() - begunAt) / 2)
    response.end(
      ['v1', 'v2'].map((v) => `orders_total{v="${v}"} ${orders}\nvisits_total{v="${v}"} ${2 * orders}\n`).join(''),
    )
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `127.0.0.1:${(server.address() as AddressInfo).port}/metrics`
}

const startWorld = async () => {
  const now = (): Instant => Date.now() as Instant
  const random = createRandom(1)
  const character = { errorShare: 0, slowness: 1, readyAfterMs: 50, crashesPerSecond: 0 }
  const target = createSimTarget({ now, random, characterOf: () => character })
  const router = createSimRouter({ now, random })
  const store = await openStore(':memory:')
  const engine = startEngine(
    {
      ...{ store, target: target.port, router: router.port, now, log: () => {} },
      sourceOf: (spec) => metricsSource(spec, {}),
    },
    { busyMs: 50, idleMs: 50 },
  )
  const traffic = setInterval(() => {
    target.advance(50)
    for (let request = 0; request < 5; request += 1) router.request(() => ({ bad: false, elapsedMs: 8 }))
  }, 50)
  onTestFinished(async () => {
    clearInterval(traffic)
    await engine.close()
    await store.close()
  })
  const begin = (over: Partial<Plan>): Promise<RolloutId> => beginRollout(store, now(), over)
  const phase = async (id: RolloutId) => (await getRollout(store.db, id))?.rollout.phase
  const status = async (id: RolloutId) => {
    const stored = await getRollout(store.db, id)
    const found = (await getSourceStates(store.db, [id])).get(id)
    return stored === null ? null : (seenSources(stored.rollout.plan, found)?.metrics[0] ?? null)
  }
  return { begin, phase, status }
}

test.skipIf(!inject('hasPrometheus'))(
  'a Prometheus that is killed and started again loses no verdict and makes none',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const targets = { shop: await startShop() }
    const world = await startWorld()
    const before = await startPrometheus({ folder, targets })
    onTestFinished(before.kill)
    await world.begin(firstPlan)
    await expect.poll(() => world.phase(1 as RolloutId), { timeout: 10_000 }).toBe('Succeeded')
    const id = await world.begin({
      steps: [{ kind: 'setWeight', weight: ppm(500_000) }],
      ...{ minExposure: { requests: 0, timeMs: 100 }, bake: null, stepBudgetMs: 600_000, beta: 1e-3 },
      metrics: [{ ...usualErrors, required: false }, checkout],
      source: { kind: 'prometheus', url: before.url, token: null, intervalMs: 500 },
    })
    await expect.poll(async () => (await world.status(id))?.status, { timeout: 20_000 }).toBe('Running')
    await before.kill()
    await expect.poll(async () => (await world.status(id))?.status, { timeout: 10_000 }).toBe('Error')
    expect((await world.status(id))?.reason).toMatchObject({
      trouble: { kind: 'error', arm: 'both', why: `Prometheus at ${before.url} is not reached (ECONNREFUSED)` },
    })
    expect(await world.phase(id)).toBe('Progressing')
    const after = await startPrometheus({ folder, targets, port: before.port })
    onTestFinished(after.kill)
    await expect.poll(() => world.phase(id), { timeout: 90_000 }).toBe('Succeeded')
  },
  // As long as it takes where every core is busy: its evidence comes with its traffic.
  140_000,
)
