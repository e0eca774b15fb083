// Engine P for ticks that come for hours: the same e-values as engine-p.ts at any margin, in two sums per component that can be
// written down and gone on with. A ratio has to be fixed beforehand, because no bin is kept.
//
// Events need not be whole: where each observation Y lies in [0, 1] with mean p, E[a^Y] <= 1 + p(a - 1), since a^y is convex
// and so lies below its chord. The proof of engine-p.ts goes on from there, and it holds for margins of either sign.
import type { BinCounts } from './bin.ts'
import { gridLogWeights, gridSize, gridSteps } from './grid.ts'
import type { Interval } from './interval.ts'
import { logSumExp } from './log-sum-exp.ts'
import { crossing } from './margin-crossing.ts'

/** What it knows, in the order of the components: 24 bet on a higher rate of the candidate, 24 on a lower, the last is the ratio. */
export type RateState = {
  /** A: the natural logarithm of each likelihood ratio. */
  readonly logs: readonly number[]
  /** B: the sum of n1 (a - 1). */
  readonly masses: readonly number[]
}

type RateEvidence = {
  /** Adds a bin in which both arms were exposed. */
  add(bin: BinCounts): void
  /** ln E against p1 <= p0 + margin. */
  logAbove(margin: number): number
  /** ln E against p1 >= p0 + margin. */
  logBelow(margin: number): number
  /** ln E against p1 >= ratio · p0. */
  logBelowRatio(): number
  /** Of p1 - p0, right at all times at once with probability 1 - alpha. */
  difference(alpha: number): Interval
  state(): RateState
}

/** The first component that bets on a lower rate. */
const lower = gridSize
const ratioAt = 2 * gridSize
/** How many numbers `logs` and `masses` have. */
export const rateComponents = ratioAt + 1

const zeros: readonly number[] = Array.from({ length: rateComponents }, () => 0)
export const blankRate: RateState = { logs: zeros, masses: zeros }

/** The components of the grid: ln r, and r - 1. */
export const rateSteps = Float64Array.from([...gridSteps, ...gridSteps.map((step) => -step)])
export const rateMoves = rateSteps.map(Math.expm1)

/** `ratio` is the one that `logBelowRatio` asks about. */
export const createRateEvidence = (ratio: number, from: RateState = blankRate): RateEvidence => {
  const steps = Float64Array.from([...rateSteps, Math.log(ratio)])
  const moves = Float64Array.from([...rateMoves, ratio - 1])
  const sums = { logs: Float64Array.from(from.logs), masses: Float64Array.from(from.masses) }
  const { logs, masses } = sums

  const add = (bin: BinCounts): void => {
    const requests = bin.candidateRequests + bin.stableRequests
    const share = bin.candidateRequests / requests
    const rest = bin.stableRequests / requests
    const own = bin.candidateBad
    const all = own + bin.stableBad
    for (let k = 0; k < rateComponents; k += 1) {
      const move = moves[k] ?? 0
      const blended = rest + share * (1 + move)
      masses[k] = (masses[k] ?? 0) + (bin.candidateRequests * rest * move) / blended
      if (all > 0) logs[k] = (logs[k] ?? 0) + own * (steps[k] ?? 0) - all * logBlended(share * move, blended)
    }
  }

  const difference = (alpha: number): Interval => {
    const level = Math.LN2 - Math.log(alpha)
    return {
      lower: crossing(-1, (margin) => mixedAbove(sums, margin) >= level),
      upper: crossing(1, (margin) => mixedBelow(sums, margin) >= level),
    }
  }

  return {
    ...{ add, difference },
    logAbove: (margin) => mixedAbove(sums, margin),
    logBelow: (margin) => mixedBelow(sums, margin),
    logBelowRatio: () => mixedBelow(sums, 0) - (logs[ratioAt] ?? 0),
    state: () => ({ logs: Array.from(logs), masses: Array.from(masses) }),
  }
}

/** ln(1 + share (r - 1)), to its last digits. */
export const logBlended = (moved: number, blended: number): number =>
  moved > -0.5 ? Math.log1p(moved) : Math.log(blended)

type Sums = { readonly logs: Float64Array; readonly masses: Float64Array }

const terms = new Float64Array(gridSize)

const mixed = ({ logs, masses }: Sums, first: number, margin: number): number => {
  for (let k = 0; k < gridSize; k += 1) {
    terms[k] = (gridLogWeights[k] ?? 0) + (logs[first + k] ?? 0) - margin * (masses[first + k] ?? 0)
  }
  return logSumExp(terms)
}

/** ln of the mixture over the components that bet on a higher rate, against p1 <= p0 + margin. */
export const mixedAbove = (sums: Sums, margin: number): number => mixed(sums, 0, margin)
/** Over those that bet on a lower one, against p1 >= p0 + margin. */
export const mixedBelow = (sums: Sums, margin: number): number => mixed(sums, lower, margin)
