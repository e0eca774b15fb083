// Writes the row from which the engine goes on, if what was decided upon is still so when it is written.
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { Digest, RolloutId, Scope } from '@humdrum/core/ids.ts'
import { rolloutName, scopeKey } from '@humdrum/core/ids.ts'
import { headline } from '@humdrum/core/rollout/explain.ts'
import type { Plan, Rollout } from '@humdrum/core/rollout/state.ts'
import { newCourse } from '@humdrum/core/rollout/state.ts'
import { isCollected } from '../store/records.ts'
import type { Asked, Reach, StoredRollout } from '../store/rollouts.ts'
import { insertRollout } from '../store/rollouts.ts'
import { exposureAfter, holderOf } from './exposure.ts'
import type { DeliveryParts } from './parts.ts'

export type Beginning = {
  readonly scope: Scope
  /** What the plan was made from; null for the first rollout of an environment. */
  readonly newest: StoredRollout | null
  readonly plan: Plan
  /** `Promoting` where there is nothing to place and nothing to start. */
  readonly begins: 'Pending' | 'Promoting'
  readonly reach: Reach
  readonly asked: Asked
  /** What is not to be deployed again from now on. */
  readonly rejects: { readonly digest: Digest; readonly reason: string } | null
}

/** Fails with HD4101 where another one was quicker: to this environment, or to the host; HD3005 where the bytes just went. */
export const begin = async ({ store, now }: DeliveryParts, given: Beginning): Promise<Result<RolloutId>> => {
  const { scope, newest, plan, reach, begins: phase, asked, rejects } = given
  const { id: _, ...first }: Rollout = {
    ...{ id: 0 as RolloutId, phase, scope, plan, since: now(), generation: 1, ...newCourse },
  }
  const text = `${headline({ ...first, id: 0 as RolloutId })} (${askedWords(asked)})`
  const exposure = exposureAfter(newest, reach)
  const allows = (all: readonly StoredRollout[]): boolean => isStillNewest(all, given) && isStillFree(all, given)
  const id = await insertRollout(store.db, first, { exposure, text, asked, rejects, allows })
  if (id === null && (await isCollected(store.db, plan.candidateArtifact)))
    return failed('HD3005', `the bytes of ${plan.candidate} were collected in this moment`)
  if (id === null) return failed('HD4101', 'another one began at the same time')
  store.ordered()
  return ok(id)
}

const askedWords = ({ by, reason }: Asked): string => `asked by ${by}${reason === '' ? '' : `: ${reason}`}`

/** Checking takes time, in which a whole rollout may have begun and ended: then the plan names a stable that is none. */
const isStillNewest = (all: readonly StoredRollout[], { scope, newest }: Beginning): boolean =>
  all.find(({ rollout }) => scopeKey(rollout.scope) === scopeKey(scope))?.rollout.id === newest?.rollout.id

/** Going back asks for no more than is in force. */
const isStillFree = (all: readonly StoredRollout[], { scope, plan, reach }: Beginning): boolean =>
  plan.kind === 'rollback' || holderOf(reach, scope, all) === null

export const underWay = (rollout: Rollout) => {
  const reason = `${rolloutName(rollout.id)} (${rollout.phase}): ${headline(rollout)}`
  // It does not end by itself soon: waiting would be no advice.
  const next = { next: 'let it go on (humdrum resume) or end it (humdrum abort)' }
  return failed('HD4101', reason, rollout.phase === 'Paused' ? next : {})
}
