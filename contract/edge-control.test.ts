// Orders are taken whole or not at all, and reports arrive as they were sent.

import { test } from '@fast-check/vitest'
import { blankState } from '@humdrum/core/analysis/judge-state.ts'
import { usualErrors, usualLatency } from '@humdrum/core/analysis/metric.ts'
import type { Route, RouteReport } from '@humdrum/core/routing/route.ts'
import { describe, expect } from 'vitest'
import { edgeReportSchema, routeReportSchema, routeSchema } from './edge-control.ts'

const side = (release: string) => ({
  release,
  endpoints: [{ instance: `${release}-1`, host: '127.0.0.1', port: 8000 }],
  wanted: 1,
})

const order = {
  app: 'shop',
  environment: 'production',
  fence: { rollout: 3, generation: 7 },
  hosts: ['shop.example'],
  stable: side('v1'),
  candidate: side('v2'),
  draining: [],
  grant: { weight: 100_000, ttlMs: 10_000, fallbackWeight: 0, onTrip: 'return', onLapse: 'return' },
  warmup: { requests: 20, path: '/healthz' },
  judge: { metrics: [{ ...usualErrors, limit: 100 }], warmupMs: 0, resume: blankState },
  shield: '5xx',
  unit: 'session',
  rescued: 7,
}

const report = {
  app: 'shop',
  environment: 'production',
  fence: { rollout: 3, generation: 7 },
  epoch: 'e1',
  stable: 'v1',
  candidate: null,
  weight: 0,
  lapsed: false,
  trip: null,
  hold: { reason: 'nobody to compare with', at: 5 },
  badInstance: { release: 'v1', instance: 'i-1', requests: 9, bad: 7, badOfAll: 7, at: 5 },
  mismatch: { seen: 121_000, granted: 100_000, requests: 20_000 },
  judge: blankState,
  rescued: 7,
  releases: [
    {
      release: 'v1',
      requests: 2,
      bad: 1,
      inFlight: 0,
      aborted: 0,
      cut: 0,
      rescued: 1,
      warm: ['v1-1'],
      latency: [[70, 2]],
    },
  ],
}

test('takes a route as it was sent', () => {
  const route: Route = routeSchema.parse(order)
  expect(route).toEqual(order)
})

test('an order that was written before there was a shield has the one of those who ask for nothing', () => {
  const { shield: _, rescued: __, ...earlier } = order
  expect(routeSchema.parse(earlier)).toMatchObject({ shield: 'unreachable', rescued: 0 })
})

const [errors, latency] = [
  { ...usualErrors, limit: 100 },
  { ...usualLatency, limit: 100 },
]
const judgedBy = (...metrics: readonly object[]): object => ({ ...order, judge: { ...order.judge, metrics } })

test('takes errors and latency side by side', () => {
  expect(routeSchema.safeParse(judgedBy(errors, latency)).success).toBe(true)
})

describe('refuses what is not a route', () => {
  const cases: readonly (readonly [string, object])[] = [
    ['an unknown key', { ...order, colour: 'red' }],
    ['a weight above everything', { ...order, grant: { ...order.grant, weight: 1_000_001 } }],
    ['a share with a fraction', { ...order, grant: { ...order.grant, weight: 0.5 } }],
    ['a grant that never ends', { ...order, grant: { ...order.grant, ttlMs: Number.POSITIVE_INFINITY } }],
    ['a host with a port', { ...order, hosts: ['shop.example:80'] }],
    ['a host in capitals', { ...order, hosts: ['Shop.example'] }],
    ['a release on two sides', { ...order, candidate: side('v1') }],
    ['port 0', { ...order, stable: { ...side('v1'), endpoints: [{ instance: 'a', host: '127.0.0.1', port: 0 }] } }],
    [
      'a host that is an address with a path',
      { ...order, stable: { ...side('v1'), endpoints: [{ instance: 'a', host: 'a/b', port: 80 }] } },
    ],
    ['a warm-up path with a line end', { ...order, warmup: { requests: 1, path: '/a\r\nb' } }],
    ['a shield that is none', { ...order, shield: 'always' }],
    ['a limit below 1', judgedBy({ ...usualErrors, limit: 0.5 })],
    [
      'a metric that nobody judges here',
      judgedBy(errors, { ...usualErrors, kind: 'restarts', name: 'restarts', limit: 9 }),
    ],
    ['latency without errors', judgedBy(latency)],
    ['one metric twice', judgedBy(errors, errors)],
    ['quantiles that descend', judgedBy(errors, { ...latency, quantiles: [0.99, 0.5] })],
    ['a ceiling of everything', judgedBy({ ...errors, ceiling: 1 })],
    [
      'a judge that nobody can have been',
      {
        ...order,
        judge: {
          ...order.judge,
          resume: { ...blankState, errors: { ...blankState.errors, streak: 1, streakUnits: 1 } },
        },
      },
    ],
    ['a missing side', { ...order, stable: undefined }],
  ]
  test.each(cases)('%s', (_, body) => {
    expect(routeSchema.safeParse(body).success).toBe(false)
  })
})

test('takes a report as it was sent, and leaves out what it does not know', () => {
  const read: RouteReport = routeReportSchema.parse({ ...report, colour: 'red' })
  expect(read).toEqual(report)
  expect(edgeReportSchema.parse({ epoch: 'e1', port: 80, routes: [report] }).routes).toEqual([report])
})
