// A confidence sequence for the mean of bounded differences, from three sums: what the betting mean says at every margin at
// once, by a bound that needs no bet to be kept.
//
// For x >= -1 and a stake s in [0, 1): ln(1 + s x) >= s x - (-ln(1 - s) - s) x² (Fan, Grama & Liu, 2015). With D and the mean d
// in [-1, 1], x = (D - d)/2 is one, so exp(s Σx - ψ(s) Σx²) is at most the wealth of a gambler who bets against a mean of d, and
// Σx, Σx² follow from n, ΣD and ΣD². The wealth falls in d; so where the bound refutes a mean, every smaller one is refuted.
import type { Interval } from './interval.ts'
import { logSumExp } from './log-sum-exp.ts'
import { crossing } from './margin-crossing.ts'
import { usualStakes } from './mean-bet.ts'

/** Number, sum and sum of squares of differences in [-1, 1]. */
export type DifferenceSums = { readonly count: number; readonly sum: number; readonly squares: number }

/** ln of a lower bound on the e-value against "the mean is at most `mean`". */
const logAbove = ({ count, sum, squares }: DifferenceSums, mean: number): number => {
  const x = (sum - count * mean) / 2
  const xx = (squares - 2 * mean * sum + count * mean * mean) / 4
  const logs = usualStakes.map((stake) => stake * x + (Math.log1p(-stake) + stake) * xx)
  return logSumExp(logs) - Math.log(usualStakes.length)
}

/** Of the mean, right at all times at once with probability 1 - alpha. */
export const meanInterval = (sums: DifferenceSums, alpha: number): Interval => {
  const level = Math.LN2 - Math.log(alpha)
  const mirrored = { ...sums, sum: -sums.sum }
  return {
    lower: crossing(-1, (mean) => logAbove(sums, mean) >= level),
    upper: crossing(1, (mean) => logAbove(mirrored, -mean) >= level),
  }
}
