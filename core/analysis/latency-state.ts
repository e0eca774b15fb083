// What the latency judge knows, as JSON, and the check that something is such a state.
import type { EngineBState } from './engines/engine-b.ts'
import { gridSize } from './engines/grid.ts'
import type { OverdispersionState } from './overdispersion.ts'
import type { Tally } from './tally.ts'

/** One threshold of stable's latency, and everything that was counted against it. Buckets are those of latency-bucket.ts. */
export type ThresholdState = {
  readonly quantile: number
  /** The first bucket that counts as slow. */
  readonly slow: number
  /** Likewise for the candidate alone, so much farther out that it would matter, and that it would be too slow to promote. */
  readonly farther: number
  readonly beyond: number
  /** Of stable's requests before any was compared with it, the share that was slow, and how many requests that is worth. */
  readonly prior: { readonly share: number; readonly requests: number }
  /** Slow requests of both arms. */
  readonly candidate: Tally
  readonly stable: Tally
  /** Sum over closed bins of the candidate's requests beyond `farther`, less what stable's slow share would have given it. */
  readonly excess: number
  readonly worse: EngineBState
  /** Null where promotion does not ask for this quantile. */
  readonly within: EngineBState | null
  readonly scatter: OverdispersionState
  /** Of the bin under way. */
  readonly open: {
    readonly slow: number
    readonly farther: number
    readonly beyond: number
    readonly stableSlow: number
  }
}

export type LatencyState = {
  /** Stable's histogram since thresholds were last taken from it: [bucket, requests]. */
  readonly recent: readonly (readonly [number, number])[]
  /** The warm-up of the candidate is over. */
  readonly warm: boolean
  /** Empty until frozen. */
  readonly thresholds: readonly ThresholdState[]
  /** The bin under way: its second by the clock of the last observation, and the requests of both arms. */
  readonly open: { readonly second: number | null; readonly candidate: number; readonly stable: number }
  readonly tripped: boolean
}

/** Before the first observation. */
export const blankLatency: LatencyState = {
  recent: [],
  warm: false,
  thresholds: [],
  open: { second: null, candidate: 0, stable: 0 },
  tripped: false,
}

/** The state itself; throws when it is not one that a judge can have had. */
export const checkedLatency = (state: LatencyState): LatencyState => {
  const { recent, thresholds, open } = state
  expect(
    recent.every(([bucket, requests]) => isCount(bucket) && isCount(requests)),
    'recent must be [bucket, requests]',
  )
  expect(isCount(open.candidate) && isCount(open.stable), 'requests must be counts')
  expect(open.second === null || Number.isInteger(open.second), 'open.second must be an integer or null')
  for (const threshold of thresholds) checkThreshold(threshold, open)
  return state
}

const checkThreshold = (threshold: ThresholdState, bin: LatencyState['open']): void => {
  const { quantile, slow, farther, beyond, prior, candidate, stable, excess, worse, within, open } = threshold
  expect(quantile > 0 && quantile < 1, 'a quantile lies between 0 and 1')
  expect([slow, farther, beyond].every(isCount), 'a threshold is the number of a bucket')
  expect(prior.share >= 0 && prior.share <= 1 && isCount(prior.requests), 'a prior is a share of so many requests')
  expect(isTally(candidate) && isTally(stable), 'tallies must be counts, with no more bad than requests')
  expect(Number.isFinite(excess), 'an excess must be a finite sum')
  checkScatter(threshold.scatter)
  for (const engine of [worse, ...(within === null ? [] : [within])]) {
    expect(
      engine.logs.length === gridSize && engine.logs.every(Number.isFinite),
      `an engine has ${gridSize} finite logs`,
    )
    expect(isTally({ requests: engine.stableRequests, bad: engine.stableBad }), 'an engine counts stable requests')
  }
  const inBin = [open.slow, open.farther, open.beyond].every((some) => isCount(some) && some <= bin.candidate)
  expect(inBin && isCount(open.stableSlow) && open.stableSlow <= bin.stable, 'a bin has no more slow than requests')
}

const checkScatter = ({ bins, blocks, stablePart, open }: OverdispersionState): void => {
  const sums = [...Object.values(bins), ...Object.values(blocks), ...Object.values(open), stablePart]
  expect(sums.every(Number.isFinite) && bins.count >= 0 && blocks.count >= 0, 'a scatter is made of finite sums')
}

const expect = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`not a state of the latency judge: ${what}`)
}

const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
const isTally = ({ requests, bad }: Tally): boolean => isCount(requests) && isCount(bad) && bad <= requests
