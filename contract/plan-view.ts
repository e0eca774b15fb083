// What a deploy would do, as the server answers it: refusals included, as values. The artifact is known only after the
// build, so what depends on it is named and not judged.
import { z } from 'zod'
import { stepShapeSchema } from './step-shape.ts'

const integer = z.number().int()
const share = integer.min(0).max(1_000_000)
const bytes = integer

export const planBodySchema = z.strictObject({
  config: z.unknown().describe('humdrum.yaml as JSON'),
  environment: z.string().optional().describe('may be left out where there is only one'),
})

const refusalSchema = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  next: z.string().describe('what to do'),
})

const trafficSchema = z.object({
  requestsPerSecond: z.number(),
  overMs: integer.describe('over how long they were counted'),
  stableRequests: integer.describe("the stable release's, since its edge started: what the rest is measured from"),
  errorRate: z.number().nullable().describe('0 to 1; null without a request'),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
})

const stepSchema = z.object({
  step: stepShapeSchema,
  weight: share.describe('a pause keeps that of the step before'),
  leastMs: integer.nullable().describe('null: until a person resumes it'),
  requests: integer
    .nullable()
    .describe('that the candidate must have answered in it, as far as is known; null: it never passes'),
  by: z
    .string()
    .regex(/^(?:exposure|errors|p\d+(?:\.\d+)?)$/)
    .describe('what asks for them: minExposure, or what must be shown of a metric'),
  forecastMs: integer.nullable().describe('null where it is not known, or no request comes'),
  fits: z
    .boolean()
    .nullable()
    .describe('false: it will not know enough in its time, and lowTraffic applies; null: not known'),
})

const sideSchema = z.object({
  instances: integer,
  bytes: bytes.nullable().describe('resident memory of all of them; null where nothing is known'),
})

export const planViewSchema = z.object({
  app: z.string(),
  environment: z.string(),
  stable: z.string().nullable().describe('null: it would be the first release here'),
  rollout: z.object({ id: z.string(), phase: z.string(), headline: z.string() }).nullable().describe('under way'),
  refusals: z.array(refusalSchema).describe('why a deploy would not begin now; empty: it would'),
  warnings: z.array(z.string()).describe('what is not as it should be, and keeps nothing from beginning'),
  rejections: z.array(z.object({ digest: z.string(), rollout: z.string(), reason: z.string() })),
  notChecked: z.array(z.string()),
  strategy: z.enum(['canary', 'allAtOnce']),
  steps: z.array(stepSchema),
  lowTraffic: z.enum(['pause', 'promote-if-clean', 'rollback']).describe('what becomes of a step that does not fit'),
  bake: z
    .object({
      forMs: integer,
      holdback: share,
      catches: z
        .number()
        .nullable()
        .describe(
          "the candidate's share of failures, 0 to 1, that it would most likely catch at this traffic; null: none",
        ),
    })
    .nullable(),
  totalMs: integer
    .nullable()
    .describe('steps and bake, without build and start; null: not known, or it waits for a person'),
  traffic: trafficSchema.nullable(),
  proposal: z
    .object({ yaml: z.string().describe('for the environment in humdrum.yaml'), totalMs: integer.nullable() })
    .nullable()
    .describe('where the steps do not fit the traffic'),
  alternative: z
    .object({ yaml: z.string(), totalMs: integer.nullable() })
    .nullable()
    .describe('beside a proposal of steps, where requests are few: everything at once, watched'),
  wayBack: z
    .object({ release: z.string(), checked: z.array(z.string()), notChecked: z.array(z.string()) })
    .nullable()
    .describe('null: there is none, or a refusal says why it is none'),
  capacity: z.object({
    present: sideSchema,
    candidate: sideSchema,
    memoryAvailable: bytes,
    diskFree: bytes,
    enough: z.boolean().nullable().describe('whether the memory is enough for both; null where it is not known'),
  }),
})
export type PlanView = z.infer<typeof planViewSchema>
