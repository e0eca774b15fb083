// What somebody who decides for himself may take from us: one word about a candidate, in the vocabulary that other tools of
// its kind share, and the two answers that follow from it. Pure; it decides nothing.

import type { Trip } from '../analysis/decision.ts'
import type { Assessment } from '../analysis/judge.ts'
import type { SeenSources } from './event.ts'
import { causeWords, headline, judgementWords, lackWords, pauseWords } from './explain.ts'
import { lacksForEverything } from './passing.ts'
import { unknownSource } from './source-verdicts.ts'
import type { Rollout } from './state.ts'

/**
 * Successful: shown to be no worse than its margins. Failed: judged worse. Running: neither yet. Inconclusive: it cannot be
 * known without a person. Error: what should tell it cannot be asked.
 */
export type VerdictKind = 'Successful' | 'Failed' | 'Running' | 'Inconclusive' | 'Error'

export type Verdict = {
  readonly kind: VerdictKind
  /** Go back now. */
  readonly rollback: boolean
  /** It may have everything. */
  readonly promote: boolean
  /** Why, as a clause. */
  readonly reason: string
}

/** Only what is proved is acted on: everything between a yes and a no waits. */
export const verdict = (kind: VerdictKind, reason: string): Verdict => ({
  ...{ kind, reason },
  rollback: kind === 'Failed',
  promote: kind === 'Successful',
})

type Seen = {
  readonly rollout: Rollout
  readonly metrics: readonly Assessment[]
  readonly sources: SeenSources | null
  readonly trip: Trip | null
  /** The edge can be read now: what it told before is no news of this moment. */
  readonly isRead: boolean
}

export const verdictOf = (seen: Seen): Verdict => {
  const { rollout, trip } = seen
  switch (rollout.phase) {
    case 'Succeeded':
      return verdict('Successful', headline(rollout))
    case 'RollingBack':
    case 'RolledBack':
    case 'Failed':
    case 'Frozen':
    case 'NeedsHuman':
      return verdict('Failed', causeWords(rollout.cause))
    case 'Pending':
    case 'Preparing':
      return verdict('Running', headline(rollout))
    case 'Paused':
      if (trip !== null) return verdict('Failed', judgementWords(trip))
      return rollout.reason.kind === 'step' || rollout.reason.kind === 'person'
        ? underWay(seen)
        : verdict('Inconclusive', pauseWords(rollout.reason))
    case 'Progressing':
    case 'Promoting':
    case 'Baking':
      return trip === null ? underWay(seen) : verdict('Failed', judgementWords(trip))
    default:
      return rollout satisfies never
  }
}

/** A rollback, and a first release, are compared with nothing: they are done when they are done. */
const underWay = ({ rollout, metrics, sources, isRead }: Seen): Verdict => {
  const { plan } = rollout
  if (plan.kind === 'rollback' || plan.stable === null) return verdict('Running', headline(rollout))
  if (!isRead) return verdict('Error', 'the edge cannot be read')
  const unknown = unknownSource(plan, sources)
  if (unknown !== null) return verdict(unknown.kind, unknown.reason)
  const lacking = lacksForEverything(rollout, { metrics, sources })
  return lacking.length === 0
    ? verdict('Successful', 'every metric is shown to be within its margin')
    : verdict('Running', lacking.map(lackWords).join('; '))
}
