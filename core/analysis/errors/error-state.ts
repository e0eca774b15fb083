// What the error judge knows, as JSON, and the check that something is such a state. It was checked at the wire before;
// a wrong one here is a bug, and judging on with it could keep a bad release in traffic.
import { everything } from '../../time.ts'
import type { Note } from '../decision.ts'
import { blankWealth, type WealthState } from '../engines/capped-wealth.ts'
import { gridSize } from '../engines/grid.ts'
import { blankLabels, type LabelState, labelComponents, type Margins } from '../engines/label-evidence.ts'
import type { Tally } from '../tally.ts'
import type { OpenStratum, Strata } from './practical-margin.ts'
import { noStrata } from './practical-margin.ts'
import type { SecondTally } from './recent-window.ts'
import { windowSeconds } from './recent-window.ts'

/** Everything that the judge knows: enough to go on byte for byte after a crash. */
export type ErrorState = {
  readonly candidate: Tally
  readonly stable: Tally
  /** What promotion is asked of, and what other edges are added to. */
  readonly labels: LabelState
  /** What decides. */
  readonly wealth: WealthState
  /** Bad outcomes of the candidate in a row, up to now. */
  readonly streak: number
  /** Those of them that were of sessions which had not gone bad before. */
  readonly streakUnits: number
  /** Sums over closed ticks for the two point estimates. */
  readonly strata: Strata
  /** The tick under way; `second` by the clock of the last outcome, null before the first. */
  readonly open: OpenStratum & { readonly second: number | null }
  /** Stable's outcomes of the last 60 seconds: [age in seconds, requests, bad], the youngest first. */
  readonly recentStable: readonly SecondTally[]
  /** A hold for want of a comparison may still be followed by one of the others; those are final. */
  readonly decided: 'nothing' | 'hold' | 'trip' | 'pause' | 'note'
  /** What it had come to when it was judged worse, where that did not lead back. */
  readonly noted: Note | null
}

const noTally: Tally = { requests: 0, bad: 0 }

/** Before the first outcome. */
export const blankErrors: ErrorState = {
  candidate: noTally,
  stable: noTally,
  labels: blankLabels,
  wealth: blankWealth,
  streak: 0,
  streakUnits: 0,
  strata: noStrata,
  open: { second: null, candidate: noTally, stable: noTally },
  recentStable: [],
  decided: 'nothing',
  noted: null,
}

/** Likewise, where promotion has margins of its own. */
export const blankErrorsWithin = (margins: Margins): ErrorState => ({
  ...blankErrors,
  labels: { ...blankLabels, margins },
})

/** The state itself; throws when it is not one that a judge can have had. */
export const checkedErrors = (state: ErrorState): ErrorState => {
  for (const tally of [state.candidate, state.stable, state.open.candidate, state.open.stable]) {
    expect(isTally(tally.requests, tally.bad), 'tallies must be counts, with no more bad than requests')
  }
  const { logs, compensators, counted, margins } = state.labels
  const { ratio, difference } = margins
  expect(ratio >= 1 && Number.isFinite(ratio) && difference >= 0 && difference <= 1, 'margins allow what is no worse')
  for (const numbers of [logs, compensators]) {
    const whole = numbers.length === labelComponents && numbers.every(Number.isFinite)
    expect(whole, `labels must have ${labelComponents} finite numbers each`)
  }
  expect(isCount(counted.requests) && isCount(counted.weight), 'counted must be a count of requests at a weight')
  checkWealth(state.wealth)
  expect(
    isCount(state.streak) &&
      isCount(state.streakUnits) &&
      state.streakUnits <= Math.min(state.streak, state.candidate.bad),
    'streakUnits must be a count of bad candidate outcomes in the streak',
  )
  const { candidateRequests, excess, mhCandidate, mhStable } = state.strata
  expect(isCount(candidateRequests) && Number.isFinite(excess), 'strata must be finite sums')
  expect(isSum(mhCandidate) && isSum(mhStable), 'strata must be finite sums')
  expect(state.open.second === null || Number.isInteger(state.open.second), 'open.second must be an integer or null')
  for (const [age, requests, bad] of state.recentStable) {
    expect(isCount(age) && age < windowSeconds && isTally(requests, bad), 'recentStable must be [age, requests, bad]')
  }
  expect(decisions.includes(state.decided), `decided must be one of ${decisions.join(', ')}`)
  const isNoted = state.decided === 'note' || state.decided === 'pause'
  expect((state.noted !== null) === isNoted, 'noted belongs to a note or a pause')
  if (state.noted !== null) checkNote(state.noted)
  return state
}

const decisions: readonly string[] = ['nothing', 'hold', 'trip', 'pause', 'note'] satisfies ErrorState['decided'][]

const checkNote = ({ evidence, limit, candidate, stable, at }: Note): void => {
  const tallies = isTally(candidate.requests, candidate.bad) && isTally(stable.requests, stable.bad)
  expect(tallies && isSum(evidence) && isSum(limit), 'a note has the figures of its moment')
  expect(at === null || Number.isFinite(at), 'a note has an instant or none')
}

const checkWealth = ({ log, shares, waitsForWeight, waitsForEvents, events, largest }: WealthState): void => {
  expect(Number.isFinite(log), 'a wealth has a finite logarithm')
  expect(shares.length === gridSize && shares.every(isSum), `a wealth has ${gridSize} shares`)
  expect(isSum(waitsForWeight) && isSum(waitsForEvents), 'what waits is a share')
  const whole = shares.reduce((sum, share) => sum + share, waitsForWeight + waitsForEvents)
  expect(Math.abs(whole - 1) < 1e-6, 'shares and what waits are 1 in all')
  expect(isCount(events) && largest >= 0 && largest <= everything, 'events are a count, the largest weight is one')
}

const expect = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`not a state of the error judge: ${what}`)
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
const isSum = (value: number): boolean => Number.isFinite(value) && value >= 0
const isTally = (requests: number, bad: number): boolean => isCount(requests) && isCount(bad) && bad <= requests
