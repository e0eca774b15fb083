// The trip wire for errors: one e-process over the whole rollout, fed request by request, that decides at the very
// request. Pure: the caller says what counts as bad, the weight in force when the request was routed, and the time.
import type { Instant, PartsPerMillion } from '../time.ts'
import type { JudgeState } from './judge-state.ts'
import { blankState, checkedState } from './judge-state.ts'
import { createLabelEvidence, maxEvidence } from './label-evidence.ts'
import { createPracticalMargin } from './practical-margin.ts'
import { createRecentWindow } from './recent-window.ts'
import type { Tally } from './tally.ts'

export type { JudgeState } from './judge-state.ts'
export type { Tally } from './tally.ts'

export type Trip = {
  readonly metric: 'errors'
  /** `evidence`: the e-process crossed its limit. `recent`: the candidate's last outcomes were all bad. */
  readonly rule: 'evidence' | 'recent'
  /** e-value, finite, at most 1e300. */
  readonly evidence: number
  readonly limit: number
  readonly candidate: Tally
  readonly stable: Tally
  readonly at: Instant
  /** From the head of the decisive response to the instant from which nothing is dispatched to the candidate. */
  readonly decisiveToZeroMs: number
}

export type Outcome = {
  readonly arm: 'candidate' | 'stable'
  readonly bad: boolean
  /** The candidate's weight in force when the request was routed. */
  readonly weight: PartsPerMillion
  /** Any clock in ms that never goes back; only differences matter. After a resume it may start anew. */
  readonly atMs: number
}

/** A hold has the rule `recent`: the candidate fails throughout and nothing of stable is there to compare with. */
export type Decision = { readonly kind: 'trip' | 'hold'; readonly rule: Trip['rule']; readonly evidence: number }

export type ErrorJudge = {
  /**
   * Counts one outcome; answers a decision when this outcome is the decisive one, else null. A hold is answered at most
   * once and may be followed by a trip; after a trip outcomes are counted and nothing is decided.
   */
  record(outcome: Outcome): Decision | null
  /** Evidence that the candidate is worse, now: an e-value, at most 1e300. */
  evidence(): number
  /** A copy of what is known, for the report and for going on after a crash. */
  state(): JudgeState
}

/** Evidence alone does not take a release out: so many of its requests must have gone bad. */
const leastBad = 3
/** The guardrail over recent outcomes looks at so many of the candidate's. */
const recentOutcomes = 20
const tickMs = 1_000

/**
 * A judge for one rollout. `limit` is the evidence that decides: metrics / alpha. Under independent requests, a
 * release that is no worse is taken out by evidence with probability at most 1 / limit, however often one looks.
 */
export const createErrorJudge = (plan: { readonly limit: number; readonly resume: JudgeState | null }): ErrorJudge => {
  const { limit } = plan
  if (!(limit >= 1 && limit <= maxEvidence))
    throw new Error(`the limit of an error judge must lie in 1 to 1e300, not ${limit}`)
  const from = checkedState(plan.resume ?? blankState)
  const evidence = createLabelEvidence(from.logs)
  const margin = createPracticalMargin(from.strata, from.open)
  const stableWindow = createRecentWindow(from.recentStable)
  let [candidateRequests, candidateBad] = [from.candidate.requests, from.candidate.bad]
  let [stableRequests, stableBad] = [from.stable.requests, from.stable.bad]
  let { streak, decided } = from
  let second = from.open.second

  const turnTo = (next: number): void => {
    margin.turn()
    // A clock that started anew shows fewer seconds than before: nothing is known of the time between, so none passes.
    stableWindow.pass(second === null ? 0 : next - second)
    second = next
  }

  const decision = (kind: 'trip' | 'hold', rule: Trip['rule']): Decision => {
    decided = kind
    return { kind, rule, evidence: evidence.value() }
  }

  // Evidence and streak grow with bad outcomes of the candidate alone, so only those are asked.
  const decide = (): Decision | null => {
    if (decided === 'trip') return null
    if (candidateBad >= leastBad && evidence.value() >= limit && margin.exceeded()) return decision('trip', 'evidence')
    if (streak < recentOutcomes) return null
    const stable = stableWindow.total()
    if (stable.requests === 0) return decided === 'hold' ? null : decision('hold', 'recent')
    return 2 * stable.bad < stable.requests ? decision('trip', 'recent') : null
  }

  const recordStable = (bad: boolean, weight: PartsPerMillion): null => {
    stableRequests += 1
    margin.countStable(bad)
    stableWindow.count(bad)
    if (bad) {
      stableBad += 1
      evidence.add('stable', weight)
    }
    return null
  }

  const recordCandidate = (bad: boolean, weight: PartsPerMillion): Decision | null => {
    candidateRequests += 1
    margin.countCandidate(bad)
    if (!bad) {
      streak = 0
      return null
    }
    candidateBad += 1
    streak += 1
    evidence.add('candidate', weight)
    return decide()
  }

  return {
    record: (outcome) => {
      const tick = Math.floor(outcome.atMs / tickMs)
      if (tick !== second) turnTo(tick)
      return outcome.arm === 'candidate'
        ? recordCandidate(outcome.bad, outcome.weight)
        : recordStable(outcome.bad, outcome.weight)
    },
    evidence: evidence.value,
    state: () => ({
      version: 1,
      candidate: { requests: candidateRequests, bad: candidateBad },
      stable: { requests: stableRequests, bad: stableBad },
      logs: evidence.logs(),
      streak,
      strata: margin.strata(),
      open: { second, ...margin.open() },
      recentStable: stableWindow.seconds(),
      decided,
    }),
  }
}
