// The judge of errors where only counts per tick are known, as in a recording. Like the judge at the edge it asks for
// evidence, for three bad requests and for a practical margin, and has the guardrail over recent outcomes; but the order
// within a tick is not known, so it decides at the end of ticks. Pure.
import type { Instant } from '../../time.ts'
import type { Decision, Rule } from '../decision.ts'
import type { BinCounts } from '../engines/bin.ts'
import type { Interval } from '../engines/interval.ts'
import type { Strata } from '../errors/practical-margin.ts'
import { isPractical } from '../errors/practical-margin.ts'
import type { ErrorsMetric } from '../metric.ts'
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
  let strata: Strata = { candidateRequests: 0, excess: 0, mhCandidate: 0, mhStable: 0 }
  let stable: readonly Tick[] = [] // of the last minute
  let [candidateBad, streak] = [0, 0]
  let decided: Decision['kind'] | null = null

  const decision = (kind: 'trip' | 'hold', rule: Rule): Decision => {
    decided = kind
    const finding = { metric: metric.name, rule, evidence: evidence.value(), limit }
    return kind === 'trip' ? { kind, ...finding } : { kind, cause: 'unseen', ...finding }
  }

  const decide = (): Decision | null => {
    if (decided === 'trip') return null
    if (candidateBad >= leastBad && evidence.value() >= limit && isPractical(strata))
      return decision('trip', 'evidence')
    if (streak < recentOutcomes) return null
    const requests = stable.reduce((sum, tick) => sum + tick.stableRequests, 0)
    const bad = stable.reduce((sum, tick) => sum + tick.stableBad, 0)
    if (requests === 0) return decided === 'hold' ? null : decision('hold', 'recent')
    return 2 * bad < requests ? decision('trip', 'recent') : null
  }

  const add = (tick: Tick): Decision | null => {
    if (evidence.add(tick)) strata = withBin(strata, evidence.bin)
    stable = [...stable.filter(({ at }) => at > tick.at - recentMs), tick]
    candidateBad += tick.candidateBad
    // All bad says of every order that the last ones were bad; of any other tick nothing is known.
    streak = tick.candidateBad < tick.candidateRequests ? 0 : streak + tick.candidateRequests
    return decide()
  }

  return { add, evidence: evidence.value, promotion: evidence.promotion, difference: evidence.difference }
}

const withBin = (strata: Strata, bin: BinCounts): Strata => {
  const { candidateRequests: n1, candidateBad: x1, stableRequests: n0, stableBad: x0 } = bin
  return {
    candidateRequests: strata.candidateRequests + n1,
    excess: strata.excess + x1 - (n1 * x0) / n0,
    mhCandidate: strata.mhCandidate + (x1 * n0) / (n0 + n1),
    mhStable: strata.mhStable + (x0 * n1) / (n0 + n1),
  }
}
