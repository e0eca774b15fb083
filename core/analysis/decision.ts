// What a judge can decide, and how that is told. Knows no statistics.
import type { Instant } from '../time.ts'
import type { MetricName } from './metric.ts'
import type { Tally } from './tally.ts'

/** `evidence`: an e-process crossed its limit. `recent`: the candidate's last outcomes were all bad. */
export type Rule = 'evidence' | 'recent'

/** A hold has the rule `recent`: the candidate fails throughout and nothing of stable is there to compare with. */
export type Decision = {
  readonly kind: 'trip' | 'hold'
  readonly metric: MetricName
  readonly rule: Rule
  readonly evidence: number
  /** Evidence at which the metric decides. */
  readonly limit: number
}

/** What "slow" means: longer than what this share of stable's answers take at most, measured before the candidate's. */
export type Slowness = { readonly quantile: number; readonly thresholdMs: number }

export type Trip = {
  readonly metric: MetricName
  readonly rule: Rule
  /** e-value, finite, at most 1e300. */
  readonly evidence: number
  readonly limit: number
  /** Bad requests; of the metric `latency` those that were slower than its threshold. */
  readonly candidate: Tally
  readonly stable: Tally
  readonly slowness: Slowness | null
  readonly at: Instant
  /** From the head of the decisive response to the instant from which nothing is dispatched to the candidate. */
  readonly decisiveToZeroMs: number
}
