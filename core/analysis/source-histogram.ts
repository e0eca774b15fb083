// A histogram that a source counts: is the candidate worse at the quantiles that are asked for? Counted is "beyond the threshold" in
// both arms, tick by tick, by Engine B; the e-value is the mean over the thresholds. Thresholds are edges of the histogram itself,
// frozen from stable's first data. A reading without such an edge is refused until it has it again: what was counted against
// another edge could not be told from a change of the release.
import type { EngineBState } from './engines/engine-b.ts'
import { blankEngineB, createEngineB } from './engines/engine-b.ts'
import { logSumExp } from './engines/log-sum-exp.ts'
import { quantileGap, usualTightest } from './engines/quantile-cs.ts'
import type { HistogramThreshold } from './histogram-threshold.ts'
import { thresholdsOf } from './histogram-threshold.ts'
import type { SourceMetric } from './metric.ts'
import type { OverdispersionState } from './overdispersion.ts'
import { blankOverdispersion, createOverdispersion } from './overdispersion.ts'
import type { CountedReading } from './reading-fault.ts'
import type { OpenCounts } from './source-bins.ts'
import { createSourceBins, noCounts } from './source-bins.ts'
import type { Amount, SourceEvidence, SourceInterval } from './source-evidence.ts'
import { noAmount, plus } from './source-evidence.ts'
import type { SourceStrata } from './source-strata.ts'
import { createStrata, noStrata } from './source-strata.ts'

type ThresholdState = HistogramThreshold & {
  readonly open: { readonly worse: OpenCounts; readonly within: OpenCounts }
  readonly worse: EngineBState
  readonly within: EngineBState
  readonly strata: SourceStrata
  readonly scatter: OverdispersionState
  readonly candidate: Amount
  readonly stable: Amount
}

/** Observations of both arms by bucket since the metric is judged. */
type Seen = {
  readonly edges: readonly number[]
  readonly candidate: readonly number[]
  readonly stable: readonly number[]
}

export type SourceHistogramState = {
  readonly kind: 'histogram'
  /** Null before the first reading, and again once edges have changed: what was seen by other ones cannot be added up. */
  readonly seen: Seen | null
  /** None until enough of stable was seen. */
  readonly thresholds: readonly ThresholdState[]
}

export const blankSourceHistogram: SourceHistogramState = { kind: 'histogram', seen: null, thresholds: [] }

/** So many observations of stable tell where its thresholds lie. */
const leastBefore = 1_000
const leastBad = 3

type Plan = Pick<SourceMetric, 'worse' | 'margin'> & { readonly quantiles: readonly number[] }
type Histogram = Extract<CountedReading, { readonly kind: 'histogram' }>

