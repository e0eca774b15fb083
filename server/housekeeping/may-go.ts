// Which artifacts nobody needs any more. Pure; what it keeps is said in one place, and nothing else is kept.
import type { Digest } from '@humdrum/core/ids.ts'
import { stableAfter } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { rollbackTargets } from '../delivery/rollback-targets.ts'
import type { Holdings, Standing } from '../store/collection.ts'

/** What was uploaded waits so long for its deploy. */
export const youngMs = 3_600_000

export type Needs = {
  readonly at: Instant
  /** Artifacts of instances that there are, in whatever state: a warm release has some. */
  readonly inUse: ReadonlySet<Digest>
}

export const mayGo = ({ standings, artifacts }: Holdings, { at, inUse }: Needs): readonly Digest[] => {
  const needed = new Set([...inUse, ...standings.flatMap(neededBy)])
  return artifacts
    .filter(({ digest, uploadedAt }) => !needed.has(digest) && at - uploadedAt >= youngMs)
    .map(({ digest }) => digest)
}

/** Both sides of the newest rollout, whatever became of it, and what can be gone back to. */
const neededBy = ({ newest, succeeded }: Standing): readonly Digest[] => {
  const { candidateArtifact, stableArtifact } = newest.plan
  const sides = stableArtifact === null ? [candidateArtifact] : [candidateArtifact, stableArtifact]
  return [...sides, ...rollbackTargets(succeeded, stableAfter(newest))]
}
