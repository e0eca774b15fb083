// The evidence at one threshold of a histogram: how many observations lie on its wrong side, tick by tick, in both arms.
import type { EngineBState } from '../engines/engine-b.ts'
import { blankEngineB, createEngineB } from '../engines/engine-b.ts'
import type { OverdispersionState } from '../engines/overdispersion.ts'
import { blankOverdispersion, createOverdispersion } from '../engines/overdispersion.ts'
import type { PatientState } from '../engines/patient-b.ts'
import { blankPatient, createPatientB } from '../engines/patient-b.ts'
import type { SourceMetric } from '../metric.ts'
import type { HistogramThreshold } from './histogram-threshold.ts'
import type { CountedReading } from './reading-fault.ts'
import type { OpenCounts } from './source-bins.ts'
import { createSourceBins, noCounts } from './source-bins.ts'
import type { Amount } from './source-evidence.ts'
import { noAmount, plus } from './source-evidence.ts'
import type { SourceStrata } from './source-strata.ts'
import { createStrata, noStrata } from './source-strata.ts'

export type Histogram = Extract<CountedReading, { readonly kind: 'histogram' }>

export type ThresholdState = HistogramThreshold & {
  readonly open: { readonly worse: OpenCounts; readonly within: OpenCounts }
  readonly worse: PatientState
  readonly within: EngineBState
  readonly strata: SourceStrata
  readonly scatter: OverdispersionState
  readonly candidate: Amount
  readonly stable: Amount
}

/** A threshold before its first tick. */
export const freshThreshold = (spec: HistogramThreshold): ThresholdState => ({
  ...spec,
  open: { worse: noCounts, within: noCounts },
  ...{ worse: blankPatient, within: blankEngineB, strata: noStrata, scatter: blankOverdispersion },
  ...{ candidate: noAmount, stable: noAmount },
})

/**
 * The same quantile at another edge. What was counted against the old one is not counted against this one, and the evidence goes on:
 * each tick's factor is fair by whatever was chosen before it.
 */
export const movedThreshold = (old: ThresholdState, spec: HistogramThreshold): ThresholdState => {
  const fresh = freshThreshold(spec)
  const engine = { ...fresh.worse.engine, logs: old.worse.engine.logs }
  return { ...fresh, worse: { ...old.worse, engine }, within: { ...fresh.within, logs: old.within.logs } }
}

export type ThresholdEvidence = {
  readonly spec: HistogramThreshold
  /** Both readings have the edges that are compared. */
  fits(own: Histogram, other: Histogram): boolean
  add(own: Histogram, other: Histogram): void
  /** Natural logarithms of e-values: against "no worse", and against "worse than the margin allows". */
  logWorse(): number
  logWithin(): number
  matters(): boolean
  amounts(): { readonly candidate: Amount; readonly stable: Amount }
  state(): ThresholdState
}

const leastBad = 3

export const createThresholdEvidence = (worse: SourceMetric['worse'], from: ThresholdState): ThresholdEvidence => {
  const { quantile, edge, allowed, prior, least } = from
  const up = createPatientB({ prior, direction: 'up' }, from.worse)
  const down = createEngineB({ prior, direction: 'down' }, from.within)
  const bins = { worse: createSourceBins(from.open.worse), within: createSourceBins(from.open.within) }
  const strata = createStrata(from.strata)
  const scatter = createOverdispersion(from.scatter)
  let { candidate, stable } = from
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
    fits: (own, other) => has(own, edge) && has(other, edge) && (allowed === null || has(own, allowed)),
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

const shareOf = ({ n, x }: Amount): number => (x + 0.5) / (n + 1)
const has = ({ edges }: Histogram, edge: number): boolean => edges.includes(edge)

export const total = (counts: readonly number[]): number => {
  let sum = 0
  for (const count of counts) sum += count
  return sum
}

/** Observations on the wrong side of an edge: exact, because it is one of the histogram's own. */
const badIn = ({ edges, counts }: Histogram, edge: number, worse: SourceMetric['worse']): number => {
  const end = edges.indexOf(edge) + 1
  let bad = 0
  if (worse === 'higher') for (let k = end; k < counts.length; k += 1) bad += counts[k] ?? 0
  else for (let k = 0; k < end; k += 1) bad += counts[k] ?? 0
  return bad
}
