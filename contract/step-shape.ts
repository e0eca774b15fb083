// A step of a rollout as it goes over the wire.
import type { Step } from '@humdrum/core/rollout/state.ts'
import { z } from 'zod'

const integer = z.number().int()
const share = integer.min(0).max(1_000_000)

export const stepShapeSchema = z.union([
  z.object({ setWeight: share }),
  z.object({ pauseMs: integer.nullable().describe('null: until a person resumes it') }),
  z.object({
    budget: z
      .union([z.object({ failedRequests: integer }), z.object({ failedShare: share })])
      .describe('the weight follows the evidence, at the cost of so many failed requests at most'),
  }),
])
type StepShape = z.infer<typeof stepShapeSchema>

export const stepShape = (step: Step): StepShape => {
  switch (step.kind) {
    case 'setWeight':
      return { setWeight: step.weight }
    case 'pause':
      return { pauseMs: step.forMs }
    case 'auto': {
      const { kind, failed } = step.budget
      return { budget: kind === 'requests' ? { failedRequests: failed } : { failedShare: failed } }
    }
    default:
      return step satisfies never
  }
}
