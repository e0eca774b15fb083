// Point estimates of how much worse the candidate is, summed over ticks and never pooled (Simpson's paradox: weight and level
// both change over a rollout). They only ever hold a decision back, so they cost no validity: what is worse beyond doubt but
// by a trifle is left alone.
import type { BinCounts } from '../engines/bin.ts'

/** Sums over ticks in which both arms were exposed. */
export type SourceStrata = {
  readonly exposure: number
  /** Bad events of the candidate beyond what stable's rate would have given it. */
  readonly excess: number
  /** Numerator and denominator of the Mantel-Haenszel ratio. */
  readonly ownBad: number
  readonly stableBad: number
}

export const noStrata: SourceStrata = { exposure: 0, excess: 0, ownBad: 0, stableBad: 0 }

type Strata = {
  add(bin: BinCounts): void
  /** The candidate's share of bad events is larger by so much, as it was seen. */
  isLargerBy(difference: number): boolean
  /** It is so many times as large, as it was seen. */
  isTimes(ratio: number): boolean
  state(): SourceStrata
}

export const createStrata = (from: SourceStrata): Strata => {
  let { exposure, excess, ownBad, stableBad } = from
  return {
    add: ({ candidateRequests: n1, candidateBad: x1, stableRequests: n0, stableBad: x0 }) => {
      exposure += n1
      excess += x1 - (n1 * x0) / n0
      ownBad += (x1 * n0) / (n0 + n1)
      stableBad += (x0 * n1) / (n0 + n1)
    },
    isLargerBy: (difference) => excess > 0 && excess >= difference * exposure,
    isTimes: (ratio) => ownBad > 0 && ownBad >= ratio * stableBad,
    state: () => ({ exposure, excess, ownBad, stableBad }),
  }
}
