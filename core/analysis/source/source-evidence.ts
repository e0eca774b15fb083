// What the evidence about one measure can do, whichever engine is behind it. Readings were checked before (reading-fault.ts); each
// engine is chosen by its measure in source-engines.ts.
import type { Interval } from '../engines/interval.ts'
import type { CountedReading, ReadingFault } from './reading-fault.ts'

/**
 * What one arm has come to, in the measure's own words: of a share n observations with x hits; of a mean n observations with
 * the sum x; of a value n ticks with the sum x; of restarts x of them in n instance-seconds; of a histogram n observations, x of
 * them beyond the threshold that tells most.
 */
export type Amount = { readonly n: number; readonly x: number }

/**
 * Candidate less stable, or candidate over stable, right at all times at once with the probability that was asked for. Shares and
 * means as a difference in the measure's own unit, restarts as one per instance-second, a histogram as the ratio of a quantile.
 */
export type SourceInterval = Interval & { readonly of: 'difference' | 'ratio'; readonly quantile: number | null }

export type SourceTold = {
  readonly candidate: Amount
  readonly stable: Amount
  readonly interval: SourceInterval | null
}

/** `State` is JSON, and enough to go on byte for byte. E-values are given by their natural logarithm. */
export type SourceEvidence<State> = {
  /** Counts one tick of both arms; answers why it cannot be, and then nothing was counted. */
  add(candidate: CountedReading, stable: CountedReading): ReadingFault | null
  /** Stable was measured and the candidate was not: nothing is compared, but where stable lies may be learnt. */
  learn(stable: CountedReading): void
  /** Against "the candidate is no worse". */
  logWorse(): number
  /** Against "it is worse than the margin allows". */
  logWithin(): number
  /** Worse by as much as matters, as it was seen. */
  matters(): boolean
  /** Observations of stable that must be seen before anything can be compared; null when they were. */
  lacking(): { readonly seen: number; readonly needed: number } | null
  told(alpha: number): SourceTold
  state(): State
}

/** A regression matters, as it was seen, from this part of the margin on. */
export const leastOfMargin = 0.2

export const plus = (one: Amount, n: number, x: number): Amount => ({ n: one.n + n, x: one.x + x })
export const noAmount: Amount = { n: 0, x: 0 }

/** The interval as people read it where a lower figure is the worse one. */
export const mirrored = ({ lower, upper }: Interval): Interval => ({ lower: -upper, upper: -lower })
export const scaled = ({ lower, upper }: Interval, by: number): Interval => ({ lower: lower * by, upper: upper * by })
