// Orders as a server would send them, for tests: one route, with what the test cares about put in.
import { routeSchema } from '@humdrum/contract/edge-control.ts'
import type { EdgeMetric } from '@humdrum/core/analysis/metric.ts'
import { usualErrors } from '@humdrum/core/analysis/metric.ts'
import type { Route } from '@humdrum/core/routing/route.ts'
import { everything } from '@humdrum/core/time.ts'

const plain = {
  ...{ app: 'shop', environment: 'production', fence: { rollout: 1, generation: 1 }, hosts: [] },
  ...{ stable: null, candidate: null, draining: [], grant: null, warmup: null, judge: null },
}

/** A route without releases, but for the changes. */
export const order = (changes: Readonly<Record<string, unknown>> = {}): Route =>
  routeSchema.parse({ ...plain, ...changes })

/** A release with an instance at each port. */
export const at = (release: string, ...ports: readonly number[]) => ({
  release,
  endpoints: ports.map((port) => ({ instance: `${release}-${port}`, host: '127.0.0.1', port })),
  wanted: ports.length,
})

/** A grant of a share, 0 to 1, for a minute. */
export const granted = (share: number, changes: Readonly<Record<string, unknown>> = {}) => ({
  ...{ weight: Math.round(share * everything), ttlMs: 60_000, fallbackWeight: 0, onTrip: 'return', onLapse: 'return' },
  ...changes,
})

/** A judge that begins anew; three bad answers of a candidate are the least that trips it. */
export const judged = (limit = 100, metrics: readonly EdgeMetric[] = [usualErrors]) => ({
  metrics: metrics.map((metric) => ({ ...metric, limit })),
  warmupMs: 0,
  resume: null,
})

export const fence = (rollout: number, generation: number) => ({ rollout, generation })
