// The wire between a server and its edge: what an order and a report look like, which calls there are, what the edge
// writes about itself. Knows neither end of it.
import { checkedState } from '@humdrum/core/analysis/judge-state.ts'
import { errorsName, latencyName } from '@humdrum/core/analysis/metric.ts'
import type { AppName, EnvironmentName, RolloutId, Version } from '@humdrum/core/ids.ts'
import type { Route } from '@humdrum/core/routing/route.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { ppm } from '@humdrum/core/time.ts'
import { z } from 'zod'

const count = z.number().int().min(0)
const name = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/)
const app = name.transform((value) => value as AppName)
const environment = name.transform((value) => value as EnvironmentName)
const version = z
  .string()
  .min(1)
  .max(128)
  .transform((value) => value as Version)
const share = count.max(1_000_000).transform(ppm)
const instant = z.number().transform((value) => value as Instant)
const fence = z.strictObject({
  rollout: count.transform((value) => value as RolloutId),
  generation: count,
})

const endpoint = z.strictObject({
  instance: z.string().min(1).max(256),
  host: z.string().regex(/^[A-Za-z0-9.:_-]{1,253}$/),
  port: z.number().int().min(1).max(65_535),
})
const upstreams = z.strictObject({ release: version, endpoints: z.array(endpoint).max(10_000), wanted: count })

// Timers of Node end at 2^31 - 1 ms.
const grant = z.strictObject({
  weight: share,
  ttlMs: z.number().positive().max(2_147_483_647),
  fallbackWeight: share,
  onTrip: z.enum(['return', 'hold']),
  onLapse: z.enum(['return', 'hold']),
})

const judged = {
  limit: z.number().min(1).max(1e300),
  onFail: z.enum(['rollback', 'pause', 'observe']),
  required: z.boolean(),
  dryRun: z.boolean(),
}
const ratio = z.number().min(1).max(1_000)
const part = z.number().gt(0).lt(1)

/** What the edge judges; another metric is refused. */
const judgedMetric = z.discriminatedUnion('kind', [
  z.strictObject({
    ...judged,
    kind: z.literal('errors'),
    name: z.literal(errorsName),
    margin: z.strictObject({ ratio, difference: z.number().min(0).max(1) }),
    ceiling: part.nullable(),
  }),
  z.strictObject({
    ...judged,
    kind: z.literal('latency'),
    name: z.literal(latencyName),
    quantiles: z
      .array(part)
      .min(1)
      .max(8)
      .refine((all) => all.every((one, index) => one > (all[index - 1] ?? 0)), { message: 'quantiles must ascend' }),
    margin: ratio,
    ceiling: z.strictObject({ quantile: part, ms: z.number().positive() }).nullable(),
  }),
])
const rule = z.enum(['evidence', 'recent', 'ceiling'])
const tally = z.object({ requests: count, bad: count })
const wideTally = z.tuple([count, count, count])
const bucketCount = z.tuple([count, count])
const numbers = z.array(z.number()).max(1_000)

const decided = z.enum(['nothing', 'hold', 'trip', 'pause', 'note'])
const noted = z
  .object({
    rule,
    evidence: z.number().max(1e300),
    limit: z.number(),
    candidate: tally,
    stable: tally,
    at: instant.nullable(),
  })
  .nullable()

const strata = z.object({
  ...{ candidateRequests: z.number(), excess: z.number() },
  ...{ mhCandidate: z.number(), mhStable: z.number() },
})

const errorState = z.object({
  candidate: tally,
  stable: tally,
  labels: z.object({
    margins: z.object({ ratio: z.number(), difference: z.number() }),
    logs: numbers,
    compensators: numbers,
    counted: z.object({ weight: share, requests: count }),
  }),
  wealth: z.object({
    log: z.number(),
    shares: numbers,
    waitsForWeight: z.number(),
    waitsForEvents: z.number(),
    events: count,
    largest: share,
  }),
  streak: count,
  streakUnits: count,
  strata,
  open: z.object({ second: z.number().nullable(), candidate: tally, stable: tally }),
  recentStable: z.array(wideTally).max(1_000),
  decided,
  noted,
})

const scatter = z.object({
  ...{ count, n: z.number(), nn: z.number() },
  ...{ d: numbers, dd: numbers, dn: numbers },
})

const overdispersion = z.object({
  series: z.object({ bins: scatter, blocks: scatter, open: z.object({ count, n: z.number(), d: numbers }) }),
  stablePart: z.number(),
  noise: z.object({ bins: numbers, blocks: numbers, requests: z.number() }).nullable(),
})

const thresholdsState = z.object({
  ...{ quantiles: numbers, slow: numbers, farther: numbers },
  prior: z.object({ shares: numbers, requests: count }),
  ...{ candidate: numbers, stable: numbers, expected: numbers, excess: numbers, won: numbers },
  within: z.array(z.object({ at: count, beyond: count, step: z.number(), won: numbers })).max(100),
  scatter: overdispersion,
  open: z.object({ candidate: numbers, stable: numbers, farther: numbers, beyond: numbers }),
})

const latencyState = z.object({
  recent: z.array(bucketCount).max(10_000),
  warm: z.boolean(),
  comparing: z.boolean(),
  thresholds: thresholdsState.nullable(),
  second: z.number().nullable(),
  ceiling: z
    .object({
      ...{ quantile: z.number(), ms: z.number(), candidate: tally, stable: tally },
      ...{ strata, open: z.object({ candidate: tally, stable: tally }) },
    })
    .nullable(),
  decided,
  by: rule.nullable(),
  noted,
})

