// Judges recorded counts as if they came in now, tick by tick, and says when the verdict would have fallen. Nothing after a
// verdict to go back is judged: it would not have happened. Pure; who reads the recording has checked its ticks.
import type { Instant } from '../../time.ts'
import type { Decision } from '../decision.ts'
import { detectableRate, growth } from '../engines/information-limit.ts'
import type { Interval } from '../engines/interval.ts'
import { displayAlpha } from '../judge.ts'
import type { ErrorsMetric, MetricName, SourceMetric } from '../metric.ts'
import { acts } from '../metric.ts'
import type { Tally } from '../tally.ts'
import type { Tick, TickJudge } from './count-judge.ts'
import { createCountJudge } from './count-judge.ts'
import { createShareJudge } from './share-judge.ts'

export type RecordedTick = Tick & { readonly metric: MetricName }

export type ReplayPlan = {
  /** What the recording has, at least one: errors, and shares of a source; each with the evidence at which it decides; ticks of no other metric come. */
  readonly metrics: readonly ((ErrorsMetric | SourceMetric) & { readonly limit: number })[]
  readonly alpha: number
  readonly beta: number
  readonly minExposure: { readonly requests: number; readonly timeMs: number }
}

/** When something would have happened: by the clock, and after how much time and how many requests of the candidate. */
export type Moment = { readonly at: Instant; readonly afterMs: number; readonly requests: number }

/** What a metric had come to at the verdict to go back; at the end of the recording where there was none. */
export type ReplayedMetric = {
  readonly metric: MetricName
  /** Which direction is a regression; null of errors. */
  readonly worse: SourceMetric['worse'] | null
  readonly candidate: Tally
  readonly stable: Tally
  /** E-value against "no worse", and where it decides. */
  readonly evidence: number
  readonly limit: number
  /** E-value against "worse than the margins of promotion", and how much is needed. */
  readonly promotion: number
  readonly promotionLimit: number
  readonly difference: Interval
  /**
   * Requests of the candidate that no test could do with less of in the mean, if the rates seen were the true ones
   * (Wald's and Lorden's bound); null where the candidate does not look worse.
   */
  readonly fewestRequests: number | null
  /** The share of the candidate from which on a regression would most likely have been found; null: none would. */
  readonly detectable: number | null
  readonly decision: Decision | null
}

type Decided = { readonly kind: 'rollback' | 'pause'; readonly decision: Decision; readonly moment: Moment }

export type Verdict =
  | Decided
  | { readonly kind: 'promotable'; readonly moment: Moment }
  | { readonly kind: 'undecided' }

export type Replayed = {
  readonly verdict: Verdict
  /** When it could have had everything, although it would have gone back later. */
  readonly promotableBefore: Moment | null
  readonly metrics: readonly ReplayedMetric[]
  readonly ticks: number
  readonly from: Instant
  readonly to: Instant
  /** Times without ticks, much longer than those between the others: nothing is known of them. */
  readonly gaps: { readonly count: number; readonly longestMs: number }
  /** What the candidate answered after a verdict to go back, by the metric of the verdict: it would have been spared. */
  readonly afterwards: Tally
}

export type Replay = {
  add(tick: RecordedTick): void
  /** Null before the first tick. */
  result(): Replayed | null
}

const none: Tally = { requests: 0, bad: 0 }
/** So many times the usual distance of two ticks is a gap. */
const gapFactor = 5

export const createReplay = (plan: ReplayPlan): Replay => {
  const judged = plan.metrics.map((metric) => createJudged(metric, plan))
  const gaps = createGaps()
  let [ticks, afterwards] = [0, none]
  let span: { readonly from: Instant; readonly to: Instant } | null = null
  let back: Decided | null = null
  let pause: Decided | null = null
  let promotable: Moment | null = null

  const sinceStart = (at: Instant): number => at - (span?.from ?? at)

  const momentAt = (at: Instant): Moment => ({
    at,
    afterMs: sinceStart(at),
    requests: Math.max(...judged.map((one) => one.candidate().requests)),
  })

  const mayHaveAll = (at: Instant): boolean =>
    sinceStart(at) >= plan.minExposure.timeMs &&
    judged.every((one) => !one.metric.required || one.isShown(plan.minExposure.requests))

  const judge = (one: Judged, tick: RecordedTick): void => {
    const decision = one.add(tick)
    const moment = momentAt(tick.at)
    if (decision !== null && acts(one.metric)) {
      const goesBack = decision.kind === 'trip' && one.metric.onFail === 'rollback'
      if (goesBack) back = { kind: 'rollback', decision, moment }
      else pause ??= { kind: 'pause', decision, moment }
    }
    if (back === null && pause === null && promotable === null && mayHaveAll(tick.at)) promotable = moment
  }

  const add = (tick: RecordedTick): void => {
    const one = judged.find(({ metric }) => metric.name === tick.metric)
    if (one === undefined) throw new Error(`a tick of ${tick.metric}, which is not judged`)
    ticks += 1
    span = { from: span?.from ?? tick.at, to: tick.at }
    gaps.see(tick)
    if (back === null) judge(one, tick)
    else if (back.decision.metric === tick.metric)
      afterwards = sum(afterwards, { requests: tick.candidateRequests, bad: tick.candidateBad })
  }

  const result = (): Replayed | null => {
    if (span === null) return null
    const decided = back ?? pause
    return {
      verdict: decided ?? (promotable === null ? { kind: 'undecided' } : { kind: 'promotable', moment: promotable }),
      promotableBefore: decided === null ? null : promotable,
      metrics: judged.map((one) => one.result()),
      ...{ ...span, ticks, gaps: gaps.seen(), afterwards },
    }
  }

  return { add, result }
}

