// A share that a source counts (hits of a total), and likewise everything that can be written as one.
import type { BinCounts } from '../engines/bin.ts'
import type { ShareState } from '../engines/share-evidence.ts'
import { blankShare, createShareEvidence } from '../engines/share-evidence.ts'
import type { SourceMetric } from '../metric.ts'
import type { OpenCounts } from './source-bins.ts'
import { createSourceBins, noCounts } from './source-bins.ts'
import type { Amount, SourceEvidence } from './source-evidence.ts'
import { leastOfMargin, mirrored, noAmount, plus } from './source-evidence.ts'
import type { SourceStrata } from './source-strata.ts'
import { createStrata, noStrata } from './source-strata.ts'

export type SourceShareState = {
  readonly kind: 'share'
  readonly open: OpenCounts
  readonly share: ShareState
  readonly strata: SourceStrata
  readonly candidate: Amount
  readonly stable: Amount
}

export const blankSourceShare: SourceShareState = {
  ...{ kind: 'share', open: noCounts, share: blankShare, strata: noStrata },
  ...{ candidate: noAmount, stable: noAmount },
}

/** Evidence alone decides nothing: so many of the candidate's must have been bad. */
const leastBad = 3
/** Of rare events a multiple matters, however small the difference is. */
const leastRatio = 2

type Plan = Pick<SourceMetric, 'worse' | 'margin'>

export const createSourceShare = (
  { worse, margin }: Plan,
  from: SourceShareState,
): SourceEvidence<SourceShareState> => {
  const bins = createSourceBins(from.open)
  const evidence = createShareEvidence(from.share)
  const strata = createStrata(from.strata)
  let { candidate, stable } = from
  const badOf = (hits: number, total: number): number => (worse === 'higher' ? hits : total - hits)
  const independent = (log: number): number => log

  const count = (bin: BinCounts | null): void => {
    if (bin === null) return
    evidence.add(bin)
    strata.add(bin)
  }

  return {
    add: (own, other) => {
      if (own.kind !== 'share' || other.kind !== 'share') return 'wrongKind'
      candidate = plus(candidate, own.total, own.hits)
      stable = plus(stable, other.total, other.hits)
      count(
        bins.add({
          candidateRequests: own.total,
          candidateBad: badOf(own.hits, own.total),
          stableRequests: other.total,
          stableBad: badOf(other.hits, other.total),
        }),
      )
      return null
    },
    learn: () => {},
    logWorse: evidence.logWorse,
    logWithin: () => evidence.logWithin(margin),
    matters: () =>
      badOf(candidate.x, candidate.n) >= leastBad &&
      (strata.isLargerBy(leastOfMargin * margin) || strata.isTimes(leastRatio)),
    lacking: () => null,
    told: (alpha) => {
      const ofBad = evidence.difference(alpha, independent)
      const difference = worse === 'higher' ? ofBad : mirrored(ofBad)
      return { candidate, stable, interval: { of: 'difference', quantile: null, ...difference } }
    },
    state: () => ({
      ...{ kind: 'share', open: bins.open(), share: evidence.state(), strata: strata.state(), candidate, stable },
    }),
  }
}