/** What the judge knows. Anything that it would not go on from is refused here, before it is applied. */
const judgeState = z
  .object({ version: z.literal(3), errors: errorState, latency: latencyState.nullable() })
  .superRefine((state, context) => {
    try {
      checkedState(state)
    } catch (cause) {
      context.addIssue({ code: 'custom', message: cause instanceof Error ? cause.message : String(cause) })
    }
  })

const judgePlan = z.strictObject({
  metrics: z
    .array(judgedMetric)
    .min(1)
    .max(2)
    .refine((metrics) => metrics.some(({ kind }) => kind === 'errors'), { message: 'errors are always judged' })
    .refine((metrics) => new Set(metrics.map(({ kind }) => kind)).size === metrics.length, {
      message: 'a metric is judged once: alpha is spent once',
    }),
  warmupMs: count,
  resume: judgeState.nullable(),
})

const releasesOf = (route: Pick<Route, 'stable' | 'candidate' | 'draining'>): readonly string[] =>
  [route.stable, route.candidate, ...route.draining].flatMap((side) => (side === null ? [] : [side.release]))

/** An order: one whole route. Unknown keys are refused, as an edge that overlooks one would do something else than it was told. */
export const routeSchema = z
  .strictObject({
    app,
    environment,
    fence,
    hosts: z.array(z.string().regex(/^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]+\])$/)).max(1_000),
    stable: upstreams.nullable(),
    candidate: upstreams.nullable(),
    draining: z.array(upstreams).max(1_000),
    grant: grant.nullable(),
    warmup: z
      .strictObject({ requests: count.max(100_000), path: z.string().regex(/^\/[\x21-\x7e]{0,2000}$/) })
      .nullable(),
    judge: judgePlan.nullable(),
    // A table that an earlier edge wrote lacks these three.
    unit: z.enum(['request', 'session']).default('request'),
    shield: z.enum(['unreachable', '5xx', 'off']).default('unreachable'),
    rescued: count.default(0),
  })
  .refine((route) => new Set(releasesOf(route)).size === releasesOf(route).length, {
    message: 'a release is stable, candidate or draining, and only one of them',
  })

const trip = z.object({
  metric: z.string(),
  rule,
  evidence: z.number().max(1e300),
  limit: z.number(),
  candidate: tally,
  stable: tally,
  // A table that an earlier edge wrote lacks it.
  slowness: z.object({ quantile: z.number(), thresholdMs: z.number() }).nullable().default(null),
  at: instant,
  decisiveToZeroMs: z.number(),
})
const hold = z.object({ reason: z.string(), at: instant })
const badInstance = z.object({
  ...{ release: version, instance: z.string(), requests: count, bad: count, badOfAll: count, at: instant },
})
const mismatch = z.object({ seen: share, granted: share, requests: count })

const releaseReport = z.object({
  release: version,
  requests: count,
  bad: count,
  inFlight: count,
  aborted: count,
  cut: count,
  rescued: count,
  warm: z.array(z.string()),
  latency: z.array(bucketCount),
})

/** What the edge answers about one route. Unknown keys are left out: a newer edge may know more. */
export const routeReportSchema = z.object({
  app,
  environment,
  fence: z.object(fence.shape),
  epoch: z.string(),
  stable: version.nullable(),
  candidate: version.nullable(),
  weight: share,
  lapsed: z.boolean(),
  trip: trip.nullable(),
  hold: hold.nullable(),
  // An earlier edge looks for neither.
  badInstance: badInstance.nullable().default(null),
  mismatch: mismatch.nullable().default(null),
  judge: judgeState.nullable(),
  rescued: count,
  releases: z.array(releaseReport),
})

/** The whole edge. `port` is the public one. */
export const edgeReportSchema = z.object({ epoch: z.string(), port: count, routes: z.array(routeReportSchema) })

// Traffic does not wait for what cannot be read of a judge, as an earlier edge wrote it: the next order brings one.
const storedRoute = routeSchema.safeExtend({ judge: judgePlan.nullable().catch(null) })

/** What the edge keeps across its own restarts: orders with the judges' last states, and what it decided. */
export const edgeTableSchema = z.object({
  version: z.literal(1),
  entries: z.array(
    z.object({
      route: storedRoute,
      trip: trip.nullable(),
      hold: hold.nullable(),
      badInstance: badInstance.nullable().default(null),
    }),
  ),
})

/** `edge.json` in the edge's own folder: who it is and how it is told what to do. For the owner of the folder alone. */
export const edgeFileSchema = z.object({
  pid: z.number().int().positive(),
  /** Ticks since boot at which the process started (field 22 of /proc/PID/stat); null where there is no /proc. */
  startTime: count.nullable(),
  host: z.string(),
  port: count,
  controlPort: count,
  token: z.string(),
  version: z.string(),
  epoch: z.string(),
})
export type EdgeFile = z.infer<typeof edgeFileSchema>

type ControlCall = { readonly method: 'GET' | 'PUT' | 'DELETE' | 'POST'; readonly path: string; readonly does: string }

/**
 * Every control call: HTTP on 127.0.0.1 at `controlPort`, with `Authorization: Bearer TOKEN`. Refusals are plain text:
 * 400 not a route (nothing changed), 401 wrong token, 404 no such call or route, 409 an older fence.
 */
export const controlCalls = {
  report: { method: 'GET', path: '/report', does: 'answers edgeReportSchema' },
  putRoute: { method: 'PUT', path: '/routes/:app/:environment', does: 'takes routeSchema, answers routeReportSchema' },
  deleteRoute: { method: 'DELETE', path: '/routes/:app/:environment', does: 'cuts what the route has in flight' },
  shutdown: { method: 'POST', path: '/shutdown', does: 'answers 202, finishes what is in flight, ends the process' },
  metrics: { method: 'GET', path: '/metrics', does: 'answers counts as Prometheus reads them' },
} as const satisfies Record<string, ControlCall>
