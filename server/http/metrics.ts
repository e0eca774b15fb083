// Metrics of the server for Prometheus, in a registry of its own: the process, the API, rollouts and transitions as the
// store has them.
import { phaseSchema } from '@humdrum/contract/api.ts'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Store } from '../store/open.ts'
import { transitionsAfter } from '../store/records.ts'
import { newestRollouts } from '../store/rollouts.ts'

export type Answered = {
  readonly route: string
  readonly method: string
  readonly status: number
  readonly seconds: number
}

export type Metrics = {
  readonly contentType: string
  /** One request that was answered. `route` is a name of the table, never an address: those have no end. */
  answered(request: Answered): void
  /** The text that a scraper reads, as of now. */
  text(): Promise<string>
}

export const createMetrics = (store: Store): Metrics => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'humdrum_api_request_seconds',
    help: 'Time from a request to the end of its answer.',
    labelNames: ['route', 'method', 'status'],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10],
    registers: [registry],
  })
  const refreshRollouts = countRollouts(store, registry)
  const refreshTransitions = countTransitions(store, registry)
  // One at a time: two that ran together would count the same transitions twice.
  let last: Promise<unknown> = Promise.resolve()
  const refreshed = (): Promise<string> => {
    const text = last.then(async () => {
      await refreshRollouts()
      await refreshTransitions()
      return registry.metrics()
    })
    last = text.catch(() => {}) // whoever asked is told; the next one starts anew
    return text
  }
  return {
    contentType: registry.contentType,
    answered: ({ route, method, status, seconds }) => requests.observe({ route, method, status }, seconds),
    text: refreshed,
  }
}

const countRollouts = (store: Store, registry: Registry) => {
  const gauge = new Gauge({
    name: 'humdrum_rollouts',
    help: 'Environments, by the phase of their newest rollout.',
    labelNames: ['phase'],
    registers: [registry],
  })
  return async (): Promise<void> => {
    const newest = await newestRollouts(store.db)
    for (const phase of phaseSchema.options)
      gauge.set({ phase }, newest.filter(({ rollout }) => rollout.phase === phase).length)
  }
}

const page = 1_000

const countTransitions = (store: Store, registry: Registry) => {
  const counter = new Counter({
    name: 'humdrum_transitions_total',
    help: 'Transitions of rollouts that the store has, by the phase that was entered.',
    labelNames: ['phase'],
    registers: [registry],
  })
  let after = 0
  return async (): Promise<void> => {
    for (let rows = page; rows === page; ) {
      const found = await transitionsAfter(store.db, { after, rollout: null, limit: page })
      for (const { phase } of found) counter.inc({ phase })
      after = found.at(-1)?.id ?? after
      rows = found.length
    }
  }
}
