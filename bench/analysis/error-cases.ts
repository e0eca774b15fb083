// The cases about errors: good releases under steady and under moving traffic, worse ones of every size, promotion, and a
// regression that begins late.
import { growth } from '@humdrum/core/analysis/engines/information-limit.ts'
import { ppm } from '@humdrum/core/time.ts'
import type { Case, Column } from './case.ts'
import { percent } from './case.ts'
import type { Span } from './error-traffic.ts'
import { runErrors } from './error-traffic.ts'
import { judgeErrors, promoteErrors } from './ours.ts'
import { peekingZ } from './peers.ts'

const perSecond = 100
const weights = [0.01, 0.1, 0.5]
const steps = [0.01, 0.05, 0.25, 0.5]
const stepRequests = 25_000

const ours = (alpha: number): Column => ({ method: 'humdrum', alpha, make: () => judgeErrors(alpha) })
const z = (alpha: number): Column => ({ method: 'peeking z-test', alpha, make: () => peekingZ(alpha) })

const span = (requests: number, weight: number, [p0, p1]: readonly [number, number]): Span => ({
  requests,
  weightPpm: ppm(Math.round(weight * 1e6)),
  p0,
  p1,
})

type Spans = { readonly spans: readonly Span[]; readonly countFrom?: number }

const run =
  (plan: Spans): Case['run'] =>
  (random, watchers) =>
    runErrors({ random, perSecond, ...plan }, watchers)

const steadyNull = (table: 'nulls' | 'long', requests: number): readonly Case[] =>
  [0.0001, 0.001, 0.01, 0.05].flatMap((p) =>
    weights.map(
      (weight): Case => ({
        ...{ name: `${table}: ${percent(p)} errors, weight ${percent(weight)}`, table, kind: 'null', metric: 'errors' },
        ...{ p0: p, p1: p, weight },
        columns: table === 'nulls' ? [ours(0.05), ours(0.01), z(0.05), z(0.01)] : [ours(0.05), ours(0.01)],
        run: run({ spans: [span(requests, weight, [p, p])] }),
      }),
    ),
  )

const steadySteps = (p: (step: number) => number): readonly Span[] =>
  steps.map((weight, step) => span(stepRequests, weight, [p(step), p(step)]))

/** In the middle of each step, 25 s long. */
const incidentRequests = 2_500
const incidents = steps.flatMap((weight) => {
  const calm = span((stepRequests - incidentRequests) / 2, weight, [0.001, 0.001])
  return [calm, span(incidentRequests, weight, [0.1, 0.1]), calm]
})

const rampParts = 25
const ramp = steps.flatMap((weight, step) =>
  Array.from({ length: rampParts }, (_, part) => {
    const p = 0.001 + (0.019 * (step * rampParts + part + 0.5)) / (steps.length * rampParts)
    return span(stepRequests / rampParts, weight, [p, p])
  }),
)

const movingNulls: readonly Case[] = [
  { what: 'errors steady at 0.1 %', spans: steadySteps(() => 0.001) },
  { what: 'four shared incidents, 0.1 to 10 %', spans: incidents },
  { what: 'errors rise from 0.1 to 2 %', spans: ramp },
].map(({ what, spans }) => ({
  ...{ name: `nulls: ${what}, weight 1, 5, 25, 50 %`, table: 'nulls', kind: 'null', metric: 'errors' },
  ...{ p0: null, p1: null, weight: null, columns: [ours(0.05), ours(0.01), z(0.05), z(0.01)] },
  run: run({ spans }),
}))

const regressions = [
  [0.001, 0.01],
  [0.001, 0.05],
  [0.01, 0.02],
  [0.01, 0.05],
  [0, 1],
  [0.001, 1],
  [0.001, 0.003],
  [0.0001, 0.001],
  [0.001, 0.002],
] as const

/** So many times the limit is waited for; whatever is not found by then is not found. */
const patience = 12
/** Of both arms. */
const longRun = 10_000_000

const detection: readonly Case[] = regressions.flatMap(([p0, p1]) =>
  weights.map((weight): Case => {
    const limit = Math.log(100) / growth({ p0, p1, share: weight })
    const requests = Math.ceil((patience * Math.max(limit, 10)) / weight)
    return {
      ...{ name: `detection: ${percent(p0)} to ${percent(p1)}, weight ${percent(weight)}`, table: 'detection' },
      ...{ kind: 'detect', metric: 'errors', p0, p1, weight },
      columns: [ours(0.01), ours(0.05), ...(weight === 0.1 ? [z(0.01)] : [])],
      part: requests > longRun ? 0.25 : 1,
      run: run({ spans: [span(requests, weight, [p0, p1])] }),
    }
  }),
)

/** Of the candidate, at 10 %. */
const promotionCap = 60_000

const usually = [
  [0, 0],
  [0.0001, 0.0001],
  [0.001, 0.001],
  [0.01, 0.01],
  [0.05, 0.05],
] as const

/** The first three of the usual margin's lie exactly at it: 1.5 times as many, or 0.5 points more, whichever allows more. */
const promotion: readonly Case[] = [
  ...[[0.001, 0.006] as const, [0.01, 0.015] as const, [0.02, 0.03] as const, [0.001, 0.002] as const, ...usually].map(
    (shares) => ({ shares, difference: 0.005 }),
  ),
  ...usually.map((shares) => ({ shares, difference: 0.001 })),
].map(({ shares: [p0, p1], difference }) => ({
  name: `promotion: ${percent(p0)} to ${percent(p1)}, margin ${100 * difference} points`,
  ...{ table: 'promotion', kind: 'promote', metric: 'errors', p0, p1, weight: 0.1 },
  columns: [{ method: 'humdrum', alpha: 0.05, make: () => promoteErrors(0.05, difference) }],
  run: run({ spans: [span(promotionCap * 10, 0.1, [p0, p1])] }),
}))

const late: readonly Case[] = [0.01, 0.003, 0.001].map((p1) => ({
  ...{ name: `late: 0.1 % to ${percent(p1)}`, table: 'late', kind: p1 === 0.001 ? 'null' : 'detect' },
  ...{ metric: 'errors', p0: 0.001, p1, weight: null, columns: [ours(0.05), ours(0.01)] },
  run: run({
    spans: steps.map((weight, step) => span(stepRequests, weight, [0.001, step < 2 ? 0.001 : p1])),
    countFrom: 2,
  }),
}))

export const errorCases: readonly Case[] = [
  ...steadyNull('nulls', 100_000),
  ...movingNulls,
  ...detection,
  ...promotion,
  ...late,
]

/** Ten times as long as the rest of the nulls: only when asked for. */
export const longCases: readonly Case[] = steadyNull('long', 1_000_000)
