// A confidence sequence for one arm's own rate: Robbins' method of mixtures with a Beta prior. For guardrails against
// an absolute ceiling and for display; it compares nothing.
import { lastHolding } from './bisection.ts'
import type { Interval } from './interval.ts'
import { logBeta, logBetaAround } from './log-beta.ts'

/** Counts of one arm and the Beta prior of the mixture; a = b = ½ is the usual one. */
export type BetaMixture = { readonly bad: number; readonly requests: number; readonly a: number; readonly b: number }

/** ln M(p): the log e-value against "the rate is p". Infinity where p is impossible. */
export const logBetaMixture = ({ bad, requests, a, b }: BetaMixture, p: number): number => {
  const good = requests - bad
  if ((p <= 0 && bad > 0) || (p >= 1 && good > 0)) return Number.POSITIVE_INFINITY
  if (p <= 0 || p >= 1) return logBeta(a + bad, b + good) - logBeta(a, b)
  return logBetaAround(a + bad, b + good, p) - logBetaAround(a, b, p)
}

/** The rates that the counts do not refute: ln M(p) < ln(1/alpha). Right at all times at once with probability 1 - alpha. */
export const bernoulliInterval = (mixture: BetaMixture, alpha: number): Interval => {
  const { bad, requests } = mixture
  if (requests === 0) return { lower: 0, upper: 1 }
  const rate = bad / requests
  const stays = (p: number): boolean => logBetaMixture(mixture, p) < -Math.log(alpha)
  if (!stays(rate)) return { lower: rate, upper: rate } // an alpha of 1 or more refutes every rate
  return {
    lower: stays(0) ? 0 : lastHolding(rate, 0, stays),
    upper: stays(1) ? 1 : lastHolding(rate, 1, stays),
  }
}
