// An observation in words, in the sections in which a rollout is told. Pure.
import { formatEvidence, promiseWords } from '../rollout/explain.ts'
import { sourceWords } from '../rollout/source-words.ts'
import type { Section } from '../rollout/story.ts'
import type { Instant } from '../time.ts'
import { formatDuration } from '../time.ts'
import type { Observation } from './observation.ts'
import { assessmentsOf, endWords, observationVerdict } from './verdict.ts'

export const observationStory = (observation: Observation, now: Instant): readonly Section[] => {
  const { candidate, stable, plan, begunBy, end } = observation
  const { kind, reason } = observationVerdict(observation, now)
  const lines = assessmentsOf(observation, now).flatMap((one) => [
    sourceWords(plan, one),
    `  evidence ${formatEvidence(one.evidence)} against "no worse" (judged worse at ${formatEvidence(one.limit)})`,
    `  ${one.promotion >= 1 / plan.beta ? 'shown' : 'not shown'} to be within its margin (evidence ${formatEvidence(one.promotion)} of ${formatEvidence(1 / plan.beta)})`,
  ])
  return [
    {
      heading: 'what is observed',
      lines: [
        `${candidate} beside ${stable}, exposed by another deployer; whatever is found, nothing follows from it here`,
        `begun by ${begunBy}, for ${formatDuration(plan.forMs)} at most`,
      ],
    },
    { heading: 'the verdict', lines: [...lines, promiseWords(plan.alpha)] },
    { heading: 'where it is', lines: [`${kind}: ${reason}`, ...(end === null ? [] : [endWords(end)])] },
  ]
}
