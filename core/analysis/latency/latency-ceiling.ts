// A quantile of latency that is too slow whatever was usual before: how many requests of each arm took at least so long, and
// whether their shares are surely above what the quantile allows. Stable is counted as long as the candidate is, so that an
// hour in which both are slow is told from a slow candidate.
import { againstCeiling } from '../ceiling.ts'
import type { OpenStratum, Strata } from '../errors/practical-margin.ts'
import { createPracticalMargin, noStrata } from '../errors/practical-margin.ts'
import type { LatencyMetric } from '../metric.ts'
import type { Tally } from '../tally.ts'

type Ceiling = NonNullable<LatencyMetric['ceiling']>

export type LatencyCeilingState = Ceiling & {
  readonly candidate: Tally
  readonly stable: Tally
  /** What stable did in the seconds in which the candidate had its requests. */
  readonly strata: Strata
  readonly open: OpenStratum
}

export type LatencyCeiling = {
  readonly ms: number
  count(arm: 'candidate' | 'stable', elapsedMs: number): void
  /** A second is over. */
  turn(): void
  /** `worse`: the candidate alone is surely above it. `shared`: both are. */
  verdict(): 'worse' | 'shared' | null
  state(): LatencyCeilingState
}

const noTally: Tally = { requests: 0, bad: 0 }

export const blankCeiling = (ceiling: Ceiling): LatencyCeilingState => ({
  ...ceiling,
  ...{ candidate: noTally, stable: noTally, strata: noStrata, open: { candidate: noTally, stable: noTally } },
})

/** So many requests of the candidate must have been slow. */
const leastSlow = 3

export const createLatencyCeiling = ({ quantile, ms, ...from }: LatencyCeilingState): LatencyCeiling => {
  const [candidate, stable] = [{ ...from.candidate }, { ...from.stable }]
  const margin = createPracticalMargin(from.strata, from.open)
  const allowed = 1 - quantile
  return {
    ms,
    count: (arm, elapsedMs) => {
      const [tally, isSlow] = [arm === 'candidate' ? candidate : stable, elapsedMs >= ms]
      tally.requests += 1
      if (isSlow) tally.bad += 1
      if (arm === 'candidate') margin.countCandidate(isSlow)
      else margin.countStable(isSlow)
    },
    turn: margin.turn,
    verdict: () => {
      if (candidate.bad < leastSlow || candidate.bad <= allowed * candidate.requests) return null
      if (againstCeiling(candidate, allowed) !== 'above') return null
      const ofStable = againstCeiling(stable, allowed)
      if (ofStable === 'open') return null
      return ofStable === 'above' || (margin.usual(candidate.bad) ?? 0) > allowed ? 'shared' : 'worse'
    },
    state: () => ({
      ...{ quantile, ms, candidate: { ...candidate }, stable: { ...stable } },
      ...{ strata: margin.strata(), open: margin.open() },
    }),
  }
}
