// Which releases an environment can go back to. Pure; newest first is how plans come here.
import type { Digest, Version } from '@humdrum/core/ids.ts'
import type { Plan } from '@humdrum/core/rollout/state.ts'

/** So many releases that succeeded in an environment keep their bytes. */
export const keptReleases = 5

/** The rollout by which a release came to serve: it names what `rollback` goes back to. */
export const broughtBy = (succeeded: readonly Plan[], serving: Version): Plan | null =>
  succeeded.find(({ kind, candidate }) => kind === 'deploy' && candidate === serving) ?? null

/** The artifacts of the newest releases that succeeded, and of the one that a rollback without a name goes to. */
export const rollbackTargets = (succeeded: readonly Plan[], serving: Version | null): ReadonlySet<Digest> => {
  const byVersion = new Map<Version, Digest>()
  for (const { candidate, candidateArtifact } of succeeded)
    if (byVersion.size < keptReleases && !byVersion.has(candidate)) byVersion.set(candidate, candidateArtifact)
  // It may be long ago: of releases that were left again there may be many since.
  const before = serving === null ? null : (broughtBy(succeeded, serving)?.stableArtifact ?? null)
  return new Set([...byVersion.values(), ...(before === null ? [] : [before])])
}
