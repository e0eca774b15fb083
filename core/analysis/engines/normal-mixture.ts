// The normal mixture, for means without a bound: the mSPRT of Johari et al. (Operations Research 2022), which is also the
// asymptotic confidence sequence of Waudby-Smith et al. It leans on the central limit theorem, so it is for many observations,
// for display, and never the sole reason of a rollback.
import type { Interval } from './interval.ts'
import { logNormalCdf } from './normal-cdf.ts'

export type NormalMixture = {
  /** Mean of the candidate less mean of stable. */
  readonly difference: number
  /** Variance of that difference: s1²/n1 + s0²/n0. */
  readonly variance: number
  /** Variance of the prior over differences: the square of the smallest one of interest. */
  readonly prior: number
}

/** ln E against "there is no difference": both directions. */
export const logNormalMixture = ({ difference, variance, prior }: NormalMixture): number =>
  0.5 * Math.log(variance / (variance + prior)) + (prior * difference ** 2) / (2 * variance * (variance + prior))

/** ln E against "it is not larger": the half-normal prior bets on larger ones alone, 2Φ(z) times the other. */
export const logNormalMixtureAbove = (mixture: NormalMixture): number => {
  const { difference, variance, prior } = mixture
  const z = difference * Math.sqrt(prior / (variance * (variance + prior)))
  return logNormalMixture(mixture) + Math.LN2 + logNormalCdf(z)
}

/** The differences that are not refuted: about right at all times at once with probability 1 - alpha, once there are many observations. */
export const normalInterval = ({ difference, variance, prior }: NormalMixture, alpha: number): Interval => {
  const both = variance + prior
  const radius = Math.sqrt(((variance * both) / prior) * (-2 * Math.log(alpha) + Math.log(both / variance)))
  return { lower: difference - radius, upper: difference + radius }
}
