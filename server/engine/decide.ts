// One decision: facts and orders in, the next state with everything that is saved beside it out. Pure.

import { check } from '@humdrum/core/rollout/check.ts'
import type { World } from '@humdrum/core/rollout/desired.ts'
import { desired } from '@humdrum/core/rollout/desired.ts'
import type { Observed, RolloutEvent } from '@humdrum/core/rollout/event.ts'
import { headline } from '@humdrum/core/rollout/explain.ts'
import { rejectionOf } from '@humdrum/core/rollout/rejection.ts'
import type { Rollout } from '@humdrum/core/rollout/state.ts'
import { failureIn, step } from '@humdrum/core/rollout/step.ts'
import type { Command } from '../store/records.ts'
import type { NewTransition, SavedStep } from '../store/rollouts.ts'

export type Decision = Omit<SavedStep, 'before' | 'measurement' | 'at'> & {
  readonly world: World
  readonly problems: readonly string[]
}

export const decide = (
  before: Rollout,
  commands: readonly Command[],
  given: { seen: Observed; rejected: boolean; awayMs: number | null },
): Decision => {
  const { seen, rejected, awayMs } = given
  const events: RolloutEvent[] = [
    ...(awayMs === null ? [] : [{ kind: 'takenUp' as const, at: seen.at, awayMs }]),
    // A release that was proved bad is that, also when somebody ended its rollout in the same moment.
    ...(failureIn(before, seen) === null ? [] : [seen]),
    ...(rejected ? [{ kind: 'rejected' as const, at: seen.at }] : []),
    ...commands.map(({ kind, actor, reason, at }) => ({ kind, actor, reason, at })),
    seen,
  ]
  const passed = pass(before, events)
  const world = desired(passed.after, seen)
  const problems = check({ before, after: passed.after, seen, world, rejected })
  const handled = commands.map(({ id }) => id)
  if (problems.length === 0) return { ...passed, world, handled, problems }
  const broken = pass(before, [{ kind: 'broke', at: seen.at, problems }])
  return { ...broken, world: desired(broken.after, seen), handled, problems }
}

const pass = (
  before: Rollout,
  events: readonly RolloutEvent[],
): Pick<SavedStep, 'after' | 'transitions' | 'rejection'> => {
  const states = [before]
  for (const event of events) states.push(step(states.at(-1) ?? before, event))
  const entered = states.slice(1).filter((state, index) => isTransition(states[index] ?? before, state))
  const rejection = entered.map(rejectionOf).find((found) => found !== null) ?? null
  return { after: states.at(-1) ?? before, transitions: entered.map(transitionOf), rejection }
}

/** A mark that was set is no transition: nobody is told of it. */
const isTransition = (from: Rollout, to: Rollout): boolean =>
  to.since !== from.since || to.phase !== from.phase || stepOf(to) !== stepOf(from)

const stepOf = (rollout: Rollout): number | null => (rollout.phase === 'Progressing' ? rollout.step : null)

const transitionOf = (rollout: Rollout): NewTransition => ({
  generation: rollout.generation,
  at: rollout.since,
  phase: rollout.phase,
  step: stepOf(rollout),
  text: headline(rollout),
})
