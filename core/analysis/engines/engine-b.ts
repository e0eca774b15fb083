// Engine B, for proportions that are not rare (the share of slow requests, a conversion): the two-sample Bernoulli
// e-variable of Turner, Ly & Grünwald (JSPI 2024, arXiv 2106.02693), mixed over the grid. The baseline is plugged in
// from earlier bins of stable; a wrong one costs power, never validity.
import type { BinCounts } from './bin.ts'
import { createOpenBin } from './bin.ts'
import { gridLogWeights, gridSize, gridSteps } from './grid.ts'
import { logBlend, logSumExp } from './log-sum-exp.ts'

type EngineBPlan = {
  /** The baseline before any data, and how many requests it is worth. */
  readonly prior: { readonly share: number; readonly requests: number }
  /** `up` is evidence against p1 <= p0, `down` against p1 >= p0. */
  readonly direction: 'up' | 'down'
}

export type EngineB = {
  /** Adds the counts of a tick. A tick in which one arm had no request is carried over to the next. */
  add(tick: BinCounts): void
  /** Natural logarithm of the e-value. */
  logEvidence(): number
  /** What it knows of the ticks that were added, but for one that is still carried over. */
  state(): EngineBState
}

export type EngineBState = {
  /** Per component of the grid: the logarithm of its weight and of its likelihood ratio. */
  readonly logs: readonly number[]
  readonly stableRequests: number
  readonly stableBad: number
}

export const blankEngineB: EngineBState = { logs: gridLogWeights, stableRequests: 0, stableBad: 0 }

export const createEngineB = ({ prior, direction }: EngineBPlan, from = blankEngineB): EngineB => {
  const sign = direction === 'up' ? 1 : -1
  const logs = Float64Array.from(from.logs)
  const bin = createOpenBin()
  let { stableRequests, stableBad } = from

  const add = (tick: BinCounts): void => {
    if (!bin.add(tick)) return
    const weight = stableRequests + prior.requests
    const bad = weight > 0 ? (stableBad + prior.requests * prior.share) / weight : prior.share
    const good =
      weight > 0 ? (stableRequests - stableBad + prior.requests * (1 - prior.share)) / weight : 1 - prior.share
    for (let k = 0; k < gridSize; k += 1) {
      logs[k] = (logs[k] ?? 0) + logFactor(bin, { bad, good, step: sign * (gridSteps[k] ?? 0) })
    }
    stableRequests += bin.stableRequests
    stableBad += bin.stableBad
  }

  return {
    add,
    logEvidence: () => logSumExp(logs),
    state: () => ({ logs: Array.from(logs), stableRequests, stableBad }),
  }
}

/** A bet: the baseline's share of bad and of good requests, and the log odds ratio of the candidate. */
type Bet = { readonly bad: number; readonly good: number; readonly step: number }

/**
 * With t0 = bad, t1 = logistic(logit t0 + step), t* = f t1 + (1-f) t0: x1 ln(t1/t*) + (n1-x1) ln((1-t1)/(1-t*)) and the
 * same of stable. Written in the ratios t1/t0 and (1-t1)/(1-t0), which stay finite where the baseline is 0 or 1.
 */
const logFactor = (bin: BinCounts, { bad, good, step }: Bet): number => {
  const requests = bin.candidateRequests + bin.stableRequests
  const share = bin.candidateRequests / requests
  const rest = bin.stableRequests / requests
  const badRatio = -logBlend(-step, good, bad)
  const goodRatio = -logBlend(step, bad, good)
  const allBad = bin.candidateBad + bin.stableBad
  const candidateGood = bin.candidateRequests - bin.candidateBad
  const ofBad = bin.candidateBad * badRatio - allBad * logBlend(badRatio, share, rest)
  const ofGood = candidateGood * goodRatio - (requests - allBad) * logBlend(goodRatio, share, rest)
  return ofBad + ofGood
}
