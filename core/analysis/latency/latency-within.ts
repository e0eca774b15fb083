// Evidence that the candidate is not slower than a margin allows, at one quantile: fewer of its requests take longer than
// margin times the threshold than of stable's take longer than the threshold. The bets know what a candidate that is just as
// quick would show: stable's own share beyond the shifted threshold, when it was taken. So one bet is on that, and three on
// some more and some less; one that knew nothing would need a fifth more requests.
import type { BinCounts } from '../engines/bin.ts'
import type { CategoryBets } from '../engines/category-evidence.ts'
import { createCategoryEvidence } from '../engines/category-evidence.ts'

export type WithinState = {
  /** The place of its threshold among all. */
  readonly at: number
  /** The first bucket beyond the shifted threshold. */
  readonly beyond: number
  /** Log odds of stable's share beyond that, less those beyond the threshold. */
  readonly step: number
  /** Of each bet the logarithm of what it won. */
  readonly won: readonly number[]
}

/** Parts of the step, and their weights. */
const bets = [
  { part: 0.6, weight: 0.15 },
  { part: 1, weight: 0.6 },
  { part: 1.4, weight: 0.15 },
  { part: 2.5, weight: 0.1 },
] as const
/** Where stable has next to nothing between the two thresholds: a candidate that is far quicker can be shown to be all the same. */
const leastStep = 0.1

export const withinBets = bets.length

export const blankWithin = (step: number): Pick<WithinState, 'step' | 'won'> => ({ step, won: bets.map(() => 0) })

export type Within = {
  /** A bin, in which each arm has a request; `usual` is stable's share of slow requests, told before. */
  add(bin: BinCounts, usual: number): void
  /** Natural logarithm of the e-value, where what a bet has won is divided by the factor. */
  logEvidence(factor: number): number
  won(): readonly number[]
}

/** Slow is beyond the threshold with stable, beyond the shifted threshold with the candidate. */
export const createWithin = ({ step, won }: Pick<WithinState, 'step' | 'won'>): Within => {
  const evidence = createCategoryEvidence(betsOn(step), won)
  const bin = { candidate: new Float64Array(2), stable: new Float64Array(2), candidateRequests: 0, stableRequests: 0 }
  const shares = new Float64Array(2)
  return {
    add: ({ candidateRequests, candidateBad, stableRequests, stableBad }, usual) => {
      bin.candidate[0] = candidateRequests - candidateBad
      bin.candidate[1] = candidateBad
      bin.candidateRequests = candidateRequests
      bin.stable[0] = stableRequests - stableBad
      bin.stable[1] = stableBad
      bin.stableRequests = stableRequests
      shares[0] = 1 - usual
      shares[1] = usual
      evidence.add(bin, shares)
    },
    logEvidence: (factor) => evidence.logEvidence(() => factor),
    won: evidence.won,
  }
}

/** Of two categories, quick enough and too slow; no bet rises towards the slow one. */
const betsOn = (step: number): CategoryBets => ({
  logWeights: bets.map(({ weight }) => Math.log(weight)),
  logRatios: bets.map(({ part }) => Float64Array.of(0, part * Math.min(step, -leastStep))),
})
