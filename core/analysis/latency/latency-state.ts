// What the latency judge knows, as JSON, and the check that something is such a state.
import type { Decision, Note, Rule } from '../decision.ts'
import type { ScatterState } from '../engines/scatter.ts'
import type { Tally } from '../tally.ts'
import { latencyBets, slownessScores } from './latency-bets.ts'
import type { LatencyCeilingState } from './latency-ceiling.ts'
import type { LatencyScatterState } from './latency-scatter.ts'
import type { WithinState } from './latency-within.ts'
import { withinBets } from './latency-within.ts'

/**
 * Thresholds of stable's latency, ascending, and everything that was counted against them. They part latency into categories,
 * one more than there are thresholds, the quickest first. Buckets are those of latency-bucket.ts.
 */
export type ThresholdsState = {
  readonly quantiles: readonly number[]
  /** By threshold: the first bucket that counts as slow. */
  readonly slow: readonly number[]
  /** Likewise for the candidate alone, so much farther out that it would matter. */
  readonly farther: readonly number[]
  /** Of stable's requests before any was compared, the share of each category, and how many requests that is worth. */
  readonly prior: { readonly shares: readonly number[]; readonly requests: number }
  /** Requests by category, in bins that are over. */
  readonly candidate: readonly number[]
  readonly stable: readonly number[]
  /** By threshold: as many slow requests as the candidate would have had with stable's share, second by second. */
  readonly expected: readonly number[]
  /** By threshold: the candidate's requests beyond `farther`, less those. */
  readonly excess: readonly number[]
  /** Of each bet on a slowdown the logarithm of what it won. */
  readonly won: readonly number[]
  /** For promotion, by the quantiles that it asks for. */
  readonly within: readonly WithinState[]
  readonly scatter: LatencyScatterState
  /** The bin under way: by category, by threshold, by quantile of promotion. */
  readonly open: {
    readonly candidate: readonly number[]
    readonly stable: readonly number[]
    readonly farther: readonly number[]
    readonly beyond: readonly number[]
  }
}

export type LatencyState = {
  /** Stable's histogram since thresholds were last taken from it: [bucket, requests]. */
  readonly recent: readonly (readonly [number, number])[]
  /** The warm-up of the candidate is over. */
  readonly warm: boolean
  /** The candidate is compared; before, thresholds only serve to see how stable scatters by itself. */
  readonly comparing: boolean
  readonly thresholds: ThresholdsState | null
  /** Of the bin under way, by the clock of the last observation. */
  readonly second: number | null
  /** Null where there is none. */
  readonly ceiling: LatencyCeilingState | null
  /** A hold is decided once and may be followed by what follows when the candidate is judged worse; that is final. */
  readonly decided: 'nothing' | 'pause' | Decision['kind']
  /** What it was decided by. */
  readonly by: Rule | null
  /** What it had come to when it was judged worse, where that did not lead back. */
  readonly noted: Note | null
}

/** Before the first observation. */
export const blankLatency: LatencyState = {
  ...{ recent: [], warm: false, comparing: false, thresholds: null, second: null },
  ...{ ceiling: null, decided: 'nothing', by: null, noted: null },
}

/** The state itself; throws when it is not one that a judge can have had. */
export const checkedLatency = (state: LatencyState): LatencyState => {
  const { recent, thresholds, second, comparing, ceiling } = state
  expect(
    recent.every(([bucket, requests]) => isCount(bucket) && isCount(requests)),
    'recent must be [bucket, requests]',
  )
  expect(second === null || Number.isInteger(second), 'second must be an integer or null')
  expect(thresholds !== null || !comparing, 'nothing is compared without thresholds')
  if (thresholds !== null) checkThresholds(thresholds)
  if (ceiling !== null) checkCeiling(ceiling)
  checkDecided(state)
  return state
}

const decisions: readonly string[] = ['nothing', 'hold', 'trip', 'pause', 'note'] satisfies LatencyState['decided'][]

