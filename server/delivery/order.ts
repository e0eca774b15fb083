// What a person may order of a rollout that is under way. The order becomes a row; the engine carries it out.
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import { rolloutName } from '@humdrum/core/ids.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import type { CommandKind } from '../store/records.ts'
import { putCommand } from '../store/records.ts'
import { getRollout } from '../store/rollouts.ts'
import type { DeliveryParts } from './parts.ts'

export type Order = {
  readonly rollout: RolloutId
  readonly kind: CommandKind
  readonly actor: string
  readonly reason: string
}

/** Refuses with HD4003, HD4104 or HD4105. Aborting what is over already is no fault: the wish is fulfilled. */
export const order = async ({ store, now }: DeliveryParts, asked: Order): Promise<Result<null>> => {
  const stored = await getRollout(store.db, asked.rollout)
  const name = rolloutName(asked.rollout)
  if (stored === null) return failed('HD4003', name)
  const { rollout } = stored
  if (isOver(rollout)) return asked.kind === 'aborted' ? ok(null) : failed('HD4104', `${name} is ${rollout.phase}`)
  if (asked.kind === 'resumed' && rollout.phase !== 'Paused') return failed('HD4105', `${name} is ${rollout.phase}`)
  if (asked.kind === 'paused' && rollout.phase !== 'Progressing' && rollout.phase !== 'Baking') {
    return rollout.phase === 'Paused'
      ? ok(null)
      : failed('HD4105', `${name} is ${rollout.phase}: only a step or a bake can be paused`)
  }
  await putCommand(store.db, { ...asked, at: now() })
  store.changed()
  return ok(null)
}
