// What another deployer may ask about a candidate, and what it is answered: flat JSON in the vocabulary of Argo Rollouts, and
// hooks by the names of Flagger's. Both only look at the status and at a few keys, so these never change their meaning.
import { z } from 'zod'

/** The hooks of Flagger that can be answered by a verdict. */
export const hookNames = [
  'confirm-rollout',
  'pre-rollout',
  'rollout',
  'confirm-traffic-increase',
  'confirm-promotion',
  'rollback',
] as const
export type Hook = (typeof hookNames)[number]

const verdictKinds = ['Successful', 'Failed', 'Running', 'Inconclusive', 'Error'] as const

export const verdictViewSchema = z.object({
  id: z.string().describe('r-42'),
  app: z.string(),
  environment: z.string(),
  candidate: z.string(),
  stable: z.string().nullable(),
  verdict: z
    .enum(verdictKinds)
    .describe('Inconclusive: it cannot be known without a person; Error: what should tell it cannot be asked'),
  rollback: z.boolean().describe('go back now'),
  promote: z.boolean().describe('it may have everything'),
  reason: z.string().describe('why, in words'),
  evidence: z
    .number()
    .describe('of the metric that is closest to its limit: e-value against "the candidate is no worse"'),
  limit: z.number().describe('evidence at which that metric is judged worse'),
  metrics: z.array(
    z.object({
      metric: z.string(),
      evidence: z.number(),
      limit: z.number(),
      promotion: z.number().describe('e-value against "it is worse than its margin"'),
      promotionLimit: z.number().describe('evidence from which it is shown to be within it'),
    }),
  ),
})
export type VerdictView = z.infer<typeof verdictViewSchema>

const verdictQuerySchema = z.object({
  candidate: z
    .string()
    .optional()
    .describe('the release that is meant; refused with 409 where the verdict is about another'),
  decided: z
    .enum(['true', 'false'])
    .default('false')
    .describe('true: answered with 425 while it is Running or Error, so that whoever asks asks again'),
})

/** As Flagger sends it. What is not named here may be there and is not read. */
const hookBodySchema = z.object({
  checksum: z.string().max(200).optional().describe('changes with the candidate'),
  metadata: z
    .object({
      candidate: z.string().max(64).optional().describe('the release that is meant'),
      stable: z.string().max(64).optional(),
    })
    .optional(),
})

export const verdictTokenSchema = z.object({ token: z.string().describe('good for /verdicts/ alone') })

/** Part of the one table in api.ts. */
export const verdictRoutes = {
  verdict: {
    method: 'GET',
    path: '/verdicts/:id',
    summary: 'One word about a candidate, for another deployer: of r-42, or of the newest in APP.ENVIRONMENT',
    query: verdictQuerySchema,
    status: 200,
    answer: verdictViewSchema,
  },
  askVerdict: {
    method: 'POST',
    path: '/verdicts/:id/:hook',
    summary: 'The same as a yes (200) or a no (409, or 425 while nothing is decided), for webhooks of another deployer',
    body: hookBodySchema,
    status: 200,
    answer: verdictViewSchema,
  },
  verdictToken: {
    method: 'GET',
    path: '/v1/verdict-token',
    summary: 'The token that is good for /verdicts/ alone, for another deployer',
    status: 200,
    answer: verdictTokenSchema,
  },
} as const
