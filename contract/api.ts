// The wire between the server and everybody who asks it: one table of routes, the shapes that go over them.
// Knows no transport and no framework; the server, the client and the OpenAPI document are made from it.
import { z } from 'zod'
import { doctorViewSchema } from './doctor-view.ts'
import { metricViewSchema, sourceViewSchema, tallySchema, tripSchema } from './metric-view.ts'
import { observationRoutes, observationViewSchema } from './observation-view.ts'
import { planBodySchema, planViewSchema } from './plan-view.ts'
import { stepShapeSchema } from './step-shape.ts'
import { verdictRoutes } from './verdict-view.ts'

const integer = z.number().int()
/** Milliseconds since the epoch. */
const instant = integer
/** Parts per million, of the traffic or of a disk. */
const share = integer.min(0).max(1_000_000)

export const phaseSchema = z.enum([
  'Pending',
  'Preparing',
  'Progressing',
  'Paused',
  'Promoting',
  'Baking',
  'Succeeded',
  'RollingBack',
  'RolledBack',
  'Frozen',
  'NeedsHuman',
  'Failed',
])

export const releaseViewSchema = z.object({
  release: z.string(),
  role: z
    .enum(['stable', 'candidate', 'leaving', 'standby'])
    .describe('standby: replaced, and warm for a rollback; leaving: finishes what it has'),
  instances: integer,
  ready: integer,
  restarts: integer,
  lastExit: z
    .string()
    .nullable()
    .describe('how an instance ended last, why it could not be started, or why it is not ready yet'),
})

export const rolloutViewSchema = z.object({
  id: z.string().describe('r-42'),
  app: z.string(),
  environment: z.string(),
  kind: z.enum(['deploy', 'rollback']),
  release: z.string(),
  artifact: z.string(),
  from: z.string().nullable().describe('the release that was stable when it began'),
  phase: phaseSchema,
  headline: z.string().describe('where it is, in words'),
  reason: z.string().nullable().describe('why it went back, failed, or waits'),
  step: integer.nullable().describe('index of the current step, from 0'),
  leg: integer
    .nullable()
    .describe('where on its way, for orders: the index of its step, after the steps full exposure, then the bake'),
  steps: z.array(stepShapeSchema),
  wantedWeight: share,
  weight: share.nullable().describe('as the edge applies it; null while the edge cannot be read'),
  generation: integer,
  startedAt: instant,
  since: instant.describe('when this phase or step began'),
  endedAt: instant.nullable(),
  asked: z
    .object({ by: z.string(), reason: z.string().describe('empty where none was given') })
    .nullable()
    .describe('who asked for it; null where it was not kept'),
  alpha: z.number(),
  limit: z.number().describe('evidence at which it goes back'),
  minExposure: z.object({ requests: integer, timeMs: integer }),
  unit: z
    .enum(['request', 'session'])
    .describe(
      'what outcomes and `minExposure.requests` count; a session is bad once, however many of its requests were',
    ),
  bake: z.object({ forMs: integer, holdback: share }).nullable(),
  candidate: tallySchema.describe('outcomes of the candidate in this rollout'),
  stable: tallySchema,
  rescued: integer.describe('of the bad outcomes of the candidate in this rollout: answered by stable instead'),
  evidence: z.number().describe('the largest of the metrics: e-value against "the candidate is no worse"'),
  beta: z.number(),
  promotionLimit: z.number().describe('evidence that every metric needs for full exposure'),
  metrics: z.array(metricViewSchema).describe('what each metric has come to; none before the first request'),
  sources: z.array(sourceViewSchema).describe('what each metric has come to that no edge sees'),
  waitsFor: z
    .array(z.string())
    .describe('what the step under way lacks, in words, and how long that takes where it can be said'),
  notes: z.array(z.string()).describe('what was judged worse and nothing followed from, and what passed unproven'),
  warnings: z.array(z.string()).describe('what was not as it should be and stops nothing, in words'),
  trip: tripSchema.nullable(),
  rejected: z.boolean().describe('the artifact may not be deployed until it is lifted'),
  wayBack: z.object({ checked: z.array(z.string()), notChecked: z.array(z.string()) }).nullable(),
  standbyUntil: instant
    .nullable()
    .describe('until when the release that was replaced stays warm, if no newer rollout began; null where none does'),
  releases: z.array(releaseViewSchema),
})
export type RolloutView = z.infer<typeof rolloutViewSchema>

