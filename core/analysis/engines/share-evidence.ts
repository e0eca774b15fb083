// Evidence about a share that may be anything from rare to certain, bin by bin: worse than stable, within a margin of it, and
// how far apart. Bad events need not be whole: a sum of observations in [0, 1] is judged by the same bounds.
//
// Worse: Engine B, whose variance is p(1 - p) at any p. Its factor per observation is exp(linear in y), convex, so what holds
// for coins holds for observations in [0, 1]. The first bin only tells the baseline: a bet on a guessed one would lose more.
// Within: Engine P pays p for its Poisson bound, which is dear where p is large; asked about the good events it pays 1 - p, and
// p1 - p0 = -(q1 - q0). Both are e-values against the same hypothesis, so their mean is one: at most ln 2 behind the better,
// and at p = ½, the worst case, half as fast as a test that knew the variance.
import type { BinCounts } from './bin.ts'
import type { EngineBState } from './engine-b.ts'
import { blankEngineB, createEngineB } from './engine-b.ts'
import type { Interval } from './interval.ts'
import { logSumExp } from './log-sum-exp.ts'
import { crossing } from './margin-crossing.ts'
import type { RateState } from './rate-evidence.ts'
import { blankRate, createRateEvidence } from './rate-evidence.ts'

export type ShareState = { readonly worse: EngineBState; readonly bad: RateState; readonly good: RateState }

export const blankShare: ShareState = { worse: blankEngineB, bad: blankRate, good: blankRate }

/** Margins and differences are of shares of bad events; e-values are given by their natural logarithm. */
export type ShareEvidence = {
  /** Adds a bin in which both arms were exposed. */
  add(bin: BinCounts): void
  /** Against p1 <= p0. */
  logWorse(): number
  /** Against p1 >= p0 + margin. */
  logWithin(margin: number): number
  /**
   * Of p1 - p0, right at all times at once with probability 1 - alpha; `temper` takes from each logarithm what observations
   * that are not independent must not claim.
   */
  difference(alpha: number, temper: (log: number) => number): Interval
  state(): ShareState
}

/** A share of 0 or 1 is not taken for certain (Jeffreys). */
const prior = { share: 0.5, requests: 1 } as const
/** No ratio is asked about. */
const noRatio = 1

export const createShareEvidence = (from: ShareState = blankShare): ShareEvidence => {
  let worse = createEngineB({ prior, direction: 'up' }, from.worse)
  let blind = from.worse.stableRequests === 0
  const bad = createRateEvidence(noRatio, from.bad)
  const good = createRateEvidence(noRatio, from.good)
  const complement = { candidateRequests: 0, candidateBad: 0, stableRequests: 0, stableBad: 0 }

  const add = (bin: BinCounts): void => {
    const { candidateRequests, stableRequests } = bin
    if (blind) {
      worse = createEngineB({ prior, direction: 'up' }, { ...blankEngineB, stableRequests, stableBad: bin.stableBad })
      blind = false
    } else worse.add(bin)
    bad.add(bin)
    complement.candidateRequests = candidateRequests
    complement.candidateBad = candidateRequests - bin.candidateBad
    complement.stableRequests = stableRequests
    complement.stableBad = stableRequests - bin.stableBad
    good.add(complement)
  }

  const logAbove = (margin: number): number => mean(bad.logAbove(margin), good.logBelow(-margin))
  const logWithin = (margin: number): number => mean(bad.logBelow(margin), good.logAbove(-margin))

  const difference = (alpha: number, temper: (log: number) => number): Interval => {
    const level = Math.LN2 - Math.log(alpha)
    return {
      lower: crossing(-1, (margin) => temper(logAbove(margin)) >= level),
      upper: crossing(1, (margin) => temper(logWithin(margin)) >= level),
    }
  }

  return {
    add,
    logWorse: () => worse.logEvidence(),
    logWithin,
    difference,
    state: () => ({ worse: worse.state(), bad: bad.state(), good: good.state() }),
  }
}

const mean = (one: number, other: number): number => logSumExp([one, other]) - Math.LN2
