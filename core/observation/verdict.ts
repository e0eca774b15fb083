// The verdict about a candidate that another deployer exposes, from what its metrics have come to. Pure; it decides nothing.
import type { SourceMetric } from '../analysis/metric.ts'
import { acts, takesBack } from '../analysis/metric.ts'
import type { SourceAssessment, SourceStatus } from '../analysis/source/source-assessment.ts'
import { tickClock } from '../analysis/source/source-assessment.ts'
import { createSourceJudge } from '../analysis/source/source-judge.ts'
import { formatEvidence } from '../rollout/explain.ts'
import { sourceWords } from '../rollout/source-words.ts'
import type { Verdict } from '../rollout/verdict.ts'
import { verdict } from '../rollout/verdict.ts'
import type { Instant } from '../time.ts'
import { formatDuration } from '../time.ts'
import type { Observation, ObservationEnd } from './observation.ts'

/** What each metric has come to, by the clock of now. Its ticks end an interval before that: so late they are asked for. */
export const assessmentsOf = ({ plan, judge, end }: Observation, now: Instant): readonly SourceAssessment[] => {
  const { metrics, alpha, beta, source } = plan
  const at = tickClock(Math.min(now, end?.at ?? now), source.intervalMs)
  return createSourceJudge({ metrics, alpha, beta, resume: judge }).assessments(at)
}

/** In the order in which one of them decides. A metric from which nothing follows is not asked; one that pauses is for a person. */
export const observationVerdict = (observation: Observation, now: Instant): Verdict => {
  const { plan, end, begunAt } = observation
  const isOneThat =
    (follows: (metric: SourceMetric) => boolean) =>
    ({ metric }: SourceAssessment): boolean =>
      plan.metrics.some((one) => one.name === metric && follows(one))
  const asked = assessmentsOf(observation, now).filter(isOneThat(acts))
  const told = (found: readonly SourceAssessment[]): string => found.map((one) => sourceWords(plan, one)).join('; ')
  const having = (...statuses: readonly SourceStatus[]) => asked.filter(({ status }) => statuses.includes(status))
  const failed = having('Failed')
  // What was once proved stays so; that a candidate was well stays so only while somebody looks.
  if (failed.length > 0) return verdict(failed.some(isOneThat(takesBack)) ? 'Failed' : 'Inconclusive', told(failed))
  if (end !== null) return verdict('Inconclusive', `it is not observed any more: ${endWords(end)}`)
  const unsure = [having('Inconclusive'), having('Error')].find((found) => found.length > 0)
  const [first] = unsure ?? []
  if (unsure !== undefined && first !== undefined)
    return verdict(first.status === 'Error' ? 'Error' : 'Inconclusive', told(unsure))
  const open = having('Pending', 'Running')
  if (asked.length === 0) return verdict('Running', 'no metric is asked: all of them only observe')
  if (open.length > 0) return verdict('Running', told(open))
  const smouldering = asked.filter(({ evidence }) => evidence >= 1 / (5 * plan.alpha))
  if (smouldering.length > 0)
    return verdict(
      'Running',
      smouldering
        .map((one) => `${one.metric}: evidence ${formatEvidence(one.evidence)} against "no worse" smoulders`)
        .join('; '),
    )
  return now - begunAt < plan.leastMs
    ? verdict('Running', `it is observed for ${formatDuration(now - begunAt)} of ${formatDuration(plan.leastMs)}`)
    : verdict('Successful', 'every metric is shown to be within its margin')
}

export const endWords = (end: ObservationEnd): string => {
  switch (end.kind) {
    case 'stopped':
      return `${end.actor} ended it`
    case 'time':
      return 'its time was over'
    case 'followed':
      return `${end.by} took its place`
    default:
      return end satisfies never
  }
}
