// Restarts of instances: rare events in instance-seconds, by Engine P. A ratio alone could not be shown while nothing restarts, so
// a candidate is within its margin also when it restarts hardly more often than stable in absolute terms.
import { logSumExp } from '../engines/log-sum-exp.ts'
import type { RateState } from '../engines/rate-evidence.ts'
import { blankRate, createRateEvidence } from '../engines/rate-evidence.ts'
import type { SourceMetric } from '../metric.ts'
import type { OpenCounts } from './source-bins.ts'
import { createSourceBins, noCounts } from './source-bins.ts'
import type { Amount, SourceEvidence } from './source-evidence.ts'
import { noAmount, plus } from './source-evidence.ts'
import type { SourceStrata } from './source-strata.ts'
import { createStrata, noStrata } from './source-strata.ts'

export type SourceRestartsState = {
  readonly kind: 'restarts'
  readonly open: OpenCounts
  readonly rate: RateState
  readonly strata: SourceStrata
  readonly candidate: Amount
  readonly stable: Amount
}

export const blankSourceRestarts: SourceRestartsState = {
  ...{ kind: 'restarts', open: noCounts, rate: blankRate, strata: noStrata },
  ...{ candidate: noAmount, stable: noAmount },
}

const leastRestarts = 3
/** So many more restarts per instance-second are within any margin: one in ten minutes of an instance. */
export const restartsAllowed = 1 / 600

export const createSourceRestarts = (
  { margin }: Pick<SourceMetric, 'margin'>,
  from: SourceRestartsState,
): SourceEvidence<SourceRestartsState> => {
  const bins = createSourceBins(from.open)
  const rate = createRateEvidence(margin, from.rate)
  const strata = createStrata(from.strata)
  let { candidate, stable } = from

  return {
    add: (own, other) => {
      if (own.kind !== 'share' || other.kind !== 'share') return 'wrongKind'
      candidate = plus(candidate, own.total, own.hits)
      stable = plus(stable, other.total, other.hits)
      const bin = bins.add({
        candidateRequests: own.total,
        candidateBad: own.hits,
        stableRequests: other.total,
        stableBad: other.hits,
      })
      if (bin === null) return null
      rate.add(bin)
      strata.add(bin)
      return null
    },
    learn: () => {},
    logWorse: () => rate.logAbove(0),
    // Against an intersection of hypotheses the mean of the evidence against each is evidence (spec section 1.2).
    logWithin: () => logSumExp([rate.logBelowRatio(), rate.logBelow(restartsAllowed)]) - Math.LN2,
    matters: () => candidate.x >= leastRestarts && strata.isTimes(margin),
    lacking: () => null,
    told: (alpha) => ({
      ...{ candidate, stable },
      interval: { of: 'difference', quantile: null, ...rate.difference(alpha) },
    }),
    state: () => ({
      ...{ kind: 'restarts', open: bins.open(), rate: rate.state(), strata: strata.state(), candidate, stable },
    }),
  }
}
