// One decision: facts and orders in, the next state with everything that is saved beside it out. Pure.

import { check } from '@humdrum/core/rollout/check.ts'
import type { World } from '@humdrum/core/rollout/desired.ts'
import { desired, wantedWeight } from '@humdrum/core/rollout/desired.ts'
import type { Observed, PersonsOrder, RolloutEvent } from '@humdrum/core/rollout/event.ts'
import {
  headline,
  noteWords,
  orderWords,
  replacedWords,
  standbyWords,
  unprovenWords,
} from '@humdrum/core/rollout/explain.ts'
import { rejectionOf } from '@humdrum/core/rollout/rejection.ts'
import type { Rollout } from '@humdrum/core/rollout/state.ts'
import { stepOf } from '@humdrum/core/rollout/state.ts'
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
    ...commands.map(({ id: _, rollout: __, ...asked }): PersonsOrder => asked),
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
  let after = before
  const entered: Entered[] = []
  for (const event of events) {
    const state = step(after, event)
    if (isTransition(after, state)) entered.push({ before: after, state, event })
    after = state
  }
  const rejection = entered.map(({ state }) => rejectionOf(state)).find((found) => found !== null) ?? null
  return { after, transitions: entered.map(transitionOf), rejection }
}

type Entered = { readonly before: Rollout; readonly state: Rollout; readonly event: RolloutEvent }

/** A mark that was set is no transition: nobody is told of it. */
const isTransition = (from: Rollout, to: Rollout): boolean =>
  to.since !== from.since ||
  to.phase !== from.phase ||
  stepOf(to) !== stepOf(from) ||
  wantedWeight(to) !== wantedWeight(from) ||
  to.noted !== from.noted ||
  to.replaced !== from.replaced

const transitionOf = ({ before, state, event }: Entered): NewTransition => ({
  generation: state.generation,
  at: event.at,
  phase: state.phase,
  step: state.phase === 'Progressing' ? state.step : null,
  text: [headline(state), standbyWords(state), personWords(event), ...courseWords(before, state)]
    .filter((words) => words !== null)
    .join('; '),
})

/** What was added to what it has been through. */
const courseWords = (before: Rollout, after: Rollout): readonly (string | null)[] => [
  ...after.noted.slice(before.noted.length).map((one) => noteWords(after.plan, one)),
  ...after.unproven.slice(before.unproven.length).map(unprovenWords),
  after.replaced === before.replaced ? null : replacedWords(after),
]

const personWords = (event: RolloutEvent): string | null => (isOrder(event) ? orderWords(event) : null)

const isOrder = (event: RolloutEvent): event is PersonsOrder => 'actor' in event
