// Two releases that another deployer exposes, as a real Prometheus has counted them: ten minutes of history, observed second by
// second as if they passed now.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SourceMetric } from '@humdrum/core/analysis/metric.ts'
import type { Scope, Version } from '@humdrum/core/ids.ts'
import { observationVerdict } from '@humdrum/core/observation/verdict.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { createPrometheusSource } from '@humdrum/providers/metrics/prometheus/prometheus-source.ts'
import type { StartedPrometheus } from '@humdrum/providers/metrics/prometheus/started-prometheus.ts'
import { startPrometheus } from '@humdrum/providers/metrics/prometheus/started-prometheus.ts'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { beginObservation, getObservation } from '../store/observations.ts'
import { openStore } from '../store/open.ts'
import { startObserving } from './observing.ts'

const begun = 1_790_000_000
const scrapes = Array.from({ length: 121 }, (_, scrape) => scrape)
/** Counters of a release that is asked so often in five seconds, of which `bad(scrape)` went wrong until then. */
const counters = (hash: string, every: number, bad: (scrape: number) => number): string =>
  ['200', '500']
    .flatMap((code) =>
      scrapes.map((scrape) => {
        const failed = Math.floor(bad(scrape))
        const value = code === '500' ? failed : every * scrape - failed
        return `http_requests_total{hash="${hash}",code="${code}"} ${value} ${begun + 5 * scrape}`
      }),
    )
    .join('\n')
const history = [
  '# TYPE http_requests counter',
  counters('stable', 450, (scrape) => 0.45 * scrape),
  counters('well', 50, (scrape) => 0.05 * scrape),
  counters('worse', 50, (scrape) => (scrape < 30 ? 0 : 2.5 * (scrape - 30))),
  '# EOF\n',
].join('\n')

const failures: SourceMetric = {
  ...{ kind: 'custom', name: 'failures', onFail: 'rollback', required: false, dryRun: false, worse: 'higher' },
  ...{ margin: 0.01 },
  measure: {
    kind: 'share',
    hits: 'http_requests_total{hash="{{release}}",code=~"5.."}',
    total: 'http_requests_total{hash="{{release}}"}',
  },
}

describe.skipIf(!inject('hasPrometheus'))('a Prometheus that has counted two releases', () => {
  let folder: string
  let prometheus: StartedPrometheus
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'humdrum-observed-'))
    prometheus = await startPrometheus({ folder, history })
  })
  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  test.for([
    ['well', 'Successful', 300],
    ['worse', 'Failed', 240],
  ] as const)('%s is %s', async ([candidate, kind, seconds]) => {
    const store = await openStore(':memory:')
    let at = 1_000 * begun
    const source = { kind: 'prometheus', url: prometheus.url, token: null, intervalMs: 10_000 }
    const id = await beginObservation(store.db, {
      ...{ scope: { app: 'shop', environment: 'production' } as Scope, attempt: null },
      ...{ candidate: candidate as Version, stable: 'stable' as Version, begunBy: 'ada', begunAt: at as Instant },
      plan: { metrics: [failures], alpha: 0.01, beta: 0.05, leastMs: 120_000, source, forMs: 3_600_000 },
    })
    const observing = startObserving(
      {
        ...{ store, now: () => at as Instant, log: () => {} },
        sourceOf: ({ url }) => createPrometheusSource({ url, token: null, timeoutMs: 5_000 }),
      },
      null,
    )
    for (let second = 0; second < seconds; second += 1) {
      at += 1_000
      await observing.round()
    }
    const observed = await getObservation(store.db, id)
    if (observed === null) throw new Error('it is gone')
    expect(observationVerdict(observed, at as Instant)).toMatchObject({ kind })
    await store.close()
  })
})