export const environmentViewSchema = z.object({
  app: z.string(),
  environment: z.string(),
  stable: z.string().nullable(),
  rollout: rolloutViewSchema.describe('the newest'),
})
export const statusViewSchema = z.object({
  server: z.object({ version: z.string(), url: z.string(), startedAt: instant, pid: integer }),
  edge: z.object({ url: z.string(), reachable: z.boolean(), pid: integer.nullable() }),
  disks: z
    .array(z.object({ folder: z.string(), used: share, freeBytes: integer }))
    .default([]) // a server of before it looked
    .describe('where the server writes'),
  environments: z.array(environmentViewSchema),
  observations: z.array(observationViewSchema).default([]).describe('under way beside another deployer'),
})
export type StatusView = z.infer<typeof statusViewSchema>

export const explanationSchema = z.object({
  title: z.string(),
  sections: z.array(z.object({ heading: z.string(), lines: z.array(z.string()) })),
  timeline: z.array(z.object({ at: instant, text: z.string() })).describe('what happened when, the oldest first'),
  rollout: rolloutViewSchema,
})
export type Explanation = z.infer<typeof explanationSchema>

export const transitionSchema = z.object({
  id: integer.describe('counts up; where a stream of events is resumed'),
  rollout: z.string(),
  app: z.string(),
  environment: z.string(),
  generation: integer,
  at: instant,
  phase: phaseSchema,
  step: integer.nullable(),
  text: z.string(),
})
export type Transition = z.infer<typeof transitionSchema>

export const logEntrySchema = z.object({
  time: z.string().describe('ISO 8601, when the line was read'),
  release: z.string(),
  instance: z.string(),
  stream: z.enum(['stdout', 'stderr']),
  line: z.string(),
})
export type LogEntry = z.infer<typeof logEntrySchema>

/** RFC 9457. `type` names the code of the closed table in core/errors.ts. */
export const problemSchema = z.object({
  type: z.string().describe('urn:humdrum:HD4101'),
  title: z.string(),
  status: integer,
  detail: z.string(),
  code: z.string(),
  place: z.string().optional(),
  next: z.string().describe('what to do'),
})
export type Problem = z.infer<typeof problemSchema>

export const deployBodySchema = z.strictObject({
  config: z.unknown().describe('humdrum.yaml as JSON'),
  environment: z.string().optional().describe('may be left out where there is only one'),
  version: z.string().optional().describe('the next free vN without it'),
  artifact: z.string().describe('a digest that POST /v1/artifacts answered'),
})
export const deployedSchema = z.object({
  rollout: rolloutViewSchema,
  unchanged: z.boolean().describe('this release was live already; nothing was started'),
})
/** What a person gives as a reason is read on terminals for years: it is kept as one line that moves no cursor. */
const reasonSchema = z
  .string()
  .max(500)
  .overwrite((text) => text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Z}]+/gu, ' ').trim())

export const reasonBodySchema = z.strictObject({ reason: reasonSchema.optional() })
export const legBodySchema = reasonBodySchema.extend({
  leg: integer
    .optional()
    .describe('which leg is meant: nothing is done when it has been left; the present one without it'),
})
export const promoteBodySchema = legBodySchema.extend({
  full: z.boolean().optional().describe('to full exposure at once, whatever steps are left'),
})
export const rollbackBodySchema = z.strictObject({
  app: z.string(),
  environment: z.string().optional(),
  to: z.string().optional().describe('a release; the one before the present one without it'),
  reason: reasonSchema.optional(),
})
export const artifactSchema = z.object({ digest: z.string(), bytes: integer })
export const liftBodySchema = z.strictObject({ reason: reasonSchema.min(1) })
export const liftedSchema = z.object({ digest: z.string() })
export const stopBodySchema = z.strictObject({
  everything: z.boolean().describe('also the edge and every app; else the server alone'),
})
export const stoppingSchema = z.object({ lapsing: z.array(z.string()).describe('rollouts whose grant will lapse') })

type Route = {
  readonly method: 'GET' | 'POST'
  /** With `:name` for parameters. */
  readonly path: string
  readonly summary: string
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** What a request carries that is not JSON. */
  readonly upload?: 'application/x-tar'
  readonly status: 200 | 202
  readonly answer: z.ZodType | 'text/event-stream' | 'application/x-ndjson' | 'text/plain'
}

const scopeQuery = z.object({ app: z.string().optional(), environment: z.string().optional() })

