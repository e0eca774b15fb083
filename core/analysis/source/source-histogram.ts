// A histogram that a source counts: is the candidate worse at the quantiles that are asked for? Counted is "beyond the threshold" in
// both arms; the e-value is the mean over the thresholds, which are edges of the histogram itself, frozen from stable's first data.
// A reading that lacks such an edge is told and not counted. If the edge does not come back, thresholds are taken anew among the
// edges that there are, once enough of stable was seen by them, and the evidence goes on.
import { logSumExp } from '../engines/log-sum-exp.ts'
import { quantileGap, usualTightest } from '../engines/quantile-cs.ts'
import type { SourceMetric } from '../metric.ts'
import type { SeenBuckets } from './histogram-threshold.ts'
import { thresholdsOf } from './histogram-threshold.ts'
import type { SourceEvidence, SourceInterval } from './source-evidence.ts'
import { noAmount } from './source-evidence.ts'
import type { Histogram, ThresholdEvidence, ThresholdState } from './threshold-evidence.ts'
import { createThresholdEvidence, freshThreshold, movedThreshold, total } from './threshold-evidence.ts'

export type SourceHistogramState = {
  readonly kind: 'histogram'
  /** Observations of both arms by bucket, since their edges are what they are: for the interval. */
  readonly seen: Seen | null
  /** Stable's observations from which thresholds will be taken, and of how many ticks; null while those that there are fit. */
  readonly learning: Learning | null
  /** One per quantile; none until enough of stable was seen. */
  readonly thresholds: readonly ThresholdState[]
}

type Learning = SeenBuckets & { readonly ticks: number }
type Seen = {
  readonly edges: readonly number[]
  readonly candidate: readonly number[]
  readonly stable: readonly number[]
}

export const blankSourceHistogram: SourceHistogramState = {
  ...{ kind: 'histogram', seen: null, learning: null, thresholds: [] },
}

/** So many observations of stable tell where its thresholds lie. */
const leastBefore = 1_000
/** So many ticks without the edges that are compared, and they will not come back: one that is odd moves nothing. */
const leastChanged = 6

type Plan = Pick<SourceMetric, 'worse' | 'margin'> & { readonly quantiles: readonly number[] }

export const createSourceHistogram = (plan: Plan, from: SourceHistogramState): SourceEvidence<SourceHistogramState> => {
  let { seen, learning } = from
  let thresholds = from.thresholds.map((one) => createThresholdEvidence(plan.worse, one))

  /** What is frozen by a tick is compared from the next one on. */
  const learn = (own: Histogram | null, other: Histogram): void => {
    learning = withCounts(learning, other)
    if (total(learning.counts) < leastBefore || learning.ticks < (thresholds.length > 0 ? leastChanged : 1)) return
    const specs = thresholdsOf(learning, plan, (edge) => own === null || own.edges.includes(edge))
    if (specs.length < plan.quantiles.length) return // no edge that both arms have
    const old = thresholds.map((one) => one.state())
    thresholds = specs.map((spec, index) => {
      const before = old[index]
      const state = before === undefined ? freshThreshold(spec) : movedThreshold(before, spec)
      return createThresholdEvidence(plan.worse, state)
    })
    learning = null
  }

  const add = (own: Histogram, other: Histogram): 'edges' | null => {
    if (thresholds.length === 0 || !thresholds.every((one) => one.fits(own, other))) {
      const isChanged = thresholds.length > 0 || !own.edges.some((edge) => other.edges.includes(edge))
      learn(own, other)
      return isChanged ? 'edges' : null
    }
    learning = null
    for (const threshold of thresholds) threshold.add(own, other)
    seen = bothSeen(seen, own, other)
    return null
  }

  const strongest = (): ThresholdEvidence | null =>
    thresholds.reduce<ThresholdEvidence | null>(
      (best, one) => (best === null || one.logWorse() > best.logWorse() ? one : best),
      null,
    )

  return {
    add: (own, other) => (own.kind === 'histogram' && other.kind === 'histogram' ? add(own, other) : 'wrongKind'),
    learn: (other) => {
      if (other.kind === 'histogram' && thresholds.length === 0) learn(null, other)
    },
    logWorse: () =>
      thresholds.length === 0 ? 0 : logSumExp(thresholds.map((one) => one.logWorse())) - Math.log(thresholds.length),
    // All of them must be shown: no correction, the least is the evidence.
    logWithin: () => {
      const asked = thresholds.filter((one) => one.spec.allowed !== null)
      return asked.length === 0 ? 0 : Math.min(...asked.map((one) => one.logWithin()))
    },
    matters: () => strongest()?.matters() ?? false,
    lacking: () =>
      thresholds.length > 0 ? null : { seen: learning === null ? 0 : total(learning.counts), needed: leastBefore },
    told: (alpha) => {
      const threshold = strongest()
      const amounts = threshold?.amounts() ?? { candidate: noAmount, stable: noAmount }
      const interval = threshold === null || seen === null ? null : gapAt(seen, threshold.spec.quantile, alpha)
      return { ...amounts, interval }
    },
    state: () => ({ kind: 'histogram', seen, learning, thresholds: thresholds.map((one) => one.state()) }),
  }
}

const isSame = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((edge, index) => edge === other[index])

/** Counts by the same edges are added up; by other ones they begin anew. */
const withCounts = (known: Learning | null, { edges, counts }: Histogram): Learning =>
  known !== null && isSame(known.edges, edges)
    ? { edges: known.edges, counts: sumOf(known.counts, counts), ticks: known.ticks + 1 }
    : { edges, counts, ticks: 1 }

const bothSeen = (seen: Seen | null, own: Histogram, other: Histogram): Seen | null => {
  if (!isSame(own.edges, other.edges)) return null
  const { edges, counts: candidate } = own
  const stable = other.counts
  return seen !== null && isSame(seen.edges, edges)
    ? { edges, candidate: sumOf(seen.candidate, candidate), stable: sumOf(seen.stable, stable) }
    : { edges, candidate, stable }
}

const sumOf = (one: readonly number[], other: readonly number[]): readonly number[] =>
  one.map((count, index) => count + (other[index] ?? 0))

const gapAt = ({ edges, candidate, stable }: Seen, quantile: number, alpha: number): SourceInterval => {
  const outer = [Math.min(0, edges[0] ?? 0), ...edges, Number.POSITIVE_INFINITY]
  const plan = { quantile, alpha, tightest: usualTightest }
  const { ratio } = quantileGap({ edges: outer, counts: candidate }, { edges: outer, counts: stable }, plan)
  return { of: 'ratio', quantile, ...ratio }
}
