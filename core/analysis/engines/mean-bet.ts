// The betting mean, for numbers that are bounded and nothing else: a gambler stakes a fixed share of the wealth on "the mean is
// larger than the margin", tick by tick; several gamblers with different stakes, and their mean wealth is the e-value
// (Waudby-Smith & Ramdas, JRSSB 2024). Nothing is assumed of the shape, and nothing of independence within a tick.
//
// With D in [-1, 1], E[D | past] <= margin and a stake s below 1/(1 + margin), the factor 1 + s(D - margin) is never negative
// and its mean is at most 1. So the wealth is a nonnegative supermartingale, its mean over stakes too, and Ville's inequality
// makes it valid at every look.
import { logSumExp } from './log-sum-exp.ts'

type MeanBetPlan = {
  /** The mean that is bet against: the null hypothesis is E[D] <= margin, between -1 and 1. */
  readonly margin: number
  /** The share that each gambler stakes, below 1 / (1 + margin). */
  readonly stakes: readonly number[]
}

export type MeanBet = {
  /** Adds the difference of one tick, in [-1, 1]. */
  add(difference: number): void
  /** Natural logarithm of the e-value. */
  logEvidence(): number
  /** The logarithm of each gambler's wealth: enough to go on from. */
  state(): readonly number[]
}

/** From timid to bold (spec section 3); whatever the mean turns out to be, one of them is not far from the best stake. */
export const usualStakes: readonly number[] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9]

/** The usual stakes for a margin: none of them can lose everything. */
export const stakesFor = (margin: number): readonly number[] => usualStakes.map((stake) => stake / (1 + margin))

export const createMeanBet = ({ margin, stakes }: MeanBetPlan, from?: readonly number[]): MeanBet => {
  const logs = Float64Array.from(from ?? stakes.map(() => 0))
  const whole = Math.log(stakes.length)
  return {
    add: (difference) => {
      for (let k = 0; k < logs.length; k += 1) {
        logs[k] = (logs[k] ?? 0) + Math.log1p((stakes[k] ?? 0) * (difference - margin))
      }
    },
    logEvidence: () => logSumExp(logs) - whole,
    state: () => Array.from(logs),
  }
}
