// The judge of errors where only counts per tick are known, as in a recording. Like the judge at the edge it asks for
// evidence, for three bad requests and for a practical margin, and has the guardrails over recent outcomes and of the ceiling; but
// the order within a tick is not known, so it decides at the end of ticks. Pure.
import type { Instant } from '../../time.ts'
import { againstCeiling } from '../ceiling.ts'
import type { Decision, Rule } from '../decision.ts'
import type { BinCounts } from '../engines/bin.ts'
import type { Interval } from '../engines/interval.ts'
import type { Strata } from '../errors/practical-margin.ts'
import { isPractical, noStrata } from '../errors/practical-margin.ts'
import type { ErrorsMetric } from '../metric.ts'
import type { Tally } from '../tally.ts'
import { createCountEvidence } from './count-evidence.ts'

export type Tick = BinCounts & { readonly at: Instant }

export type TickJudge = {
  /** Answers a decision when this tick is the decisive one. A hold may be followed by a trip, a trip by nothing. */
  add(tick: Tick): Decision | null
  /** As in `ErrorJudge`. */
  evidence(): number
  promotion(): number
  difference(alpha: number): Interval
}

const leastBad = 3
const recentOutcomes = 20
const recentMs = 60_000

export const createCountJudge = (metric: ErrorsMetric, limit: number): TickJudge => {
  const evidence = createCountEvidence(metric.margin)
  const { ceiling } = metric
  let [strata, compared] = [noStrata, 0] // `compared`: bad ones of the candidate in bins that are closed
  let [ofCandidate, ofStable]: readonly [Tally, Tally] = [noTally, noTally]
  let stable: readonly Tick[] = [] // of the last minute
  let streak = 0
  let decided: Decision['kind'] | null = null

  const finding = (rule: Rule) => ({ metric: metric.name, rule, evidence: evidence.value(), limit })

  const trip = (rule: Rule): Decision => {
    decided = 'trip'
    return { kind: 'trip', ...finding(rule) }
  }

  const hold = (rule: Rule, cause: 'unseen' | 'shared'): Decision | null => {
    if (decided === 'hold') return null
    decided = 'hold'
    return { kind: 'hold', cause, ...finding(rule) }
  }

  const decide = (): Decision | null => {
    if (decided === 'trip') return null
    if (ofCandidate.bad >= leastBad && evidence.value() >= limit && isPractical(strata)) return trip('evidence')
    return byRecent() ?? byCeiling()
  }

  const byRecent = (): Decision | null => {
    if (streak < recentOutcomes) return null
    const requests = stable.reduce((sum, tick) => sum + tick.stableRequests, 0)
    const bad = stable.reduce((sum, tick) => sum + tick.stableBad, 0)
    if (requests === 0) return hold('recent', 'unseen')
    return 2 * bad < requests ? trip('recent') : null
  }

  const byCeiling = (): Decision | null => {
    if (ceiling === null || ofCandidate.bad < leastBad || againstCeiling(ofCandidate, ceiling) !== 'above') return null
    const against = againstCeiling(ofStable, ceiling)
    if (against === 'open') return null
    const isShared = against === 'above' || compared - strata.excess > ceiling * strata.candidateRequests
    return isShared ? hold('ceiling', 'shared') : trip('ceiling')
  }

  const add = (tick: Tick): Decision | null => {
    if (evidence.add(tick)) {
      strata = withBin(strata, evidence.bin)
      compared += evidence.bin.candidateBad
    }
    ofCandidate = plus(ofCandidate, tick.candidateRequests, tick.candidateBad)
    ofStable = plus(ofStable, tick.stableRequests, tick.stableBad)
    stable = [...stable.filter(({ at }) => at > tick.at - recentMs), tick]
    // All bad says of every order that the last ones were bad; of any other tick nothing is known.
    streak = tick.candidateBad < tick.candidateRequests ? 0 : streak + tick.candidateRequests
    return decide()
  }

  return { add, evidence: evidence.value, promotion: evidence.promotion, difference: evidence.difference }
}

const noTally: Tally = { requests: 0, bad: 0 }
const plus = (tally: Tally, requests: number, bad: number): Tally => ({
  requests: tally.requests + requests,
  bad: tally.bad + bad,
})

const withBin = (strata: Strata, bin: BinCounts): Strata => {
  const { candidateRequests: n1, candidateBad: x1, stableRequests: n0, stableBad: x0 } = bin
  return {
    candidateRequests: strata.candidateRequests + n1,
    excess: strata.excess + x1 - (n1 * x0) / n0,
    mhCandidate: strata.mhCandidate + (x1 * n0) / (n0 + n1),
    mhStable: strata.mhStable + (x0 * n1) / (n0 + n1),
  }
}
