// What a judge can decide, and how that is told. Knows no statistics.
import type { Instant } from '../time.ts'
import type { Interval } from './engines/interval.ts'
import type { Measure, MetricName, OnFail } from './metric.ts'
import { latencyName } from './metric.ts'
import type { Tally } from './tally.ts'

/**
 * `evidence`: an e-process crossed its limit. `recent`: the candidate's last outcomes were all bad. `ceiling`: more of its
 * requests are bad than is allowed at all.
 */
export type Rule = 'evidence' | 'recent' | 'ceiling'

/**
 * Why a person is called while the weight stays: the candidate fails throughout and nothing of stable is there to compare
 * with; both releases fail more than is allowed, an incident that they share; it is judged worse, and the metric pauses then.
 */
type HoldCause = 'unseen' | 'shared' | 'worse'

type Finding = {
  readonly metric: MetricName
  readonly rule: Rule
  readonly evidence: number
  /** Evidence at which the metric decides. */
  readonly limit: number
}

/** `trip`: back to stable. `hold`: the weight stays. `note`: judged worse, and the metric says that nothing follows. */
export type Decision =
  | (Finding & { readonly kind: 'trip' })
  | (Finding & { readonly kind: 'hold'; readonly cause: HoldCause })
  | (Finding & { readonly kind: 'note' })

/** What follows when a metric is judged worse. */
export const judgedWorse = (
  { onFail, dryRun }: { readonly onFail: OnFail; readonly dryRun: boolean },
  finding: Finding,
): Decision => {
  if (dryRun || onFail === 'observe') return { kind: 'note', ...finding }
  return onFail === 'pause' ? { kind: 'hold', cause: 'worse', ...finding } : { kind: 'trip', ...finding }
}

const holdCauses: Readonly<Record<HoldCause, (metric: MetricName) => string>> = {
  unseen: () =>
    'the last answers of the candidate were all errors, and stable had no recent request to compare them with',
  shared: (metric) =>
    `candidate and stable ${metric === latencyName ? 'are both slower' : 'both fail more often'} than the ceiling allows: an incident that they share, going back would not end it`,
  worse: (metric) => `${metric}: the candidate is judged worse than stable, and this metric pauses then`,
}

/** The reason that the person who is called reads. */
export const holdWords = ({ cause, metric }: Extract<Decision, { readonly kind: 'hold' }>): string =>
  holdCauses[cause](metric)

/** A metric was judged worse and did not lead back: what would have been the figures of a trip. */
export type Note = {
  readonly rule: Rule
  readonly evidence: number
  readonly limit: number
  readonly candidate: Tally
  readonly stable: Tally
  /** Null until somebody has told the time. */
  readonly at: Instant | null
}

/**
 * What "slow" means: longer than what this share of stable's answers take at most, measured before the candidate's; of a ceiling
 * the quantile and the time that are its own.
 */
export type Slowness = { readonly quantile: number; readonly thresholdMs: number }

/** What a metric had come to when it was judged worse. */
export type Judgement = {
  readonly metric: MetricName
  /** `missing`: a source has no data of the candidate, which has traffic, and has some of stable. */
  readonly rule: Rule | 'missing'
  /** e-value, finite, at most 1e300. */
  readonly evidence: number
  readonly limit: number
  /** Bad requests; of the metric `latency` those that were slower than its threshold. */
  readonly candidate: Tally
  readonly stable: Tally
  readonly slowness: Slowness | null
  /** Of a metric that no edge sees: no request is counted in it. */
  readonly source?: SourceFinding
}

/** What the arms of a metric came to, in the measure's own unit (source-evidence.ts). */
export type SourceFinding = {
  readonly measure: Measure['kind']
  readonly candidate: { readonly n: number; readonly x: number }
  readonly stable: { readonly n: number; readonly x: number }
  readonly interval: (Interval & { readonly of: 'difference' | 'ratio' }) | null
}

export type Trip = Judgement & {
  readonly at: Instant
  /** From the head of the decisive response to the instant from which nothing is dispatched to the candidate; null where no request decided. */
  readonly decisiveToZeroMs: number | null
}