const checkDecided = ({ decided, by, noted }: LatencyState): void => {
  expect(decisions.includes(decided), `decided must be one of ${decisions.join(', ')}`)
  expect((decided === 'nothing') === (by === null), 'what is decided is decided by something')
  expect((decided === 'note' || decided === 'pause') === (noted !== null), 'noted belongs to a note or a pause')
  if (noted === null) return
  expect(isTally(noted.candidate) && isTally(noted.stable), 'a note has the figures of its moment')
  expect(noted.evidence >= 0 && noted.limit >= 0, 'a note has the figures of its moment')
}

const checkCeiling = ({ quantile, ms, candidate, stable, strata, open }: LatencyCeilingState): void => {
  expect(quantile > 0 && quantile < 1 && ms > 0, 'a ceiling is a quantile and a time')
  const tallies = [candidate, stable, open.candidate, open.stable]
  expect(tallies.every(isTally), 'tallies must be counts, with no more bad than requests')
  expect(Object.values(strata).every(Number.isFinite), 'strata must be finite sums')
}

const checkThresholds = (state: ThresholdsState): void => {
  const { quantiles, slow, farther, prior, candidate, stable, expected, excess, won, within, open } = state
  const [edges, categories] = [quantiles.length, quantiles.length + 1]
  expect(edges > 0 && isAscending(quantiles), 'quantiles must ascend')
  expect(
    quantiles.every((quantile) => quantile > 0 && quantile < 1),
    'a quantile lies between 0 and 1',
  )
  expect([slow, farther].every(areCounts(edges)) && isAscending(slow), 'a threshold is the number of a bucket')
  expect(prior.shares.length === categories && isDistribution(prior.shares), 'a prior is a share of each category')
  expect(isCount(prior.requests), 'a prior is worth so many requests')
  expect([candidate, stable, open.candidate, open.stable].every(areCounts(categories)), 'requests must be counts')
  const candidates = open.candidate.reduce((sum, requests) => sum + requests, 0)
  const slowInBin = [...open.farther, ...open.beyond].every((some) => some <= candidates)
  expect(areCounts(edges)(open.farther) && areCounts(within.length)(open.beyond), 'slow requests must be counts')
  expect(slowInBin, 'a bin has no more slow than requests')
  expect([expected, excess].every(areFinite(edges)), 'sums by threshold must be finite')
  expect(areFinite(latencyBets)(won), `there are ${latencyBets} bets`)
  for (const one of within) checkWithin(one, edges)
  checkScatter(state.scatter, slownessScores(prior.shares).length + within.length)
}

const checkWithin = ({ at, beyond, step, won }: WithinState, edges: number): void => {
  expect(isCount(at) && at < edges && isCount(beyond), 'promotion asks for one of the thresholds')
  expect(Number.isFinite(step) && areFinite(withinBets)(won), `there are ${withinBets} bets of promotion`)
}

const checkScatter = ({ series, stablePart, noise }: LatencyScatterState, scores: number): void => {
  const { bins, blocks, open } = series
  const areSums = areFinite(scores)
  const isScatter = ({ count, n, nn, d, dd, dn }: ScatterState): boolean =>
    isCount(count) && Number.isFinite(n) && Number.isFinite(nn) && [d, dd, dn].every(areSums)
  expect([bins, blocks].every(isScatter), 'a scatter is made of finite sums')
  expect(isCount(open.count) && Number.isFinite(open.n) && areSums(open.d), 'a block is made of finite sums')
  expect(Number.isFinite(stablePart), 'a scatter is made of finite sums')
  if (noise === null) return
  expect([noise.bins, noise.blocks].every(areSums) && noise.requests >= 0, 'noise is a ratio for each score')
}

const expect = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`not a state of the latency judge: ${what}`)
}

const isTally = ({ requests, bad }: Tally): boolean => isCount(requests) && isCount(bad) && bad <= requests
const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0
const areCounts =
  (many: number) =>
  (values: readonly number[]): boolean =>
    values.length === many && values.every(isCount)
const areFinite =
  (many: number) =>
  (values: readonly number[]): boolean =>
    values.length === many && values.every(Number.isFinite)
const isAscending = (values: readonly number[]): boolean =>
  values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0))
const isDistribution = (shares: readonly number[]): boolean =>
  shares.every((share) => share > 0 && share <= 1) && Math.abs(shares.reduce((sum, one) => sum + one, 0) - 1) < 1e-6
