// What is told of an observation, and the routes to begin, look at and end one. Its verdict is that of verdict-view.ts.
import { z } from 'zod'
import { verdictViewSchema } from './verdict-view.ts'

const instant = z.number().int()
const dayMs = 86_400_000

export const observationViewSchema = verdictViewSchema.extend({
  id: z.string().describe('o-3'),
  stable: z.string(),
  begunAt: instant,
  begunBy: z.string(),
  endsAt: instant.describe('when its time is over'),
  endedAt: instant.nullable().describe('null while it is under way'),
})
export type ObservationView = z.infer<typeof observationViewSchema>

export const observationExplanationSchema = z.object({
  title: z.string(),
  sections: z.array(z.object({ heading: z.string(), lines: z.array(z.string()) })),
  observation: observationViewSchema,
})
export type ObservationExplanation = z.infer<typeof observationExplanationSchema>

const observeBodySchema = z.strictObject({
  config: z.unknown().describe('humdrum.yaml as JSON'),
  environment: z.string().optional().describe('one with the strategy observe; may be left out where there is only one'),
  candidate: z.string().describe('what stands for {{release}} in its queries'),
  stable: z.string(),
  forMs: z
    .number()
    .int()
    .min(60_000)
    .max(14 * dayMs)
    .default(dayMs)
    .describe('how long at most'),
})

/** Part of the one table in api.ts. */
export const observationRoutes = {
  observe: {
    method: 'POST',
    path: '/v1/observations',
    summary: 'Begin to judge what another deployer exposes; acts on nothing',
    body: observeBodySchema,
    status: 202,
    answer: observationViewSchema,
  },
  listObservations: {
    method: 'GET',
    path: '/v1/observations',
    summary: 'The newest observation of every environment',
    status: 200,
    answer: z.object({ observations: z.array(observationViewSchema) }),
  },
  explainObservation: {
    method: 'GET',
    path: '/v1/observations/:id/explain',
    summary: 'One observation in words',
    status: 200,
    answer: observationExplanationSchema,
  },
  stopObservation: {
    method: 'POST',
    path: '/v1/observations/:id/stop',
    summary: 'End an observation',
    status: 202,
    answer: observationViewSchema,
  },
} as const
