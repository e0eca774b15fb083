// What is told of a metric over the API: what it has come to, and the trip or the note that came of it.
import { z } from 'zod'

const integer = z.number().int()
/** Milliseconds since the epoch. */
const instant = integer

export const tallySchema = z.object({ requests: integer, bad: integer })

const metricNameSchema = z.string().describe('errors, latency, or as humdrum.yaml names it')

const slownessSchema = z
  .object({ quantile: z.number(), thresholdMs: z.number() })
  .describe('what counts as slow: longer than this quantile of stable was, before anything was compared')

const ruleSchema = z.enum(['evidence', 'recent', 'ceiling'])

export const tripSchema = z.object({
  metric: metricNameSchema,
  rule: z.enum([...ruleSchema.options, 'missing']),
  evidence: z.number().max(1e300),
  limit: z.number(),
  candidate: tallySchema.describe('requests; none where a metric of a source decided'),
  stable: tallySchema,
  slowness: slownessSchema.nullable(),
  at: instant,
  decisiveToZeroMs: z.number().nullable().describe('null where no request decided: a source was read'),
})

export const metricViewSchema = z.object({
  metric: metricNameSchema,
  evidence: z.number().describe('e-value against "the candidate is no worse"'),
  promotion: z.number().describe('e-value against "it is worse than the margins of promotion"'),
  limit: z.number().describe('evidence at which it is judged worse'),
  onFail: z.enum(['rollback', 'pause', 'observe']),
  required: z.boolean().describe('full exposure waits for it'),
  dryRun: z.boolean().describe('nothing follows'),
  status: z
    .enum(['Pending', 'Running', 'Successful', 'Failed', 'Error', 'Inconclusive'])
    .describe('Successful: shown to be within its margin; Failed: judged worse, whatever followed'),
  candidate: tallySchema.describe('bad requests; of latency those slower than the threshold that tells most'),
  stable: tallySchema,
  slowness: slownessSchema.nullable(),
  difference: z
    .object({ lower: z.number(), upper: z.number() })
    .nullable()
    .describe("the candidate's share of bad requests less stable's, at all times at once with 99 %"),
  noted: z
    .object({
      rule: ruleSchema,
      evidence: z.number(),
      limit: z.number(),
      candidate: tallySchema,
      stable: tallySchema,
      at: instant.nullable(),
    })
    .nullable()
    .describe(
      'of a metric from which nothing follows: that the candidate was judged worse, and the figures of that moment',
    ),
})

/** Of a metric that no edge sees. */
export const sourceViewSchema = z.object({
  metric: metricNameSchema,
  status: z
    .enum(['Pending', 'Running', 'Successful', 'Failed', 'Error', 'Inconclusive'])
    .describe('Successful: shown to be within its margin, and measured lately'),
  words: z.string().describe('what it has come to, and why it is not known'),
  evidence: z.number().describe('e-value against "the candidate is no worse"'),
  promotion: z.number().describe('e-value against "it is worse than its margin"'),
  limit: z.number().describe('evidence at which it is judged worse'),
  lastGoodAt: instant.nullable().describe('until when both releases were measured; null before the first time'),
})