export const createSourceHistogram = (plan: Plan, from: SourceHistogramState): SourceEvidence<SourceHistogramState> => {
  let { seen } = from
  let thresholds = from.thresholds.map((one) => createThreshold(plan.worse, one))

  /** Adds up what is alike, and freezes thresholds from it once it is enough: they are compared from the next tick on. */
  const remember = (own: Histogram | null, other: Histogram): void => {
    const fits = (reading: Histogram | null): boolean => reading === null || isSame(reading.edges, seen?.edges)
    if (!(fits(own) && fits(other))) {
      if (thresholds.length > 0) seen = null // it was for the eye alone
      if (thresholds.length > 0) return
      const none = other.counts.map(() => 0)
      seen = { edges: other.edges, candidate: none, stable: none }
    }
    if (seen === null) return
    const { edges } = seen
    const candidate = own === null || !isSame(own.edges, edges) ? seen.candidate : added(seen.candidate, own.counts)
    seen = { edges, candidate, stable: added(seen.stable, other.counts) }
    if (thresholds.length > 0 || total(seen.stable) < leastBefore) return
    const usable = (edge: number): boolean => own === null || own.edges.includes(edge)
    thresholds = thresholdsOf({ edges, counts: seen.stable }, plan, usable).map((one) =>
      createThreshold(plan.worse, { ...blankThreshold, ...one }),
    )
  }

  const strongest = (): Threshold | null =>
    thresholds.reduce<Threshold | null>(
      (best, one) => (best === null || one.logWorse() > best.logWorse() ? one : best),
      null,
    )

  return {
    add: (own, other) => {
      if (own.kind !== 'histogram' || other.kind !== 'histogram') return 'wrongKind'
      if (!thresholds.every((one) => one.fits(own, other))) return 'edges'
      for (const threshold of thresholds) threshold.add(own, other)
      remember(own, other)
      return null
    },
    learn: (other) => {
      if (other.kind === 'histogram' && thresholds.length === 0) remember(null, other)
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
      thresholds.length > 0 ? null : { seen: seen === null ? 0 : total(seen.stable), needed: leastBefore },
    told: (alpha) => {
      const threshold = strongest()
      return {
        candidate: threshold?.amounts().candidate ?? noAmount,
        stable: threshold?.amounts().stable ?? noAmount,
        interval: threshold === null || seen === null ? null : gapAt(seen, threshold.spec.quantile, alpha),
      }
    },
    state: () => ({ kind: 'histogram', seen, thresholds: thresholds.map((one) => one.state()) }),
  }
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
const added = (one: readonly number[], other: readonly number[]): readonly number[] =>
  one.map((count, index) => count + (other[index] ?? 0))
const isSame = (edges: readonly number[], known: readonly number[] | undefined): boolean =>
  edges === known || (edges.length === known?.length && edges.every((edge, index) => edge === known[index]))

const gapAt = ({ edges, candidate, stable }: Seen, quantile: number, alpha: number): SourceInterval => {
  const outer = [Math.min(0, edges[0] ?? 0), ...edges, Number.POSITIVE_INFINITY]
  const plan = { quantile, alpha, tightest: usualTightest }
  const { ratio } = quantileGap({ edges: outer, counts: candidate }, { edges: outer, counts: stable }, plan)
  return { of: 'ratio', quantile, ...ratio }
}

const blankThreshold = {
  open: { worse: noCounts, within: noCounts },
  ...{ worse: blankEngineB, within: blankEngineB, strata: noStrata, scatter: blankOverdispersion },
  ...{ candidate: noAmount, stable: noAmount },
} as const

type Threshold = {
  readonly spec: HistogramThreshold
  /** Both readings have the edges that are compared. */
  fits(own: Histogram, other: Histogram): boolean
  add(own: Histogram, other: Histogram): void
  logWorse(): number
  logWithin(): number
  matters(): boolean
  amounts(): { readonly candidate: Amount; readonly stable: Amount }
  state(): ThresholdState
}

const createThreshold = (worse: Plan['worse'], from: ThresholdState): Threshold => {
  const { quantile, edge, allowed, prior, least } = from
  const up = createEngineB({ prior, direction: 'up' }, from.worse)
  const down = createEngineB({ prior, direction: 'down' }, from.within)
  const bins = { worse: createSourceBins(from.open.worse), within: createSourceBins(from.open.within) }
  const strata = createStrata(from.strata)
  const scatter = createOverdispersion(from.scatter)
  let { candidate, stable } = from
  const shareOf = ({ n, x }: Amount): number => (x + 0.5) / (n + 1)
  const temper = (log: number): number =>
    scatter.tempered(log, { candidate: shareOf(candidate), stable: shareOf(stable) })

  const add = (own: Histogram, other: Histogram): void => {
    const [n1, n0] = [total(own.counts), total(other.counts)]
    const [x1, x0] = [badIn(own, edge, worse), badIn(other, edge, worse)]
    candidate = plus(candidate, n1, x1)
    stable = plus(stable, n0, x0)
    const exposures = { candidateRequests: n1, stableRequests: n0, stableBad: x0 }
    const bin = bins.worse.add({ ...exposures, candidateBad: x1 })
    const shifted = bins.within.add({ ...exposures, candidateBad: badIn(own, allowed ?? edge, worse) })
    if (bin === null || shifted === null) return
    up.add(bin)
    down.add(shifted)
    strata.add(bin)
    const expected = (bin.candidateRequests * bin.stableBad) / bin.stableRequests
    scatter.add(bin.candidateBad - expected, bin.candidateRequests, bin.stableRequests)
  }

  return {
    spec: { quantile, edge, allowed, prior, least },
    fits: (own, other) =>
      own.edges.includes(edge) && other.edges.includes(edge) && (allowed === null || own.edges.includes(allowed)),
    add,
    logWorse: () => temper(up.logEvidence()),
    logWithin: () => temper(down.logEvidence()),
    matters: () => candidate.x >= leastBad && strata.isLargerBy(least),
    amounts: () => ({ candidate, stable }),
    state: () => ({
      ...{ quantile, edge, allowed, prior, least },
      open: { worse: bins.worse.open(), within: bins.within.open() },
      ...{ worse: up.state(), within: down.state(), strata: strata.state(), scatter: scatter.state() },
      ...{ candidate, stable },
    }),
  }
}

/** Observations on the wrong side of an edge: exact, because it is one of the histogram's own. */
const badIn = ({ edges, counts }: Histogram, edge: number, worse: Plan['worse']): number => {
  const end = edges.indexOf(edge) + 1
  let bad = 0
  if (worse === 'higher') for (let k = end; k < counts.length; k += 1) bad += counts[k] ?? 0
  else for (let k = 0; k < end; k += 1) bad += counts[k] ?? 0
  return bad
}
