// The same rollout once more, after it ended without anything being proved against its bytes: the release and the plan
// stay, the way back is checked anew.
import type { Result } from '@humdrum/core/errors.ts'
import { failed } from '@humdrum/core/errors.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import { rolloutName, scopeKey } from '@humdrum/core/ids.ts'
import { headline } from '@humdrum/core/rollout/explain.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import { getRelease } from '../store/records.ts'
import type { StoredRollout } from '../store/rollouts.ts'
import { getRollout, newestRollout } from '../store/rollouts.ts'
import { checkWayBack, presentOf, refuseArtifact, refuseMissingVariables, refuseTakenHost } from './accept.ts'
import { begin } from './begin.ts'
import { fullDisk } from './full-disk.ts'
import { checkMeasurable } from './measurable.ts'
import type { DeliveryParts } from './parts.ts'
import { goBackTo } from './rollback.ts'

export type RetryAsked = { readonly rollout: RolloutId; readonly actor: string; readonly reason: string }

/** Answers the new rollout. */
export const retry = async (parts: DeliveryParts, asked: RetryAsked): Promise<Result<RolloutId>> => {
  const stored = await getRollout(parts.store.db, asked.rollout)
  if (stored === null) return failed('HD4003', rolloutName(asked.rollout))
  const { scope, plan } = stored.rollout
  const refusal =
    refuseWhatGoesWell(stored) ??
    refuseWhatIsPast(stored, await newestRollout(parts.store.db, scope)) ??
    (await refuseArtifact(parts, plan.candidateArtifact))
  if (refusal !== null) return refusal
  const release = await getRelease(parts.store.db, scope.app, plan.candidate)
  if (release === null) throw new Error(`release ${plan.candidate} of ${scope.app} has no row`)
  return plan.kind === 'rollback'
    ? goBackTo(parts, release, { newest: stored, asked })
    : (refuseMissingVariables(parts, release.run) ?? deployAgain(parts, stored, asked))
}

const deployAgain = async (
  parts: DeliveryParts,
  stored: StoredRollout,
  { actor, reason }: RetryAsked,
): Promise<Result<RolloutId>> => {
  const { scope, plan, id } = stored.rollout
  const { before: _, ...reach } = stored.exposure
  const taken = await refuseTakenHost(parts, scope, reach)
  if (taken !== null) return taken
  const full = await fullDisk(parts)
  if (full !== null) return { ok: false, fault: full }
  const present = await presentOf(parts, stored)
  const before = present === null ? null : await checkWayBack(parts, present)
  if (before !== null && !before.ok) return before
  const measurable = await checkMeasurable(parts, { ...plan, stable: present?.release.version ?? null })
  if (!measurable.ok) return measurable
  return begin(parts, {
    ...{ scope, reach, newest: stored, begins: 'Pending', rejects: null },
    plan: { ...plan, wayBack: before?.value.wayBack ?? null },
    asked: { by: actor, reason: `${rolloutName(id)} again${reason === '' ? '' : `: ${reason}`}` },
  })
}

const refuseWhatGoesWell = ({ rollout }: StoredRollout) => {
  const reason = `${rolloutName(rollout.id)} is ${rollout.phase}: ${headline(rollout)}`
  if (rollout.phase === 'Succeeded') return failed('HD4109', reason)
  const next = 'wait for its end (humdrum status --watch) or end it (humdrum abort)'
  return isOver(rollout) ? null : failed('HD4109', reason, { next })
}

/** An older one would bring back what somebody has moved on from. */
const refuseWhatIsPast = ({ rollout }: StoredRollout, newest: StoredRollout | null) => {
  if (newest === null || newest.rollout.id === rollout.id) return null
  const name = rolloutName(newest.rollout.id)
  const reason = `${name} came to ${scopeKey(rollout.scope)} after ${rolloutName(rollout.id)}`
  return failed('HD4109', reason, { next: `humdrum status, and perhaps humdrum retry ${name}` })
}
