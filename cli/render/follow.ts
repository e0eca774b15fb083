// Turns what the server tells about one rollout after another into lines for people: one live line and lines that stay on
// a terminal, one line per change on a pipe. Knows no server, no process and no clock of its own.
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { ServerEvent } from '@humdrum/contract/client.ts'
import type { Phase } from '@humdrum/core/rollout/state.ts'
import { createColors } from 'picocolors'
import type { Ending } from './ending.ts'
import { endingOf } from './ending.ts'
import type { LiveLine } from './live-line.ts'
import { createLiveLine } from './live-line.ts'
import type { Stage } from './stage.ts'
import { isSameStage, preflightWords, preparedWords, stageOf, stageWords } from './stage.ts'

export type FollowerParts = {
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  readonly colours: boolean
  readonly now: () => number
  readonly columns?: () => number
}

export type Follower = {
  /** Events of one rollout after the other. Give `progress` after the last transition: only it knows how it ended. */
  readonly onEvent: (event: ServerEvent) => void
  /** Call it every second: rewrites the live line, and on a pipe says now and then that it still goes on. */
  readonly tick: () => void
  /** A line that stays, between those of the rollout. */
  readonly say: (line: string) => void
  /** Takes the live line away. */
  readonly end: () => void
}

type Track = {
  readonly rollout: string
  stage: Stage
  generation: number
  /** The newest view; `viewed` is the newest of the stage that goes on now. */
  view: RolloutView | null
  viewed: RolloutView | null
  said: string
  saidAt: number
  ended: string
}

/** On a pipe: a line about the stage that goes on, not more often than this while it changes, at least so often while not. */
const changingMs = 5_000
const unchangedMs = 60_000

export const createFollower = (parts: FollowerParts): Follower => {
  const { isTerminal, now, write, columns = () => 100 } = parts
  const marks = marksFor(parts.colours)
  const line = createLiveLine({ write, columns, isLive: isTerminal })
  let track: Track | null = null

  const trackOf = (rollout: string, stage: Stage): Track => {
    if (track?.rollout === rollout) return track
    line.clear()
    track = newTrack(rollout, stage, now())
    return track
  }

  const showStage = (on: Track, quietMs: number): void => {
    if (on.view === null || endingOf(on.view) !== null || !isSameStage(on.view, on.stage)) return
    const words = stageWords(on.stage, on.view, now())
    if (isTerminal) line.show(marks.now, words)
    else if (now() - on.saidAt >= quietMs) {
      on.saidAt = now()
      line.keep(`${marks.now} ${words}`)
    }
  }

  const onView = (view: RolloutView): void => {
    const on = trackOf(view.id, stageOf(view))
    if (view.generation < on.generation) return // an answer that was overtaken by a transition
    if (on.view === null) line.keep(`${marks.good} ${preflightWords(view)}`)
    on.view = view
    enter(on, stageOf(view), { line, marks })
    on.viewed = view
    on.generation = view.generation
    const ending = endingOf(view)
    const key = `${view.phase} ${view.since}`
    if (ending !== null && on.ended !== key) {
      on.ended = key
      keepEnding(line, marks, ending)
    } else showStage(on, changingMs)
  }

  const onTransition = ({ transition }: Extract<ServerEvent, { kind: 'transition' }>): void => {
    const { rollout, phase, step, at, text, generation } = transition
    const on = trackOf(rollout, { phase, step, since: at })
    if (generation < on.generation) return
    on.generation = generation
    enter(on, { phase, step, since: at }, { line, marks })
    if (on.said !== text && !endsIn(phase)) {
      on.said = text
      on.saidAt = now()
      if (!isTerminal) line.keep(`${marks.step} ${text}`)
    }
    showStage(on, unchangedMs)
  }

  return {
    onEvent: (event) => (event.kind === 'progress' ? onView(event.rollout) : onTransition(event)),
    tick: () => {
      if (track !== null) showStage(track, unchangedMs)
    },
    say: line.keep,
    end: line.clear,
  }
}

const newTrack = (rollout: string, stage: Stage, at: number): Track => ({
  rollout,
  stage,
  generation: 0,
  view: null,
  viewed: null,
  said: '',
  saidAt: at,
  ended: '',
})

type Marks = Readonly<Record<'good' | 'bad' | 'waits' | 'now' | 'step', string>>

const marksFor = (colours: boolean): Marks => {
  const paint = createColors(colours)
  return { good: paint.green('✓'), bad: paint.red('✗'), waits: paint.yellow('!'), now: paint.cyan('●'), step: '·' }
}

/** Phases whose whole story is the ending. */
const endsIn = (phase: Phase): boolean =>
  ['Succeeded', 'RolledBack', 'Failed', 'Paused', 'NeedsHuman', 'Frozen'].includes(phase)

const goesForward = (phase: Phase): boolean => ['Progressing', 'Promoting', 'Baking', 'Succeeded'].includes(phase)

/** The line of the stage that is left stays, with the last that was seen of it. */
const enter = (on: Track, next: Stage, { line, marks }: { readonly line: LiveLine; readonly marks: Marks }): void => {
  const left = on.stage
  on.stage = next
  if (isSameStage(left, next)) return
  const view = on.viewed ?? on.view
  on.viewed = null
  if (view === null) return
  const forward = goesForward(next.phase)
  if (left.phase === 'Preparing' && forward) line.keep(`${marks.good} ${preparedWords(left, view, next.since)}`)
  if (left.phase !== 'Progressing' && left.phase !== 'Promoting' && left.phase !== 'Baking') return
  // It goes forward when the edge applies what was wanted, whatever the last view said of it.
  const last = forward ? { ...view, weight: view.wantedWeight } : view
  line.keep(`${forward ? marks.good : marks.now} ${stageWords(left, last, next.since)}`)
}

const keepEnding = (line: LiveLine, marks: Marks, { mood, title, body }: Ending): void => {
  line.keep(`${marks[mood]} ${title}`)
  if (body.length === 0) return
  line.keep('')
  for (const text of body) line.keep(text === '' ? '' : `  ${text}`)
  line.keep('')
}
