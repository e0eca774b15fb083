// The judge of the metrics that no edge sees: a source counts them, or the target. It is fed tick by tick with what was read of
// both arms, answers what follows, and says at any time what each metric has come to. Pure: it reads no clock and no source.
//
// A tick without data multiplies every e-value by 1, so an outage neither promotes nor rolls back, and after it the evidence
// goes on where it was. What is absent is never a zero, and what cannot be right is told and not counted.
import type { Instant } from '../../time.ts'
import { maxEvidence } from '../engines/label-evidence.ts'
import type { Metric, MetricName, SourceMetric } from '../metric.ts'
import { acts, isOfEdge, limitOf } from '../metric.ts'
import { isCounted } from './reading-fault.ts'
import type { SourceAssessment } from './source-assessment.ts'
import { standingOf } from './source-assessment.ts'
import { createSourceEvidence } from './source-engines.ts'
import type { SourceJudgeState, SourceMetricState } from './source-state.ts'
import { checkedSource } from './source-state.ts'
import type { ArmReadings, Trouble } from './source-trouble.ts'
import { isMissing, joined, observationsOf, troubleOf } from './source-trouble.ts'

/** Everything that was read over (from, to]. Ticks of one rollout follow each other and do not overlap; gaps are allowed. */
export type SourceTick = {
  readonly from: Instant
  readonly to: Instant
  /**
   * Requests of the candidate for each one of stable's; 0 where it was not to have traffic all through the tick. Where it is
   * not measured although so much should be seen of it, something is wrong with it.
   */
  readonly exposed: number
  /** One entry for each metric of a source; of `restarts` a share: restarts as `hits`, instance-seconds as `total`. */
  readonly readings: ReadonlyMap<MetricName, ArmReadings>
}

/**
 * What follows. `trip`: back to stable (onFail rollback). `hold`: the weight stays and a person is called (pause). `note`: it is told
 * and nothing follows (observe, or a dry run). By `evidence` once per metric; by `missing` again when the candidate's data had
 * come back in between.
 */
export type SourceDecision = {
  readonly kind: 'trip' | 'hold' | 'note'
  readonly metric: MetricName
  readonly rule: 'evidence' | 'missing'
  readonly evidence: number
  readonly limit: number
}

/**
 * Why a tick was not taken, and nothing of it counted. `duplicate`: the same tick again, which is harmless. `time`: it does not end
 * after it began, or is no time at all. `earlier`: it reaches back before the end of the last one, as after a clock was set
 * back; until the clock is past it again, metrics count as not measured.
 */
export type TickFault = 'duplicate' | 'time' | 'earlier'

export type SourceTurn = {
  readonly refused: TickFault | null
  /** Nothing after a trip. */
  readonly decisions: readonly SourceDecision[]
  /** Names in the tick that are of no metric of a source: not counted. */
  readonly unknown: readonly MetricName[]
}

export type SourceJudge = {
  /** Counts a tick. Never throws for what was read. */
  feed(tick: SourceTick): SourceTurn
  /** What each metric has come to, in the order of the plan; `at` is now, by the clock of the ticks. */
  assessments(at: Instant): readonly SourceAssessment[]
  /** JSON: a judge that resumes with it goes on to the last bit. */
  state(): SourceJudgeState
}

export type SourceJudgePlan = {
  /** All metrics of the rollout: those of the edge are not judged here, but share alpha. */
  readonly metrics: readonly Metric[]
  /** Probability of stopping a release that is no worse, over all metrics together. */
  readonly alpha: number
  /** Probability of promoting one that is at its margin, per metric. */
  readonly beta: number
  readonly resume: SourceJudgeState | null
}

/** The intervals that people are shown are wrong with this probability. */
const displayAlpha = 0.01
const nothing: SourceTurn = { refused: null, decisions: [], unknown: [] }

/** Throws when `resume` is not a state of these metrics: that is a bug. */
export const createSourceJudge = ({ metrics, alpha, beta, resume }: SourceJudgePlan): SourceJudge => {
  const own = metrics.filter((metric) => !isOfEdge(metric))
  const names = own.map(({ name }) => name)
  const from = resume === null ? null : checkedSource(resume, names)
  const judged = own.map((metric, at) =>
    createJudged({ metric, limit: limitOf(metric, metrics, alpha), beta }, from?.metrics[at] ?? null),
  )
  let last = from?.last ?? null
  let tripped = from?.tripped ?? false

  const refuse = ({ from: start, to }: SourceTick): TickFault | null => {
    if (!(Number.isFinite(start) && Number.isFinite(to) && to > start)) return 'time'
    if (last === null || start >= last.to) return null
    return start === last.from && to === last.to ? 'duplicate' : 'earlier'
  }

  const refused = (fault: TickFault, { from: start, to }: SourceTick): SourceTurn => {
    if (fault !== 'duplicate') for (const one of judged) one.refuse(Number.isFinite(to - start) ? to - start : 0)
    return { ...nothing, refused: fault }
  }

  const feed = (tick: SourceTick): SourceTurn => {
    const fault = refuse(tick)
    if (fault !== null) return refused(fault, tick)
    const follows = last === null || tick.from === last.to
    const decisions: SourceDecision[] = []
    for (const one of judged) {
      const decision = one.feed(tick, follows)
      if (decision === null || tripped) continue
      decisions.push(decision)
      tripped = decision.kind === 'trip'
    }
    last = { from: tick.from, to: tick.to }
    const unknown = strangers(tick, names)
    return decisions.length === 0 && unknown.length === 0 ? nothing : { refused: null, decisions, unknown }
  }

  return {
    feed,
    assessments: (at) => judged.map((one) => one.assessment(last === null ? 0 : Math.max(0, at - last.to))),
    state: () => ({ version: 1, last, tripped, metrics: judged.map((one) => one.state()) }),
  }
}

