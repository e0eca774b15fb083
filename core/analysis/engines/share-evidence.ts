// Evidence about a share that may be anything from rare to certain, bin by bin: worse than stable, within a margin of it, and
// how far apart. Bad events need not be whole: a sum of observations in [0, 1] is judged by the same bounds.
//
// Worse: Engine B, whose variance is p(1 - p) at any p. Its factor per observation is exp(linear in y), convex, so what holds
// for coins holds for observations in [0, 1]. The first bin only tells the baseline: a bet on a guessed one would lose more. A part
// of the bet waits for a regression that begins late (patient-b.ts).
// Within: Engine P on bad and on good events (share-rates.ts).
import type { BinCounts } from './bin.ts'
import type { Interval } from './interval.ts'
import { crossing } from './margin-crossing.ts'
import type { PatientState } from './patient-b.ts'
import { blankPatient, createPatientB } from './patient-b.ts'
import type { ShareRatesState } from './share-rates.ts'
import { blankShareRates, createShareRates } from './share-rates.ts'

export type ShareState = { readonly worse: PatientState; readonly rates: ShareRatesState }

export const blankShare: ShareState = { worse: blankPatient, rates: blankShareRates }

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

export const createShareEvidence = (from: ShareState = blankShare): ShareEvidence => {
  let worse = createPatientB({ prior, direction: 'up' }, from.worse)
  let blind = from.worse.engine.stableRequests === 0
  const rates = createShareRates(from.rates)

  const add = (bin: BinCounts): void => {
    rates.add(bin)
    if (!blind) {
      worse.add(bin)
      return
    }
    const { stableRequests, stableBad } = bin
    const engine = { ...blankPatient.engine, stableRequests, stableBad }
    worse = createPatientB({ prior, direction: 'up' }, { ...blankPatient, engine })
    blind = false
  }

  const difference = (alpha: number, temper: (log: number) => number): Interval => {
    const level = Math.LN2 - Math.log(alpha)
    return {
      lower: crossing(-1, (margin) => temper(rates.logAbove(margin)) >= level),
      upper: crossing(1, (margin) => temper(rates.logBelow(margin)) >= level),
    }
  }

  return {
    add,
    logWorse: () => worse.logEvidence(),
    logWithin: rates.logBelow,
    difference,
    state: () => ({ worse: worse.state(), rates: rates.state() }),
  }
}