/** Every route of the server. All of them want `Authorization: Bearer TOKEN`. `x-humdrum-actor` names who asks, for the record. */
export const routes = {
  status: {
    method: 'GET',
    path: '/v1/status',
    summary: 'What runs where',
    query: scopeQuery,
    status: 200,
    answer: statusViewSchema,
  },
  putArtifact: {
    method: 'POST',
    path: '/v1/artifacts',
    summary: 'Store an artifact: a tar, normalised and digested by the server',
    upload: 'application/x-tar',
    status: 200,
    answer: artifactSchema,
  },
  deploy: {
    method: 'POST',
    path: '/v1/rollouts',
    summary: 'Begin a rollout of an artifact',
    body: deployBodySchema,
    status: 202,
    answer: deployedSchema,
  },
  plan: {
    method: 'POST',
    path: '/v1/plan',
    summary: 'What a deploy would do; changes nothing',
    body: planBodySchema,
    status: 200,
    answer: planViewSchema,
  },
  listRollouts: {
    method: 'GET',
    path: '/v1/rollouts',
    summary: 'Rollouts, newest first',
    query: scopeQuery.extend({ limit: z.coerce.number().int().min(1).max(200).default(20) }),
    status: 200,
    answer: z.object({ rollouts: z.array(rolloutViewSchema) }),
  },
  getRollout: {
    method: 'GET',
    path: '/v1/rollouts/:id',
    summary: 'One rollout',
    status: 200,
    answer: rolloutViewSchema,
  },
  explain: {
    method: 'GET',
    path: '/v1/rollouts/:id/explain',
    summary: 'One rollout in words: what was asked, checked, found and done',
    status: 200,
    answer: explanationSchema,
  },
  abort: {
    method: 'POST',
    path: '/v1/rollouts/:id/abort',
    summary: 'End a rollout: stable has the traffic back',
    body: reasonBodySchema,
    status: 202,
    answer: rolloutViewSchema,
  },
  pause: {
    method: 'POST',
    path: '/v1/rollouts/:id/pause',
    summary: 'Keep the weight where it is',
    body: reasonBodySchema,
    status: 202,
    answer: rolloutViewSchema,
  },
  resume: {
    method: 'POST',
    path: '/v1/rollouts/:id/resume',
    summary: 'Go on after a pause',
    body: legBodySchema,
    status: 202,
    answer: rolloutViewSchema,
  },
  promote: {
    method: 'POST',
    path: '/v1/rollouts/:id/promote',
    summary: 'Skip the present step, or the bake',
    body: promoteBodySchema,
    status: 202,
    answer: rolloutViewSchema,
  },
  retry: {
    method: 'POST',
    path: '/v1/rollouts/:id/retry',
    summary: 'Begin a rollout again that ended without a proof against its artifact',
    body: reasonBodySchema,
    status: 202,
    answer: rolloutViewSchema,
  },
  rollback: {
    method: 'POST',
    path: '/v1/rollback',
    summary: 'Go back to an earlier release',
    body: rollbackBodySchema,
    status: 202,
    answer: rolloutViewSchema,
  },
  lift: {
    method: 'POST',
    path: '/v1/rejections/:digest/lift',
    summary: 'Allow a rejected artifact again',
    body: liftBodySchema,
    status: 200,
    answer: liftedSchema,
  },
  events: {
    method: 'GET',
    path: '/v1/events',
    summary: 'Transitions as server-sent events, resumed by Last-Event-ID; with ?rollout= also its progress',
    query: z.object({ rollout: z.string().optional(), after: z.coerce.number().int().min(0).optional() }),
    status: 200,
    answer: 'text/event-stream',
  },
  logs: {
    method: 'GET',
    path: '/v1/logs',
    summary: 'What the instances of an app wrote, a JSON object a line',
    query: z.object({
      app: z.string(),
      environment: z.string().optional(),
      release: z.string().optional(),
      tail: z.coerce.number().int().min(0).max(10_000).default(200),
      follow: z.enum(['true', 'false']).default('false'),
    }),
    status: 200,
    answer: 'application/x-ndjson',
  },
  doctor: {
    method: 'GET',
    path: '/v1/doctor',
    summary: 'How server, edge, store and machine are, and what to do',
    status: 200,
    answer: doctorViewSchema,
  },
  stop: {
    method: 'POST',
    path: '/v1/stop',
    summary: 'Stop the server, or everything',
    body: stopBodySchema,
    status: 202,
    answer: stoppingSchema,
  },
  ...observationRoutes,
  ...verdictRoutes,
  livez: { method: 'GET', path: '/livez', summary: 'The process answers', status: 200, answer: 'text/plain' },
  readyz: { method: 'GET', path: '/readyz', summary: 'Store and edge answer', status: 200, answer: 'text/plain' },
  metrics: {
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics of the server, for Prometheus',
    status: 200,
    answer: 'text/plain',
  },
} as const satisfies Record<string, Route>

export type RouteName = keyof typeof routes
export type { Route as ApiRoute }
