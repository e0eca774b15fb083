// Confidence sequences for a quantile, from a histogram: Howard & Ramdas (Bernoulli 28(3), 2022), with the two-sided
// beta-binomial mixture of `confseq`. At the true quantile each "x <= Q" is a coin with heads q; the counts that such coins do
// not refute say between which edges the quantile lies. It assumes independent draws of one distribution per arm, so it is for
// display alone.
import { logBetaMixture } from './bernoulli-cs.ts'
import type { Interval } from './interval.ts'

/** Observations by bucket: `counts[i]` of them between `edges[i]` and `edges[i + 1]`; the outer edges may be infinite. */
export type Buckets = { readonly edges: readonly number[]; readonly counts: readonly number[] }

export type QuantilePlan = {
  /** Which one, between 0 and 1: 0.99 is the p99. */
  readonly quantile: number
  readonly alpha: number
  /** Where the interval shall be tightest: so many observations at this level. */
  readonly tightest: { readonly observations: number; readonly alpha: number }
}

/** Tightest at a thousand observations (spec section 2). */
export const usualTightest: QuantilePlan['tightest'] = { observations: 1_000, alpha: 0.05 }

/** The Beta prior of the mixture, centred at the quantile. */
export const quantilePrior = ({ quantile, tightest }: Omit<QuantilePlan, 'alpha'>): { a: number; b: number } => {
  const coin = quantile * (1 - quantile)
  const level = -2 * Math.log(tightest.alpha)
  const best = (tightest.observations * coin) / (level + Math.log1p(level))
  const spread = Math.max(best - coin, 1e-3 * coin)
  return { a: spread / (1 - quantile), b: spread / quantile }
}

/** How many of so many observations may lie at or below the quantile: the smallest and the largest count that is not refuted. */
export const quantileCounts = (observations: number, plan: QuantilePlan): { lowest: number; highest: number } => {
  const { quantile, alpha } = plan
  const { a, b } = quantilePrior(plan)
  const stays = (count: number): boolean =>
    logBetaMixture({ bad: count, requests: observations, a, b }, quantile) < -Math.log(alpha)
  const middle = Math.round(observations * quantile)
  return { lowest: lastCount(middle, 0, stays), highest: lastCount(middle, observations, stays) }
}

/** The quantile's interval, right at all times at once with probability 1 - alpha; its ends are edges. */
export const quantileInterval = ({ edges, counts }: Buckets, plan: QuantilePlan): Interval => {
  const observations = counts.reduce((sum, count) => sum + count, 0)
  const { lowest, highest } = quantileCounts(observations, plan)
  const lower = bucketReaching(counts, lowest)
  const upper = bucketReaching(counts, highest + 1)
  return {
    lower: edges[lower] ?? Number.NEGATIVE_INFINITY,
    upper: edges[upper + 1] ?? Number.POSITIVE_INFINITY,
  }
}

/** Both arms at half of alpha: the interval of what is between their quantiles, as a difference and as a ratio. */
export const quantileGap = (
  candidate: Buckets,
  stable: Buckets,
  plan: QuantilePlan,
): { readonly difference: Interval; readonly ratio: Interval } => {
  const half = { ...plan, alpha: plan.alpha / 2 }
  const [one, other] = [quantileInterval(candidate, half), quantileInterval(stable, half)]
  return {
    difference: { lower: one.lower - other.upper, upper: one.upper - other.lower },
    ratio: {
      lower: Math.max(0, one.lower) / other.upper,
      upper: other.lower > 0 ? one.upper / other.lower : Number.POSITIVE_INFINITY,
    },
  }
}

/** The first bucket up to whose end so many observations lie; their number when there are not so many. */
const bucketReaching = (counts: readonly number[], least: number): number => {
  let sum = 0
  for (const [bucket, count] of counts.entries()) {
    sum += count
    if (sum >= least) return bucket
  }
  return counts.length
}

/** The last count, from one that stays towards the end, that stays too; the first where not even that one does. */
const lastCount = (from: number, end: number, stays: (count: number) => boolean): number => {
  if (!stays(from)) return from
  if (stays(end)) return end
  let [inside, outside] = [from, end]
  while (Math.abs(outside - inside) > 1) {
    const middle = Math.trunc((inside + outside) / 2)
    if (stays(middle)) inside = middle
    else outside = middle
  }
  return inside
}