const strangers = ({ readings }: SourceTick, names: readonly MetricName[]): readonly MetricName[] => {
  let known = 0
  for (const name of names) if (readings.has(name)) known += 1
  return known === readings.size ? nothing.unknown : [...readings.keys()].filter((name) => !names.includes(name))
}

/** So long the candidate alone may be missing while it has traffic (spec section 4). */
const leastMissingMs = 60_000
/** And so many observations must it have left out, by its part of the traffic: a counter begins to exist with its first event. */
const leastMissed = 20

type JudgedPlan = { readonly metric: SourceMetric; readonly limit: number; readonly beta: number }

type Judged = {
  /** `follows`: nothing lies between this tick and the last. */
  feed(tick: SourceTick, follows: boolean): SourceDecision | null
  refuse(lostMs: number): void
  assessment(silentMs: number): SourceAssessment
  state(): SourceMetricState
}

const createJudged = ({ metric, limit, beta }: JudgedPlan, from: SourceMetricState | null): Judged => {
  const { name, measure, onFail } = metric
  const evidence = createSourceEvidence(metric, from?.evidence ?? null)
  let { lastGoodAt, unmeasuredMs, missingMs, missed, trouble, verdict } = from ?? blank
  const logLimit = Math.log(limit)

  const decision = (rule: SourceDecision['rule']): SourceDecision => {
    verdict = rule === 'evidence' ? 'worse' : 'missing'
    const kind = !acts(metric) ? 'note' : onFail === 'rollback' ? 'trip' : 'hold'
    return { kind, metric: name, rule, evidence: cut(evidence.logWorse()), limit }
  }

  /** Counts what can be counted; answers what is in the way of the rest. */
  const count = ({ candidate, stable }: ArmReadings): Trouble | null => {
    const [ofCandidate, ofStable] = [troubleOf(candidate, measure), troubleOf(stable, measure)]
    if (ofStable === null && ofCandidate !== null && isCounted(stable)) evidence.learn(stable)
    if (ofCandidate !== null || ofStable !== null) return joined(ofCandidate, ofStable)
    if (!(isCounted(candidate) && isCounted(stable))) return null
    const fault = evidence.add(candidate, stable)
    return fault === null ? null : { kind: 'bad', arm: 'both', fault }
  }

  const feed = (tick: SourceTick, follows: boolean): SourceDecision | null => {
    const readings = tick.readings.get(name)
    const lengthMs = tick.to - tick.from
    trouble = readings === undefined ? { kind: 'notRead' } : count(readings)
    const missing = tick.exposed > 0 && readings !== undefined && isMissing(readings, measure)
    missingMs = missing ? (follows ? missingMs : 0) + lengthMs : 0
    missed = missing ? (follows ? missed : 0) + tick.exposed * observationsOf(readings.stable) : 0
    if (trouble === null) {
      lastGoodAt = tick.to
      unmeasuredMs = 0
    } else unmeasuredMs += lengthMs
    if (verdict === 'missing' && !missing) verdict = 'none'
    if (verdict !== 'none') return null
    if (missingMs >= leastMissingMs && missed >= leastMissed) return decision('missing')
    const worse = trouble === null && evidence.logWorse() >= logLimit && evidence.matters()
    return worse ? decision('evidence') : null
  }

  return {
    feed,
    refuse: (lostMs) => {
      unmeasuredMs += Math.max(0, lostMs)
      missingMs = 0
      missed = 0
      trouble = { kind: 'clock' }
    },
    assessment: (silentMs) => {
      const promotion = cut(evidence.logWithin())
      const known = { lastGoodAt, unmeasuredMs, missingMs, trouble, verdict, silentMs, lacking: evidence.lacking() }
      return {
        ...{ metric: name, ...standingOf({ ...known, shown: promotion >= 1 / beta }) },
        ...{ evidence: cut(evidence.logWorse()), promotion, limit, lastGoodAt },
        ...evidence.told(displayAlpha),
      }
    },
    state: () => ({ name, evidence: evidence.state(), lastGoodAt, unmeasuredMs, missingMs, missed, trouble, verdict }),
  }
}

const blank: Omit<SourceMetricState, 'name' | 'evidence'> = {
  ...{ lastGoodAt: null, unmeasuredMs: 0, missingMs: 0, missed: 0, trouble: null, verdict: 'none' },
}

const cut = (log: number): number => Math.min(Math.exp(log), maxEvidence)
