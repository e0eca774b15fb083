// A mean of observations that lie between two bounds, known by sums and counts. Two witnesses, and the mean of their e-values:
// the betting mean needs nothing but the bounds, but sees a tick as one difference and is slow; the observations as parts of a
// share (engines/share-evidence.ts) are quick where a tick has many, but lean on their independence. What they claim is tempered
// by how much the ticks scatter, as with latency: work of one process shares its pauses.

import { logSumExp } from '../engines/log-sum-exp.ts'
import type { MeanBet } from '../engines/mean-bet.ts'
import { createMeanBet, stakesFor } from '../engines/mean-bet.ts'
import type { OverdispersionState } from '../engines/overdispersion.ts'
import { blankOverdispersion, createOverdispersion } from '../engines/overdispersion.ts'
import type { ShareState } from '../engines/share-evidence.ts'
import { blankShare, createShareEvidence } from '../engines/share-evidence.ts'
import type { SourceMetric } from '../metric.ts'
import type { OpenCounts } from './source-bins.ts'
import { createSourceBins, noCounts } from './source-bins.ts'
import type { Amount, SourceEvidence } from './source-evidence.ts'
import { leastOfMargin, mirrored, noAmount, plus, scaled } from './source-evidence.ts'
import type { SourceStrata } from './source-strata.ts'
import { createStrata, noStrata } from './source-strata.ts'

export type SourceMeanState = {
  readonly kind: 'mean'
  readonly open: OpenCounts
  readonly share: ShareState
  readonly strata: SourceStrata
  readonly scatter: OverdispersionState
  /** Logarithms of the wealth of those who bet on "worse" and on "within the margin". */
  readonly bets: { readonly worse: readonly number[]; readonly within: readonly number[] }
  /** Sums of the bad parts of the closed bins, to know how much chance there is in one. */
  readonly parts: { readonly candidate: Amount; readonly stable: Amount }
  readonly candidate: Amount
  readonly stable: Amount
}

const even: readonly number[] = stakesFor(0).map(() => 0)

export const blankSourceMean: SourceMeanState = {
  ...{ kind: 'mean', open: noCounts, share: blankShare, strata: noStrata, scatter: blankOverdispersion },
  bets: { worse: even, within: even },
  parts: { candidate: noAmount, stable: noAmount },
  ...{ candidate: noAmount, stable: noAmount },
}

type Plan = Pick<SourceMetric, 'worse' | 'margin'> & { readonly low: number; readonly high: number }

export const createSourceMean = (
  { worse, margin, low, high }: Plan,
  from: SourceMeanState,
): SourceEvidence<SourceMeanState> => {
  const range = high - low
  const most = margin / range
  const bins = createSourceBins(from.open)
  const share = createShareEvidence(from.share)
  const strata = createStrata(from.strata)
  const scatter = createOverdispersion(from.scatter)
  const betWorse = createMeanBet({ margin: 0, stakes: stakesFor(0) }, from.bets.worse)
  // Within the margin: the mean of -D is above -most.
  const betWithin = createMeanBet({ margin: -most, stakes: stakesFor(-most) }, from.bets.within)
  let { candidate, stable, parts } = from

  /** What lies on the wrong side of the better bound, in ranges: a sum of parts in [0, 1]. */
  const badOf = (sum: number, count: number): number => {
    const bad = (worse === 'higher' ? sum - low * count : high * count - sum) / range
    return Math.min(count, Math.max(0, bad))
  }

  const temper = (log: number): number =>
    scatter.tempered(log, { candidate: shareOf(parts.candidate), stable: shareOf(parts.stable) })
  const both = (bet: MeanBet, log: number): number => logSumExp([bet.logEvidence(), temper(log)]) - Math.LN2

  const close = (bin: ReturnType<typeof bins.add>): void => {
    if (bin === null) return
    const { candidateRequests: n1, candidateBad: x1, stableRequests: n0, stableBad: x0 } = bin
    share.add(bin)
    strata.add(bin)
    scatter.add(x1 - (n1 * x0) / n0, n1, n0)
    betWorse.add(x1 / n1 - x0 / n0)
    betWithin.add(x0 / n0 - x1 / n1)
    parts = { candidate: plus(parts.candidate, n1, x1), stable: plus(parts.stable, n0, x0) }
  }

  return {
    add: (own, other) => {
      if (own.kind !== 'mean' || other.kind !== 'mean') return 'wrongKind'
      candidate = plus(candidate, own.count, own.sum)
      stable = plus(stable, other.count, other.sum)
      close(
        bins.add({
          candidateRequests: own.count,
          candidateBad: badOf(own.sum, own.count),
          stableRequests: other.count,
          stableBad: badOf(other.sum, other.count),
        }),
      )
      return null
    },
    learn: () => {},
    logWorse: () => both(betWorse, share.logWorse()),
    logWithin: () => both(betWithin, share.logWithin(most)),
    matters: () => strata.isLargerBy(leastOfMargin * most),
    lacking: () => null,
    told: (alpha) => {
      const ofBad = scaled(share.difference(alpha, temper), range)
      const difference = worse === 'higher' ? ofBad : mirrored(ofBad)
      return { candidate, stable, interval: { of: 'difference', quantile: null, ...difference } }
    },
    state: () => ({
      ...{ kind: 'mean', open: bins.open(), share: share.state(), strata: strata.state(), scatter: scatter.state() },
      ...{ bets: { worse: betWorse.state(), within: betWithin.state() }, parts, candidate, stable },
    }),
  }
}

const shareOf = ({ n, x }: Amount): number => (x + 0.5) / (n + 1)
