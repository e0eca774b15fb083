// What a rollout takes along from state to state, and what a person adds to it by going on.
import type { MetricName } from '../analysis/metric.ts'
import type { Course, Rollout } from './state.ts'

/** Without its stage. */
export const courseOf = (rollout: Rollout): Course => {
  const { holdSeenAt, ramp, accepted, acceptedMissing, noted, unproven, replaced } = rollout
  return { holdSeenAt, ramp, accepted, acceptedMissing, noted, unproven, replaced }
}

/** Who goes on after being called for a metric has seen it: it does not stand in the way again. */
export const accepting = (rollout: Rollout): Rollout => {
  if (rollout.phase !== 'Paused' || rollout.reason.kind !== 'failing') return rollout
  const { judgements } = rollout.reason
  const namesOf = (isMissing: boolean): readonly MetricName[] =>
    judgements.filter(({ rule }) => (rule === 'missing') === isMissing).map(({ metric }) => metric)
  return {
    ...rollout,
    accepted: [...rollout.accepted, ...namesOf(false)],
    acceptedMissing: [...rollout.acceptedMissing, ...namesOf(true)],
  }
}
