// The cases beside other systems: the same hour for all of them, judged by each with its documented thresholds and with
// thresholds that fit the service.
import { ppm } from '@humdrum/core/time.ts'
import type { Case, Column } from './case.ts'
import { percent } from './case.ts'
import type { Span } from './error-traffic.ts'
import { runErrors } from './error-traffic.ts'
import { judgeErrors } from './ours.ts'
import { badPercent, badShare, failedMinutes, kayenta, kayentaTolerance, peekingZ } from './peers.ts'
import type { Service } from './tuned.ts'
import { tunedMost, tunedTolerance } from './tuned.ts'

const weightPpm = ppm(100_000)
const minutes = 60

const hour = (perSecond: number, p0: number, p1: number): readonly Span[] => [
  { requests: minutes * 60 * perSecond, weightPpm, p0, p1 },
]

/** Argo Rollouts' and Flagger's usual condition: a success rate of at least 99 %. */
const mostBad = 0.01

const failing = [
  { method: 'Argo Rollouts, failureLimit 0', failures: 1 },
  { method: 'Argo Rollouts, failureLimit 3', failures: 4 },
  { method: 'Flagger, threshold 5', failures: 5 },
]

const fixed = (everies: readonly number[]): readonly Column[] => [
  ...everies.map((everyMinutes) => ({
    ...{ method: `Kayenta every ${everyMinutes} min`, alpha: null },
    make: () => kayenta({ compared: badPercent, everyMinutes, tolerance: kayentaTolerance }),
  })),
  ...failing.map(({ method, failures }) => ({
    ...{ method, alpha: null },
    make: () => failedMinutes({ measured: badShare, most: mostBad, failures }),
  })),
]

const tuned = (service: Service, everies: readonly number[]): readonly Column[] => [
  ...everies.map((everyMinutes) => ({
    ...{ method: `Kayenta every ${everyMinutes} min, tuned`, alpha: null },
    make: () =>
      kayenta({
        ...{ compared: badPercent, everyMinutes },
        tolerance: tunedTolerance(service, { name: 'errors', everyMinutes }),
      }),
  })),
  ...failing.map(({ method, failures }) => ({
    ...{ method: `${method}, tuned`, alpha: null },
    make: () =>
      failedMinutes({
        measured: badShare,
        most: tunedMost(service, failures),
        failures,
      }),
  })),
]

const serviceOf = (p0: number, perSecond: number): Service => ({
  name: `${percent(p0)} errors at ${perSecond} requests/s`,
  run: (random, watchers) => runErrors({ random, perSecond, spans: hour(perSecond, p0, p0) }, watchers),
  ...{ measured: badShare, compared: { errors: badPercent } },
})

const ours: Column = { method: 'humdrum', alpha: 0.01, make: () => judgeErrors(0.01) }
const z: Column = { method: 'peeking z-test', alpha: 0.01, make: () => peekingZ(0.01) }

const steady = (perSecond: number, [p0, p1]: readonly [number, number]): Case => {
  const table = perSecond === 100 ? 'peers' : 'slowPeers'
  const everies = perSecond === 100 ? [10, 60] : [10]
  return {
    ...{ name: `${table}: ${percent(p0)} to ${percent(p1)}`, table, kind: p0 === p1 ? 'null' : 'detect' },
    ...{ metric: 'errors', p0, p1, weight: 0.1 },
    columns: [ours, ...fixed(everies), ...tuned(serviceOf(p0, perSecond), everies), z],
    run: (random, watchers) => runErrors({ random, perSecond, spans: hour(perSecond, p0, p1) }, watchers),
  }
}

/** Seven calm minutes, four in which both arms fail, and calm ones. */
const sharedIncident: Case = {
  ...{ name: 'peers: 0.1 % both, and 10 % both for four minutes', table: 'peers', kind: 'null', metric: 'errors' },
  ...{ p0: null, p1: null, weight: 0.1 },
  columns: [ours, ...fixed([10, 60]), ...tuned(serviceOf(0.001, 100), [10, 60]), z],
  run: (random, watchers) => {
    const spans = [[7, 0.001] as const, [4, 0.1] as const, [minutes - 11, 0.001] as const].map(([length, p]) => ({
      requests: length * 6_000,
      weightPpm,
      p0: p,
      p1: p,
    }))
    return runErrors({ random, perSecond: 100, spans }, watchers)
  },
}

const usually = [0.0001, 0.001, 0.005, 0.01, 0.02].map((p): readonly [number, number] => [p, p])
const worse = [
  [0.001, 0.002],
  [0.001, 0.003],
  [0.001, 0.01],
  [0.001, 0.05],
  [0.01, 0.02],
  [0.01, 0.05],
  [0, 1],
  [0.001, 1],
] as const
const slow = [
  [0.001, 0.001],
  [0.005, 0.005],
  [0.001, 0.01],
  [0.001, 0.05],
] as const

export const peerCases: readonly Case[] = [
  ...usually.map((shares) => steady(100, shares)),
  sharedIncident,
  ...worse.map((shares) => steady(100, shares)),
  ...slow.map((shares) => steady(10, shares)),
]
