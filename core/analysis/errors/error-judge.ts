// The trip wire for errors: one e-process over the whole rollout, fed request by request, that decides at the very
// request. Two guardrails beside it look at recent outcomes and at a ceiling. Pure: the caller says what counts as bad, the weight in force when the request was routed, and the time.
import type { Instant, PartsPerMillion } from '../../time.ts'
import { againstCeiling } from '../ceiling.ts'
import type { Decision, Rule } from '../decision.ts'
import { judgedWorse } from '../decision.ts'
import { blankWealth, createCappedWealth } from '../engines/capped-wealth.ts'
import type { Interval } from '../engines/interval.ts'
import { createLabelEvidence, maxEvidence, splits } from '../engines/label-evidence.ts'
import type { ErrorsMetric } from '../metric.ts'
import { errorsName } from '../metric.ts'
import type { Tally } from '../tally.ts'
import type { ErrorState } from './error-state.ts'
import { blankErrorsWithin, checkedErrors } from './error-state.ts'
import { createPracticalMargin } from './practical-margin.ts'
import { createRecentWindow } from './recent-window.ts'
import type { Standing } from './session-book.ts'

export type Outcome = {
  readonly arm: 'candidate' | 'stable'
  readonly bad: boolean
  /** The candidate's weight in force when the request was routed. */
  readonly weight: PartsPerMillion
  /** Any clock in ms that never goes back; only differences matter. After a resume it may start anew. */
  readonly atMs: number
  /** What it is to its session; without one a request stands for itself, and is new. */
  readonly standing?: Standing
}

export type ErrorJudge = {
  /**
   * Counts one outcome; answers a decision when this outcome is the decisive one, else null. A hold for want of a comparison is
   * answered at most once. What follows when the candidate is judged worse (a trip, or what the metric has instead) is answered
   * once, and after it outcomes are counted and nothing is decided.
   */
  record(outcome: Outcome): Decision | null
  /** Evidence that the candidate is worse: an e-value, at most the limit, where it stays once it was there. */
  evidence(): number
  /** Evidence that it is not worse than the margins of promotion, likewise. */
  promotion(): number
  /** Evidence that its share of bad requests is not larger than stable's by more than `most`, likewise. */
  bounded(most: number): number
  /** Of the candidate's share of bad requests less stable's, right at all times at once with probability 1 - alpha. */
  difference(alpha: number): Interval
  /** When the note was taken that was answered: by a clock on the wall, which the judge does not see. */
  date(at: Instant): void
  /**
   * What is known against it is no longer held against it: evidence that is above 1 is 1 again. That only takes evidence away, so
   * it costs no validity; what speaks for promotion keeps every bad outcome.
   */
  forgive(): void
  /** A copy of what is known, for the report and for going on after a crash. */
  state(): ErrorState
}

/** Evidence alone does not take a release out: so many of its requests must have gone bad. */
const leastBad = 3
/** The guardrail over recent outcomes looks at so many of the candidate's. */
const recentOutcomes = 20
/** Of so many sessions at least, where clients keep their release. */
const recentUnits = 5
const tickMs = 1_000

export type ErrorPlan = Pick<ErrorsMetric, 'onFail' | 'dryRun' | 'margin' | 'ceiling'> & {
  readonly limit: number
  /** What an earlier judge of this rollout knew. */
  readonly resume: ErrorState | null
}

/**
 * A judge for one rollout. `limit` is the evidence that decides: metrics / alpha. Under independent requests, a
 * release that is no worse is taken out by evidence with probability at most 1 / limit, however often one looks.
 */