type Judged = ReturnType<typeof createJudged>

const createJudged = (metric: ReplayPlan['metrics'][number], { alpha, beta }: ReplayPlan) => {
  const { limit } = metric
  const promotionLimit = 1 / beta
  const judge: TickJudge = metric.kind === 'errors' ? createCountJudge(metric, limit) : createShareJudge(metric, limit)
  const worse = metric.kind === 'errors' ? null : metric.worse
  let [candidate, stable] = [none, none]
  let decision: Decision | null = null

  const add = (tick: Tick): Decision | null => {
    candidate = sum(candidate, { requests: tick.candidateRequests, bad: tick.candidateBad })
    stable = sum(stable, { requests: tick.stableRequests, bad: tick.stableBad })
    const decided = judge.add(tick)
    decision = decided ?? decision
    return decided
  }

  /** As before full exposure: enough was seen, it is within its margin, and no evidence against it smoulders. */
  const isShown = (leastRequests: number): boolean =>
    candidate.requests >= leastRequests && judge.promotion() >= promotionLimit && judge.evidence() < 1 / (5 * alpha)

  const result = (): ReplayedMetric => ({
    ...{ metric: metric.name, worse, candidate, stable, limit, promotionLimit, decision },
    ...{ evidence: judge.evidence(), promotion: judge.promotion(), difference: judge.difference(displayAlpha) },
    fewestRequests: fewestRequests(badOf(candidate, worse), badOf(stable, worse), limit),
    detectable: shareOf(detectable(badOf(candidate, worse), badOf(stable, worse), limit), worse),
  })

  return { metric, add, isShown, result, candidate: () => candidate }
}

const sum = (one: Tally, other: Tally): Tally => ({
  requests: one.requests + other.requests,
  bad: one.bad + other.bad,
})

/** Of a share that should be high what is missing from it is bad. */
const badOf = ({ requests, bad }: Tally, worse: ReplayedMetric['worse']): Tally => ({
  requests,
  bad: worse === 'lower' ? requests - bad : bad,
})

const shareOf = (bad: number | null, worse: ReplayedMetric['worse']): number | null =>
  bad !== null && worse === 'lower' ? 1 - bad : bad

const fewestRequests = (candidate: Tally, stable: Tally, limit: number): number | null => {
  const [p1, p0] = [candidate.bad / candidate.requests, stable.bad / stable.requests]
  if (!(p1 > p0)) return null // also where an arm has no request
  const share = candidate.requests / (candidate.requests + stable.requests)
  return Math.log(limit) / growth({ p0, p1, share })
}

const detectable = (candidate: Tally, stable: Tally, limit: number): number | null => {
  const p0 = stable.requests === 0 ? 0 : stable.bad / stable.requests
  const share = candidate.requests / (candidate.requests + stable.requests)
  return detectableRate({ p0, candidateRequests: candidate.requests, share, limit })
}

/** Distances are those of one metric: several have ticks of their own. */
const createGaps = () => {
  const last = new Map<MetricName, Instant>()
  let [usualMs, known] = [0, 0]
  let [count, longestMs] = [0, 0]
  return {
    see: ({ metric, at }: RecordedTick): void => {
      const before = last.get(metric)
      last.set(metric, at)
      if (before === undefined) return
      const distance = at - before
      if (known > 0 && distance > gapFactor * usualMs) {
        count += 1
        longestMs = Math.max(longestMs, distance)
        return
      }
      known += 1
      usualMs += (distance - usualMs) / known
    },
    seen: () => ({ count, longestMs }),
  }
}
