// How a rollout ended, or why it waits: a title, then why, what it cost, and what to do next. Says what the statistics
// promise and no more. Pure; null while it goes on by itself.
import type { RolloutView } from '@humdrum/contract/api.ts'
import { badOf, differenceWords, formatEvidence, promiseWords, slowWords } from '@humdrum/core/rollout/explain.ts'
import { formatDuration, formatPercent, ppm } from '@humdrum/core/time.ts'
import { capitalised, count, formatMilliseconds, scopeOptions, shortDigest } from './words.ts'

export type Ending = {
  readonly mood: 'good' | 'bad' | 'waits'
  readonly title: string
  /** Paragraphs, then the next commands. */
  readonly body: readonly string[]
}

type Trip = NonNullable<RolloutView['trip']>

export const endingOf = (view: RolloutView): Ending | null => {
  switch (view.phase) {
    case 'Succeeded':
      return { mood: 'good', title: `${view.release} is stable${tookWords(view)}`, body: standby(view) }
    case 'RolledBack':
      return rolledBack(view)
    case 'Failed': {
      const serves = view.from === null ? 'nothing serves' : `${view.from} serves as before`
      return {
        mood: 'bad',
        title: `${view.release} failed, ${serves}`,
        body: [...reasonOf(view), ...rejectionOf(view), ...afterwards(view)],
      }
    }
    case 'Paused':
      return waiting(view, {
        title: `paused with ${formatPercent(ppm(view.wantedWeight))} to ${view.release}`,
        next: [['go on', 'resume'], ...goBack],
      })
    case 'Frozen':
    case 'NeedsHuman':
      return waiting(view, { title: 'needs a person', next: goBack })
    case 'Pending':
    case 'Preparing':
    case 'Progressing':
    case 'Promoting':
    case 'Baking':
    case 'RollingBack':
      return null
    default:
      return view.phase satisfies never
  }
}

const standby = ({ from, since, standbyUntil }: RolloutView): readonly string[] =>
  standbyUntil === null || from === null
    ? []
    : [`${from} stays warm for ${formatDuration(standbyUntil - since)}: until then humdrum rollback goes back at once.`]

const tookWords = ({ startedAt, endedAt }: RolloutView): string =>
  endedAt === null ? '' : `, ${formatDuration(endedAt - startedAt)} after the start`

const rolledBack = (view: RolloutView): Ending => {
  const { trip, from } = view
  const speed =
    trip === null || trip.decisiveToZeroMs === null
      ? ''
      : `, ${formatMilliseconds(trip.decisiveToZeroMs)} after the deciding request`
  const why = trip === null ? reasonOf(view) : trippedBecause(view, trip)
  return {
    mood: 'bad',
    title: `rolled back to ${from ?? 'nothing'}${speed}`,
    body: [...why, ...costOf(view), ...rejectionOf(view), ...afterwards(view)],
  }
}

/** What its users had of it. */
const costOf = ({ candidate: { bad }, rescued, release, from, unit }: RolloutView): readonly string[] => {
  if (bad === 0) return []
  if (unit === 'session')
    return [
      `At least ${count(bad, 'session')} had a failure on ${release}${rescued === 0 ? '' : `; ${from} answered ${count(rescued, 'request')} instead`}.`,
    ]
  const failed = `${count(bad, 'request')} failed on ${release}`
  const spared = `; ${rescued.toLocaleString('en-US')} of them ${rescued === 1 ? 'was' : 'were'} answered by ${from} instead`
  return [`${failed}${rescued === 0 ? '' : spared}; ${count(bad - rescued, 'request')} got an error.`]
}

const trippedBecause = (view: RolloutView, trip: Trip): readonly string[] => {
  if (trip.rule !== 'evidence' || trip.decisiveToZeroMs === null) return reasonOf(view)
  const { candidate, stable, slowness } = trip
  const verdict = `evidence ${formatEvidence(trip.evidence)} against "no worse", limit ${formatEvidence(trip.limit)}`
  const what = slowness === null ? 'failed' : slowWords(slowness)
  const difference = slowness === null ? view.metrics.find(({ metric }) => metric === trip.metric)?.difference : null
  return [
    `${view.release} ${what} in ${badOf(candidate)} of its requests, ${view.from ?? 'stable'} in ${badOf(stable)}: ${verdict}.`,
    ...(difference != null && difference.lower > 0 ? [`${capitalised(differenceWords(difference))}.`] : []),
    `${capitalised(promiseWords(view.alpha))}.`,
  ]
}

const reasonOf = ({ reason }: RolloutView): readonly string[] => (reason === null ? [] : [`${reason}.`])

const rejectionOf = (view: RolloutView): readonly string[] =>
  view.rejected
    ? [
        `${view.release} is rejected: nothing deploys these bytes again until   humdrum lift ${shortDigest(view.artifact)} --reason "why"`,
      ]
    : []

const afterwards = (view: RolloutView): readonly string[] => [
  '',
  `what it logged   humdrum logs ${view.app} --release ${view.release}`,
  ...(view.kind === 'deploy' ? [`ship a fix       humdrum deploy ${view.environment}`] : []),
  // Nothing was proved against its bytes.
  ...(view.kind === 'deploy' && view.phase === 'RolledBack' && !view.rejected
    ? [`the same again   humdrum retry ${view.id}`]
    : []),
]

type Next = readonly (readonly [why: string, command: string])[]

const goBack: Next = [['go back', 'abort']]

const waiting = (view: RolloutView, { title, next }: { readonly title: string; readonly next: Next }): Ending => ({
  mood: 'waits',
  title,
  body: [
    ...reasonOf(view),
    '',
    ...next.map(([why, command]) => `${why.padEnd(17)}humdrum ${command} ${scopeOptions(view)}`),
  ],
})
