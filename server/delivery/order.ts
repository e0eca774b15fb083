// What a person may order of a rollout that is under way. The order becomes a row; the engine carries it out.
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import { rolloutName } from '@humdrum/core/ids.ts'
import { headline } from '@humdrum/core/rollout/explain.ts'
import type { Rollout } from '@humdrum/core/rollout/state.ts'
import { isOver, legOf } from '@humdrum/core/rollout/state.ts'
import type { CommandKind } from '../store/records.ts'
import { putCommand } from '../store/records.ts'
import { getRollout } from '../store/rollouts.ts'
import type { DeliveryParts } from './parts.ts'

export type Order = {
  readonly rollout: RolloutId
  readonly kind: CommandKind
  readonly actor: string
  readonly reason: string
  /** The leg that its giver saw; whichever it is on without it. */
  readonly leg?: number | undefined
}

/** Refuses with HD4003, HD4104 or HD4105. What is so already is no fault: the wish is fulfilled, and nothing is written. */
export const order = async ({ store, now }: DeliveryParts, asked: Order): Promise<Result<null>> => {
  const stored = await getRollout(store.db, asked.rollout)
  if (stored === null) return failed('HD4003', rolloutName(asked.rollout))
  const answer = answerTo(asked.kind, stored.rollout)
  const leg = legOf(stored.rollout)
  if (answer === 'so already') return ok(null)
  if (answer !== 'taken') return answer
  // Somebody else was quicker: what this one saw has been left.
  if (asked.leg !== undefined && asked.leg !== leg) return ok(null)
  await putCommand(store.db, { ...asked, leg, at: now() })
  store.ordered()
  return ok(null)
}

type Answer = 'taken' | 'so already' | ReturnType<typeof failed>

const answerTo = (kind: CommandKind, rollout: Rollout): Answer => {
  switch (kind) {
    case 'aborted':
    case 'rollbackAsked':
      return isOver(rollout) || rollout.phase === 'RollingBack' ? 'so already' : 'taken'
    case 'paused':
      if (rollout.phase === 'Paused') return 'so already'
      return rollout.phase === 'Progressing' || rollout.phase === 'Baking'
        ? 'taken'
        : refused(rollout, 'only a step or a bake can be paused')
    case 'resumed':
      return rollout.phase === 'Paused' ? 'taken' : refused(rollout, 'only what is paused can be resumed')
    case 'promoted':
      if (rollout.phase === 'Promoting') return 'so already'
      return legOf(rollout) === null ? refused(rollout, onlyExposed) : 'taken'
    case 'promotedFully':
      return answerToFull(rollout)
    default:
      return kind satisfies never
  }
}

const onlyExposed = 'only what is being exposed can be promoted'

const answerToFull = (rollout: Rollout): Answer => {
  const leg = legOf(rollout)
  if (leg === null) return refused(rollout, onlyExposed)
  if (leg < rollout.plan.steps.length) return 'taken'
  if (rollout.phase !== 'Paused') return 'so already'
  const next = 'go on with the bake (humdrum resume) or end it (humdrum promote)'
  return failed('HD4105', `${rolloutName(rollout.id)} has full exposure and is paused in its bake`, { next })
}

/** Says where it stands and why, and what would help there. */
const refused = (rollout: Rollout, rule: string): ReturnType<typeof failed> => {
  const name = rolloutName(rollout.id)
  if (isOver(rollout)) return failed('HD4104', `${name} is ${rollout.phase}: ${headline(rollout)}`)
  return failed('HD4105', `${rule}, and ${name} is ${rollout.phase}: ${headline(rollout)}`, nextFor(rollout))
}

const nextFor = ({ phase }: Rollout): { readonly next?: string } => {
  switch (phase) {
    case 'RollingBack':
      return { next: 'let it end (humdrum status --watch), and ship a fix: humdrum deploy' }
    case 'Frozen':
    case 'NeedsHuman':
      return { next: 'look at it, and end it: humdrum abort' }
    case 'Pending':
    case 'Preparing':
      return { next: 'wait until it is exposed (humdrum status --watch) or end it (humdrum abort)' }
    case 'Progressing':
    case 'Paused':
    case 'Promoting':
    case 'Baking':
    case 'Succeeded':
    case 'RolledBack':
    case 'Failed':
      return {}
    default:
      return phase satisfies never
  }
}
