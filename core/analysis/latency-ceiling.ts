// A quantile of latency that is too slow whatever was usual before: how many requests of each arm took at least so long, and
// whether their shares are surely above what the quantile allows. Stable is counted as long as the candidate is, so that an
// hour in which both are slow is told from a slow candidate.
import { againstCeiling } from './ceiling.ts'
import type { LatencyMetric } from './metric.ts'
import type { Tally } from './tally.ts'

type Ceiling = NonNullable<LatencyMetric['ceiling']>

export type LatencyCeilingState = Ceiling & { readonly candidate: Tally; readonly stable: Tally }

export type LatencyCeiling = {
  readonly ms: number
  count(arm: 'candidate' | 'stable', elapsedMs: number): void
  /** `worse`: the candidate alone is surely above it. `shared`: both are. */
  verdict(): 'worse' | 'shared' | null
  state(): LatencyCeilingState
}

export const blankCeiling = (ceiling: Ceiling): LatencyCeilingState => ({
  ...ceiling,
  ...{ candidate: { requests: 0, bad: 0 }, stable: { requests: 0, bad: 0 } },
})

/** So many requests of the candidate must have been slow. */
const leastSlow = 3

export const createLatencyCeiling = ({ quantile, ms, ...from }: LatencyCeilingState): LatencyCeiling => {
  const [candidate, stable] = [{ ...from.candidate }, { ...from.stable }]
  const allowed = 1 - quantile
  return {
    ms,
    count: (arm, elapsedMs) => {
      const tally = arm === 'candidate' ? candidate : stable
      tally.requests += 1
      if (elapsedMs >= ms) tally.bad += 1
    },
    verdict: () => {
      if (candidate.bad < leastSlow || candidate.bad <= allowed * candidate.requests) return null
      if (againstCeiling(candidate, allowed) !== 'above') return null
      const ofStable = againstCeiling(stable, allowed)
      if (ofStable === 'open') return null
      return ofStable === 'below' ? 'worse' : 'shared'
    },
    state: () => ({ quantile, ms, candidate: { ...candidate }, stable: { ...stable } }),
  }
}
