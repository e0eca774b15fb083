// Engine P, for rare bad events: likelihood ratios of "which arm did the bad event hit", mixed over a grid. There is no
// model of the baseline, so an incident that both arms share cancels exactly.
//
// Per bin with candidate share w and a rate ratio r: a = r/(1 + w(r-1)), b = 1/(1 + w(r-1)), A = Σ x1 ln a + x0 ln b,
// B = Σ n1(a-1). For r > 1, exp(A - δB) is a nonnegative supermartingale under p1 <= p0 + δ (for r < 1 under >=), since
// E[a^x1 b^x0] <= exp(n1 p1(a-1) + n0 p0(b-1)) and n1(a-1) + n0(b-1) = 0. Likewise exp(A(r) - A(r0)) under p1 <= r0 p0 for r > r0
// (cf. Lindon & Malek, NeurIPS 2022). A convex combination of such processes is one, and Ville's inequality
// makes it valid at every look.
import type { BinCounts } from './bin.ts'
import { createOpenBin } from './bin.ts'
import { gridLogWeights, gridSize, gridSteps } from './grid.ts'
import type { Interval } from './interval.ts'
import { logBlend, logSumExp } from './log-sum-exp.ts'
import { crossing } from './margin-crossing.ts'
import { createRateLikelihood } from './rate-likelihood.ts'

/** All e-values are given by their natural logarithm. Rates are shares (0.01 is 1 %), margins are differences of rates. */
export type EngineP = {
  /** Adds the counts of a tick. A tick in which one arm had no request is carried over to the next. */
  add(tick: BinCounts): void
  /** Against p1 <= p0 + margin. */
  logWorse(margin: number): number
  /** Against p1 <= ratio · p0. */
  logWorseThanRatio(ratio: number): number
  /** Against p1 >= p0 + margin. */
  logNoninferior(margin: number): number
  /** Against p1 >= ratio · p0. */
  logNoninferiorToRatio(ratio: number): number
  /** Of p1 - p0, right at all times at once with probability 1 - alpha. */
  difference(alpha: number): Interval
  /** Of p1 / p0, likewise. */
  ratio(alpha: number): Interval
}

/** Components 0 to 23 bet on a worse candidate, 24 to 47 on a better one. */
const components = 2 * gridSize
const steps = new Float64Array([...gridSteps, ...gridSteps.map((step) => -step)])
const logWeights = new Float64Array([...gridLogWeights, ...gridLogWeights])
const worse = 0
const better = gridSize

export const createEngineP = (): EngineP => {
  const likelihood = createRateLikelihood()
  const logs = new Float64Array(components)
  const compensators = new Float64Array(components)
  const terms = new Float64Array(components)
  const bin = createOpenBin()

  const add = (tick: BinCounts): void => {
    if (!bin.add(tick)) return
    likelihood.add(bin)
    for (let k = 0; k < components; k += 1) {
      const step = steps[k] ?? 0
      logs[k] = (logs[k] ?? 0) + logRatio(bin, step)
      compensators[k] = (compensators[k] ?? 0) + compensator(bin, step)
    }
  }

  const mixed = (from: number, margin: number): number => {
    for (let k = 0; k < gridSize; k += 1) {
      terms[k] = (logWeights[k] ?? 0) + (logs[from + k] ?? 0) - margin * (compensators[from + k] ?? 0)
    }
    return logSumExp(terms, gridSize)
  }

  /** The components beyond the ratio in the direction of their bet, with their weights scaled to sum to 1. */
  const mixedBeyond = (from: number, ratio: number): number => {
    const origin = Math.log(ratio)
    const direction = from === worse ? 1 : -1
    let used = 0
    let weight = 0
    for (let k = from; k < from + gridSize; k += 1) {
      if (direction * ((steps[k] ?? 0) - origin) <= 0) continue
      terms[used] = (logWeights[k] ?? 0) + (logs[k] ?? 0)
      weight += Math.exp(logWeights[k] ?? 0)
      used += 1
    }
    if (used === 0) return 0 // no component can bet against such a ratio: an empty bet stays at 1
    const whole = used === gridSize ? 0 : Math.log(weight)
    return logSumExp(terms, used) - whole - likelihood.at(origin)
  }

  const ratio = (alpha: number): Interval => {
    for (let k = 0; k < components; k += 1) terms[k] = (logWeights[k] ?? 0) + (logs[k] ?? 0)
    return likelihood.above(logSumExp(terms) - Math.LN2 + Math.log(alpha))
  }

  return {
    add,
    logWorse: (margin) => mixed(worse, margin),
    logWorseThanRatio: (least) => mixedBeyond(worse, least),
    logNoninferior: (margin) => mixed(better, margin),
    logNoninferiorToRatio: (most) => mixedBeyond(better, most),
    difference: (alpha) => {
      const level = Math.LN2 - Math.log(alpha)
      return {
        lower: crossing(-1, (margin) => mixed(worse, margin) >= level),
        upper: crossing(1, (margin) => mixed(better, margin) >= level),
      }
    },
    ratio,
  }
}

/** Rolls back only what is worse than both margins: a union of hypotheses needs each one's evidence. */
export const logRollback = (
  engine: EngineP,
  margins: { readonly ratio: number; readonly difference: number },
): number => Math.min(engine.logWorseThanRatio(margins.ratio), engine.logWorse(margins.difference))

/** Promotes what is within either margin: against an intersection of hypotheses their average is evidence. */
export const logPromote = (engine: EngineP, margins: { readonly ratio: number; readonly difference: number }): number =>
  logSumExp([engine.logNoninferiorToRatio(margins.ratio), engine.logNoninferior(margins.difference)]) - Math.LN2

const logRatio = (bin: BinCounts, step: number): number => {
  const bad = bin.candidateBad + bin.stableBad
  if (bad === 0) return 0
  const requests = bin.candidateRequests + bin.stableRequests
  return bin.candidateBad * step - bad * logBlend(step, bin.candidateRequests / requests, bin.stableRequests / requests)
}

/** n1 (a - 1), written so that nothing cancels. */
const compensator = (bin: BinCounts, step: number): number => {
  const requests = bin.candidateRequests + bin.stableRequests
  const share = bin.candidateRequests / requests
  const rest = bin.stableRequests / requests
  return (bin.candidateRequests * rest * Math.expm1(step)) / (rest + share * Math.exp(step))
}
