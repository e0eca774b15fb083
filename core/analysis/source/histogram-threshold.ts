// Where the thresholds of a histogram lie: at its own edges, nearest to stable's quantiles, because only there can observations be
// counted exactly. Everything is taken from stable's earlier data. Knows no evidence.
import type { SourceMetric } from '../metric.ts'

/** Observations of stable by bucket: `counts[i]` up to `edges[i]`, the last beyond all. */
export type SeenBuckets = { readonly edges: readonly number[]; readonly counts: readonly number[] }

export type HistogramThreshold = {
  /** Whose quantile it stands for; its edge is the nearest one, which may be off. */
  readonly quantile: number
  /** An observation on the wrong side of it is a bad one. */
  readonly edge: number
  /**
   * What the candidate is held against when it is shown to be within the margin: the last edge that the margin allows, or the
   * next one where the histogram cannot tell the margin apart. Null at its end, where nothing can be shown.
   */
  readonly allowed: number | null
  /** Stable's share of bad ones, and how many observations say so. */
  readonly prior: { readonly share: number; readonly requests: number }
  /** By so much the share grows where the quantile moves by as much as matters (amendment A4). */
  readonly least: number
}

type Plan = Pick<SourceMetric, 'worse' | 'margin'> & { readonly quantiles: readonly number[] }

/** More of the past is worth no more than this: a service changes. */
const mostBefore = 6_000

/** One per quantile, the nearest edge each, which two may share. `usable` says which edges both arms have; none where there is none. */
export const thresholdsOf = (
  { edges, counts }: SeenBuckets,
  plan: Plan,
  usable: (edge: number) => boolean,
): readonly HistogramThreshold[] => {
  const all = counts.reduce((sum, count) => sum + count, 0)
  const shares = badShares(counts, plan.worse)
  return plan.quantiles.flatMap((quantile) => {
    const target = plan.worse === 'higher' ? 1 - quantile : quantile
    const index = nearest(shares, target, (at) => usable(edges[at] ?? 0))
    const edge = edges[index]
    if (edge === undefined) return []
    const prior = { share: shares[index] ?? target, requests: Math.min(all, mostBefore) }
    const allowed = allowedEdge(edges.filter(usable), edge, plan)
    const least = (besideOf({ edges, counts }, index, plan.worse) * shiftAt(quantile)) / Math.max(1, all)
    return [{ quantile, edge, allowed, prior, least }]
  })
}

/** Of each edge: the share of observations that are bad by it. The half keeps one of 0 or 1 from being taken for certain. */
const badShares = (counts: readonly number[], worse: Plan['worse']): readonly number[] => {
  const all = counts.reduce((sum, count) => sum + count, 0)
  let upTo = 0
  return counts.slice(0, -1).map((count) => {
    upTo += count
    return ((worse === 'higher' ? all - upTo : upTo) + 0.5) / (all + 1)
  })
}

const logit = (share: number): number => Math.log(share / (1 - share))

const nearest = (shares: readonly number[], target: number, usable: (at: number) => boolean): number => {
  let [best, off] = [-1, Number.POSITIVE_INFINITY]
  for (const [index, share] of shares.entries()) {
    const distance = Math.abs(logit(share) - logit(target))
    if (distance < off && usable(index)) [best, off] = [index, distance]
  }
  return best
}

const allowedEdge = (edges: readonly number[], edge: number, { worse, margin }: Plan): number | null => {
  const beyond = worse === 'higher' ? edges.filter((one) => one > edge) : edges.filter((one) => one < edge).reverse()
  const within = beyond.filter((one) => (worse === 'higher' ? one <= edge * margin : one * margin >= edge))
  return within.at(-1) ?? beyond[0] ?? null
}

/** How much slower or faster matters, as the logarithm of a factor: 5 % in the body, 10 % in the tail. */
const shiftAt = (quantile: number): number => Math.log(quantile >= 0.99 || quantile <= 0.01 ? 1.1 : 1.05)

/** Observations for each unit of ln x in the bucket that would spill over the edge; of a bucket without an end, over its half. */
const besideOf = ({ edges, counts }: SeenBuckets, index: number, worse: Plan['worse']): number => {
  const edge = edges[index] ?? 0
  const end = worse === 'higher' ? edges[index - 1] : edges[index + 1]
  const count = counts[worse === 'higher' ? index : index + 1] ?? 0
  const known = end !== undefined && end > 0 && edge > 0
  return count / (known ? Math.abs(Math.log(edge / end)) : Math.LN2)
}