export const createErrorJudge = (plan: ErrorPlan): ErrorJudge => {
  const { limit, ceiling } = plan
  if (!(limit >= 1 && limit <= maxEvidence))
    throw new Error(`the limit of an error judge must lie in 1 to 1e300, not ${limit}`)
  const from = checkedErrors(plan.resume ?? blankErrorsWithin(plan.margin))
  const labels = createLabelEvidence(from.labels)
  let wealth = createCappedWealth(from.wealth, limit)
  const margin = createPracticalMargin(from.strata, from.open)
  const stableWindow = createRecentWindow(from.recentStable)
  let [candidateRequests, candidateBad] = [from.candidate.requests, from.candidate.bad]
  let [stableRequests, stableBad] = [from.stable.requests, from.stable.bad]
  let { streak, streakUnits, decided, noted } = from
  let second = from.open.second

  const turnTo = (next: number): void => {
    margin.turn()
    // A clock that started anew shows fewer seconds than before: nothing is known of the time between, so none passes.
    stableWindow.pass(second === null ? 0 : next - second)
    second = next
  }

  const finding = (rule: Rule) => ({ metric: errorsName, rule, evidence: wealth.value(), limit })

  const held = (rule: Rule, cause: 'unseen' | 'shared'): Decision | null => {
    if (decided !== 'nothing' || plan.dryRun || plan.onFail === 'observe') return null
    decided = 'hold'
    return { kind: 'hold', cause, ...finding(rule) }
  }

  const worse = (rule: Rule): Decision => {
    const decision = judgedWorse(plan, finding(rule))
    decided = decision.kind === 'hold' ? 'pause' : decision.kind
    if (decision.kind !== 'trip') {
      const { evidence } = decision
      noted = { rule, evidence, limit, candidate: ofCandidate(), stable: ofStable(), at: null }
    }
    return decision
  }

  const ofCandidate = (): Tally => ({ requests: candidateRequests, bad: candidateBad })
  const ofStable = (): Tally => ({ requests: stableRequests, bad: stableBad })

  const isOpen = (): boolean => decided === 'nothing' || decided === 'hold'

  // Evidence and streak grow with bad outcomes of the candidate alone, and so does its share of bad ones, so only those are
  // asked. Evidence that was at the limit stays there: it waits for the third bad request and for a difference that matters.
  const decide = (): Decision | null => {
    if (!isOpen()) return null
    if (candidateBad >= leastBad && wealth.value() >= limit && margin.exceeded()) return worse('evidence')
    return byRecent() ?? byCeiling()
  }

  const byRecent = (): Decision | null => {
    // Every answer is one here, also those of sessions that went bad before: but no single session is a release.
    if (streak < recentOutcomes || streakUnits < recentUnits) return null
    const stable = stableWindow.total()
    if (stable.requests === 0) return held('recent', 'unseen')
    return 2 * stable.bad < stable.requests ? worse('recent') : null
  }

  const byCeiling = (): Decision | null => {
    if (ceiling === null || candidateBad < leastBad || candidateBad <= ceiling * candidateRequests) return null
    if (againstCeiling(ofCandidate(), ceiling) !== 'above') return null
    const stable = againstCeiling(ofStable(), ceiling)
    if (stable === 'open') return null
    // Stable's requests lie mostly in the time of small weights: what counts is how it was when the candidate had its own.
    const isShared = stable === 'above' || (margin.usual(candidateBad) ?? 0) > ceiling
    return isShared ? held('ceiling', 'shared') : worse('ceiling')
  }

  const compare = (arm: Outcome['arm'], weight: PartsPerMillion): void => {
    labels.bad(arm, weight)
    if (splits(weight)) wealth.bet(arm, weight)
  }

  const recordStable = ({ bad, weight, standing = 'new' }: Outcome): null => {
    stableWindow.count(bad)
    if (standing === 'new') {
      stableRequests += 1
      labels.count(weight)
      margin.countStable(bad)
    }
    if (!bad || standing === 'again') return null
    stableBad += 1
    if (standing === 'known') margin.turnedBad('stable', weight)
    compare('stable', weight)
    return null
  }

  const recordCandidate = ({ bad, weight, standing = 'new' }: Outcome): Decision | null => {
    if (standing === 'new') {
      candidateRequests += 1
      labels.count(weight)
      margin.countCandidate(bad)
    }
    if (!bad) {
      streak = 0
      streakUnits = 0
      return null
    }
    streak += 1
    if (standing === 'again') return isOpen() ? byRecent() : null
    streakUnits += 1
    candidateBad += 1
    if (standing === 'known') margin.turnedBad('candidate', weight)
    compare('candidate', weight)
    return decide()
  }

  return {
    record: (outcome) => {
      const tick = Math.floor(outcome.atMs / tickMs)
      if (tick !== second && Number.isFinite(tick)) turnTo(tick)
      return outcome.arm === 'candidate' ? recordCandidate(outcome) : recordStable(outcome)
    },
    evidence: () => wealth.value(),
    promotion: labels.promotion,
    bounded: labels.bounded,
    difference: labels.difference,
    forgive: () => {
      streak = 0
      streakUnits = 0
      if (wealth.value() > 1) wealth = createCappedWealth(blankWealth, limit)
    },
    date: (at) => {
      if (noted !== null) noted = { ...noted, at: noted.at ?? at }
    },
    state: () => ({
      candidate: ofCandidate(),
      stable: ofStable(),
      labels: labels.state(),
      wealth: wealth.state(),
      streak,
      streakUnits,
      strata: margin.strata(),
      open: { second, ...margin.open() },
      recentStable: stableWindow.seconds(),
      decided,
      noted,
    }),
  }
}
