// Margins of a share, whatever its size: Engine P asked about the bad events and about the good ones at once. For its Poisson bound
// it pays p of the bad and 1 - p of the good; p1 - p0 = -(q1 - q0), so both are e-values against the same hypothesis and their mean
// is one: at most ln 2 behind the better, and at p = ½, the worst case, half as fast as a test that knew the variance. Both need
// the same logarithms and the same sums of exposure.
import type { BinCounts } from './bin.ts'
import { logSumExp } from './log-sum-exp.ts'
import { logBlended, mixedAbove, mixedBelow, rateMoves, rateSteps } from './rate-evidence.ts'

/** 24 components bet on a higher share of the candidate, 24 on a lower. */
export type ShareRatesState = {
  /** A of the bad events and of the good ones. */
  readonly bad: readonly number[]
  readonly good: readonly number[]
  /** B, which is of exposures alone. */
  readonly masses: readonly number[]
}

/** How many numbers each list of the state has. */
export const shareComponents = rateSteps.length

const zeros: readonly number[] = Array.from(rateSteps, () => 0)
export const blankShareRates: ShareRatesState = { bad: zeros, good: zeros, masses: zeros }

type ShareRates = {
  add(bin: BinCounts): void
  /** ln E against p1 <= p0 + margin. */
  logAbove(margin: number): number
  /** ln E against p1 >= p0 + margin. */
  logBelow(margin: number): number
  state(): ShareRatesState
}

export const createShareRates = (from: ShareRatesState): ShareRates => {
  const masses = Float64Array.from(from.masses)
  const bad = { logs: Float64Array.from(from.bad), masses }
  const good = { logs: Float64Array.from(from.good), masses }

  const add = (bin: BinCounts): void => {
    const requests = bin.candidateRequests + bin.stableRequests
    const share = bin.candidateRequests / requests
    const rest = bin.stableRequests / requests
    const ownBad = bin.candidateBad
    const ownGood = bin.candidateRequests - ownBad
    const allBad = ownBad + bin.stableBad
    const allGood = requests - allBad
    for (let k = 0; k < shareComponents; k += 1) {
      const move = rateMoves[k] ?? 0
      const step = rateSteps[k] ?? 0
      const blended = rest + share * (1 + move)
      const log = logBlended(share * move, blended)
      masses[k] = (masses[k] ?? 0) + (bin.candidateRequests * rest * move) / blended
      bad.logs[k] = (bad.logs[k] ?? 0) + ownBad * step - allBad * log
      good.logs[k] = (good.logs[k] ?? 0) + ownGood * step - allGood * log
    }
  }

  return {
    add,
    logAbove: (margin) => mean(mixedAbove(bad, margin), mixedBelow(good, -margin)),
    logBelow: (margin) => mean(mixedBelow(bad, margin), mixedAbove(good, -margin)),
    state: () => ({ bad: Array.from(bad.logs), good: Array.from(good.logs), masses: Array.from(masses) }),
  }
}

const mean = (one: number, other: number): number => logSumExp([one, other]) - Math.LN2
