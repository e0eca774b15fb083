// Which artifact a rollout proves bad: desired state reverts too, so these bytes are not deployed again until somebody
// lifts the rejection. Being never ready proves nothing about the bytes, nor does a person's abort, nor that a source has no data.
import type { Digest } from '../ids.ts'
import { causeWords } from './explain.ts'
import type { Rollout } from './state.ts'

export const rejectionOf = (rollout: Rollout): { readonly digest: Digest; readonly reason: string } | null => {
  if (rollout.phase !== 'RollingBack') return null
  const { plan, cause } = rollout
  const isTrip = cause.kind === 'trip' && cause.trip.rule !== 'missing'
  const proved = isTrip || cause.kind === 'rollback' || cause.kind === 'crashLoop'
  // The same bytes serve as stable: then it was the configuration, and rejecting them would reject stable.
  if (!proved || plan.candidateArtifact === plan.stableArtifact) return null
  return { digest: plan.candidateArtifact, reason: `${plan.candidate}: ${causeWords(cause)}` }
}
