// Two point estimates of how much worse the candidate is, stratified by ticks of one second and never pooled (Simpson's
// paradox: weight and error rate both change over a rollout). They only ever hold a rollback back, so they cost no
// validity: what is worse beyond doubt but by a trifle is left alone.
import type { PartsPerMillion } from '../../time.ts'
import { everything } from '../../time.ts'
import type { Tally } from '../tally.ts'

/** Sums over closed strata; a stratum closes at the end of the tick in which it has seen both arms. */
export type Strata = {
  readonly candidateRequests: number
  /** Σ bad of the candidate beyond what stable's rate would have given it. */
  readonly excess: number
  /** Σ x1 n0/(n0+n1), the numerator of the Mantel-Haenszel ratio. */
  readonly mhCandidate: number
  /** Σ x0 n1/(n0+n1), its denominator. */
  readonly mhStable: number
}

export const noStrata: Strata = { candidateRequests: 0, excess: 0, mhCandidate: 0, mhStable: 0 }

/** The stratum that is still open. */
export type OpenStratum = { readonly candidate: Tally; readonly stable: Tally }

const leastExcess = 0.001
const leastRatio = 2

/** True when the excess is at least 0.1 percentage points or the ratio at least 2. */
export const isPractical = ({ candidateRequests, excess, mhCandidate, mhStable }: Strata): boolean =>
  candidateRequests > 0 && // without any stable request there is no estimate
  (excess >= leastExcess * candidateRequests || (mhCandidate > 0 && mhCandidate >= leastRatio * mhStable))

type PracticalMargin = {
  countCandidate(bad: boolean): void
  countStable(bad: boolean): void
  /** One that was counted as good, maybe in an earlier tick, went bad after all; by the weight of its session. */
  turnedBad(arm: 'candidate' | 'stable', weight: PartsPerMillion): void
  /** A tick is over. */
  turn(): void
  /** True when the excess is at least 0.1 percentage points or the ratio at least 2, the open tick counted in. */
  exceeded(): boolean
  /**
   * The share of bad ones that stable had in the same ticks, as the candidate's requests lie in them; null where no tick had both.
   * `candidateBad`: of all ticks.
   */
  usual(candidateBad: number): number | null
  strata(): Strata
  open(): OpenStratum
}

export const createPracticalMargin = (closed: Strata, started: OpenStratum): PracticalMargin => {
  let { candidateRequests, excess, mhCandidate, mhStable } = closed
  let [n1, x1] = [started.candidate.requests, started.candidate.bad]
  let [n0, x0] = [started.stable.requests, started.stable.bad]

  const withOpen = (): Strata => {
    if (n1 === 0 || n0 === 0) return { candidateRequests, excess, mhCandidate, mhStable }
    return {
      candidateRequests: candidateRequests + n1,
      excess: excess + x1 - (n1 * x0) / n0,
      mhCandidate: mhCandidate + (x1 * n0) / (n0 + n1),
      mhStable: mhStable + (x0 * n1) / (n0 + n1),
    }
  }

  const turn = (): void => {
    if (n1 === 0 || n0 === 0) return // carried over: there is nothing to compare with yet
    const sums = withOpen()
    candidateRequests = sums.candidateRequests
    excess = sums.excess
    mhCandidate = sums.mhCandidate
    mhStable = sums.mhStable
    n1 = 0
    x1 = 0
    n0 = 0
    x0 = 0
  }

  // Its tick is over, so the known weight stands for the shares n1/(n0+n1) and n0/(n0+n1) of its stratum.
  const turnedBad = (arm: 'candidate' | 'stable', weight: PartsPerMillion): void => {
    if (weight <= 0 || weight >= everything) return
    const share = weight / everything
    if (arm === 'candidate') {
      excess += 1
      mhCandidate += 1 - share
    } else {
      excess -= share / (1 - share)
      mhStable += share
    }
  }

  const exceeded = (): boolean => isPractical(withOpen())

  const usual = (candidateBad: number): number | null => {
    const sums = withOpen()
    const compared = candidateBad - (n0 === 0 ? x1 : 0)
    return sums.candidateRequests === 0 ? null : (compared - sums.excess) / sums.candidateRequests
  }

  return {
    countCandidate: (bad) => {
      n1 += 1
      if (bad) x1 += 1
    },
    countStable: (bad) => {
      n0 += 1
      if (bad) x0 += 1
    },
    turnedBad,
    turn,
    ...{ exceeded, usual },
    strata: () => ({ candidateRequests, excess, mhCandidate, mhStable }),
    open: () => ({ candidate: { requests: n1, bad: x1 }, stable: { requests: n0, bad: x0 } }),
  }
}
