// The cases about latency: alone at two weights, together with errors, and beside other systems.
import { ppm } from '@humdrum/core/time.ts'
import type { Case, Column } from './case.ts'
import { percent } from './case.ts'
import type { Shape } from './latency-traffic.ts'
import { runLatency, slowedBy, tailStretched, usual } from './latency-traffic.ts'
import { judgeBoth, judgeLatency } from './ours.ts'
import { failedMinutes, kayenta, kayentaTolerance, latencyAt, latencyOfBoth } from './peers.ts'
import type { Service } from './tuned.ts'
import { tunedMost, tunedTolerance } from './tuned.ts'

const shapes: readonly { readonly what: string; readonly candidate: Shape }[] = [
  { what: 'p99 × 1.5', candidate: tailStretched(1.5) },
  { what: 'p99 × 2', candidate: tailStretched(2) },
  { what: 'median + 10 %', candidate: slowedBy(1.1) },
  { what: 'median + 25 %', candidate: slowedBy(1.25) },
  { what: 'no slower', candidate: usual },
]

const ours = (alpha: number): Column => ({ method: 'humdrum', alpha, make: () => judgeLatency(alpha) })

const share = (weight: number): number => ppm(Math.round(weight * 1e6))

const about = (what: string): Pick<Case, 'kind' | 'metric' | 'p0' | 'p1'> => ({
  kind: what === 'no slower' ? 'null' : 'detect',
  ...{ metric: 'latency', p0: null, p1: null },
})

const nullRequests = 100_000
/** Whatever is not found by then is not found. */
const patience = 400_000

const alone: readonly Case[] = shapes.flatMap(({ what, candidate }) =>
  [0.1, 0.5].map(
    (weight): Case => ({
      ...{ name: `latency: ${what}, weight ${percent(weight)}`, table: 'latency', ...about(what), weight },
      columns: what === 'no slower' ? [ours(0.01)] : [ours(0.01), ours(0.05)],
      run: (random, watchers) => {
        const requests = what === 'no slower' ? nullRequests : patience
        return runLatency({ random, candidate, weightPpm: share(weight), requests }, watchers)
      },
    }),
  ),
)

const together: readonly Case[] = [0.001, 0.01].map((p) => ({
  ...{ name: `nulls: two metrics, ${percent(p)} errors, weight 10 %`, table: 'nulls', kind: 'null' },
  ...{ metric: 'errors and latency', p0: p, p1: p, weight: 0.1 },
  columns: [{ method: 'humdrum', alpha: 0.01, make: () => judgeBoth(0.01) }],
  run: (random, watchers) =>
    runLatency({ random, candidate: usual, weightPpm: share(0.1), requests: nullRequests, p0: p, p1: p }, watchers),
}))

const hourRequests = 360_000
const mostMs = 500
const p99 = latencyAt(0.99)

const hourOf =
  (candidate: Shape): Case['run'] =>
  (random, watchers) =>
    runLatency({ random, candidate, weightPpm: share(0.1), requests: hourRequests }, watchers)

const medians = latencyOfBoth(0.5)
const tails = latencyOfBoth(0.99)

const service: Service = {
  ...{ name: 'latency at 100 requests/s', run: hourOf(usual) },
  ...{ measured: p99, compared: { p50: medians, p99: tails } },
}

const kayentas = [
  { method: 'Kayenta p99 every 10 min', compared: tails, name: 'p99' },
  { method: 'Kayenta p50 every 10 min', compared: medians, name: 'p50' },
].flatMap(({ method, compared, name }): readonly Column[] => [
  {
    ...{ method, alpha: null },
    make: () => kayenta({ compared, everyMinutes: 10, tolerance: kayentaTolerance }),
  },
  {
    ...{ method: `${method}, tuned`, alpha: null },
    make: () => {
      const tolerance = tunedTolerance(service, { name, everyMinutes: 10 })
      return kayenta({ compared, everyMinutes: 10, tolerance })
    },
  },
])

const minutely = [
  { method: 'Argo Rollouts p99 ≤ 500 ms, failureLimit 0', failures: 1 },
  { method: 'Argo Rollouts p99 ≤ 500 ms, failureLimit 3', failures: 4 },
  { method: 'Flagger p99 ≤ 500 ms, threshold 5', failures: 5 },
].flatMap(({ method, failures }): readonly Column[] => [
  { ...{ method, alpha: null }, make: () => failedMinutes({ measured: p99, most: mostMs, failures }) },
  {
    ...{ method: method.replace('≤ 500 ms', 'tuned'), alpha: null },
    make: () => {
      const most = tunedMost(service, failures)
      return failedMinutes({ measured: p99, most, failures })
    },
  },
])

const besides: readonly Case[] = shapes.map(({ what, candidate }) => ({
  ...{ name: `latencyPeers: ${what}`, table: 'latencyPeers', ...about(what), weight: 0.1 },
  part: what === 'no slower' ? 0.25 : 0.5, // of the good ones the whole hour is judged
  columns: [ours(0.01), ...kayentas, ...minutely],
  run: hourOf(candidate),
}))

export const latencyCases: readonly Case[] = [...together, ...alone, ...besides]
