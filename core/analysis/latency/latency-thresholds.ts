// The thresholds that were taken from stable's latency, and what both arms did against them, second by second: the evidence
// that the candidate is slower, the evidence that it is slower by no more than promotion allows, and which threshold tells
// most. Knows nothing of warm-up, of weights and of when thresholds are taken anew.
import type { Slowness } from '../decision.ts'
import { createCategoryEvidence } from '../engines/category-evidence.ts'
import { divergence } from '../engines/information-limit.ts'
import type { Tally } from '../tally.ts'
import { betsOn, kindOfBet, latencyBets, slownessScores, thresholdQuantiles } from './latency-bets.ts'
import { latencyBucket, latencyBucketStartMs } from './latency-bucket.ts'
import { edgeAt, logit } from './latency-edge.ts'
import { blankLatencyScatter, createLatencyScatter } from './latency-scatter.ts'
import type { ThresholdsState } from './latency-state.ts'
import type { WithinState } from './latency-within.ts'
import { blankWithin, createWithin } from './latency-within.ts'

/** What is asked for: see LatencyMetric. */
export type Asked = { readonly quantiles: readonly number[]; readonly margin: number }

/** More of the past is worth no more than this: a service changes. */
const mostBefore = 6_000
/** Thresholds are left when so many slow requests of stable were seen and expected, and their odds are off by this factor. */
const leastToLeave = 30
const leftBy = 2
/** Evidence alone does not take a release out: so many of its requests must have been slow. */
const leastSlow = 3
/** The candidate's own shares, of which few requests say little, are blended with so many of stable's. */
const blendedRequests = 5

/** Another core or a cold cache is not a regression: by how much it must be slower for a rollback. */
const leastSlowness = (quantile: number): number => (quantile < 0.99 ? 1.05 : 1.1)

/** Where nothing else is asked for, promotion asks for the median and the p99: the p99.9 would take ten times as long. */
const usualOfPromotion = [0.5, 0.99]
export const ofPromotion = (quantiles: readonly number[]): readonly number[] => {
  const isUsual = [0.5, 0.9, 0.99, 0.999].every((quantile, index) => quantiles[index] === quantile)
  return isUsual && quantiles.length === 4 ? usualOfPromotion : quantiles
}

type Histogram = { readonly recent: ReadonlyMap<number, number>; readonly requests: number }

/** Where stable is now, with nothing counted yet. Rounded so that what is said of the shifted thresholds holds for certain. */
export const takeThresholds = (asked: Asked, { recent, requests }: Histogram): ThresholdsState => {
  const quantiles = thresholdQuantiles(asked.quantiles)
  const slow = quantiles.map((quantile) => edgeAt(recent, requests, quantile).slow)
  const scaled = (edge: number, factor: number): number => latencyBucket(factor * latencyBucketStartMs(edge) * 1_000)
  const faster = slow.map((edge) => countBelow(recent, edge))
  const shares = [...faster, requests].map(
    (below, index) => (below - (faster[index - 1] ?? 0) + 0.5) / (requests + 0.5 * (slow.length + 1)),
  )
  const oddsBeyond = (edge: number): number => logit((requests - countBelow(recent, edge) + 0.5) / (requests + 1))
  const within = ofPromotion(asked.quantiles).map((quantile): WithinState => {
    const at = quantiles.indexOf(quantile)
    const edge = slow[at] ?? 0
    const beyond = scaled(edge, asked.margin)
    return { at, beyond, ...blankWithin(oddsBeyond(beyond) - oddsBeyond(edge)) }
  })
  const [edges, categories] = [zeros(slow.length), zeros(shares.length)]
  return {
    ...{ quantiles, slow, farther: slow.map((edge, index) => scaled(edge, leastSlowness(quantiles[index] ?? 0)) + 1) },
    prior: { shares, requests: Math.min(requests, mostBefore) },
    ...{ candidate: categories, stable: categories, expected: edges, excess: edges, won: zeros(latencyBets), within },
    scatter: blankLatencyScatter(slownessScores(shares).length + within.length),
    open: { candidate: categories, stable: categories, farther: edges, beyond: zeros(within.length) },
  }
}

/** The same thresholds elsewhere: what was counted is not counted against them, and the evidence goes on. */
export const movedTo = (taken: ThresholdsState, old: Thresholds): ThresholdsState => {
  const { won, within } = old.state()
  return {
    ...taken,
    won,
    within: taken.within.map((one, index) => ({ ...one, won: within[index]?.won ?? one.won })),
    scatter: old.begun(),
  }
}

const zeros = (count: number): readonly number[] => new Array<number>(count).fill(0)

const countBelow = (recent: ReadonlyMap<number, number>, edge: number): number => {
  let count = 0
  for (const [bucket, requests] of recent) if (bucket < edge) count += requests
  return count
}

export type Told = Slowness & { readonly candidate: Tally; readonly stable: Tally }

export type Thresholds = {
  countStable(bucket: number): void
  countCandidate(bucket: number): void
  /** Forgets the bin under way. */
  drop(): void
  /** Ends a bin in which stable was alone, before anything is compared. */
  watch(): void
  /** Ends a bin; false where one arm had no request, and it goes on. */
  close(): boolean
  /** Natural logarithm of the e-value against "no slower", were requests of a second independent. */
  logIndependent(): number
  /** The same with what scatter takes from it. */
  logWorse(): number
  /** Of the e-value against "slower than the margin", at the quantile that has least. */
  logWithin(): number
  /** Stable has far more or fewer slow requests than it had when they were taken. */
  isLeft(): boolean
  /** The threshold that tells most, and whether the candidate is slower there by as much as matters, often enough. */
  strongest(): { readonly told: Told; readonly matters: boolean }
  /** The farthest of its buckets. */
  readonly last: number
  /** The scatter where the comparison begins, or begins anew. */
  begun(): ThresholdsState['scatter']
  state(): ThresholdsState
}

export const createThresholds = (from: ThresholdsState): Thresholds => {
  const { quantiles, slow, farther, prior, within } = from
  const edges = slow.length
  const scores = [...slownessScores(prior.shares), ...within.map(({ at }) => stepAt(at, edges + 1))]
  const kinds = scores.length - within.length
  const worse = createCategoryEvidence(betsOn(scores), from.won)
  const withins = within.map(createWithin)
  const scatter = createLatencyScatter(scores, from.scatter)
  const [candidate, stable] = [Float64Array.from(from.candidate), Float64Array.from(from.stable)]
  const [expected, excess] = [Float64Array.from(from.expected), Float64Array.from(from.excess)]
  const bin = { candidate: Float64Array.from(from.open.candidate), stable: Float64Array.from(from.open.stable) }
  // Kept, so that a second leaves nothing for the collector.
  const counted = { ...bin, candidateRequests: 0, stableRequests: 0 }
  const slowOnes = { candidateRequests: 0, candidateBad: 0, stableRequests: 0, stableBad: 0 }
  const [openFarther, openBeyond] = [Float64Array.from(from.open.farther), Float64Array.from(from.open.beyond)]
  const usual = new Float64Array(edges + 1)

  /** Stable's share of each category, from what is known of it. */
  const learn = (): void => {
    const weight = sumOf(stable) + prior.requests
    for (let j = 0; j < usual.length; j += 1)
      usual[j] = ((stable[j] ?? 0) + prior.requests * (prior.shares[j] ?? 0)) / weight
  }
  learn()

  const category = (bucket: number): number => {
    let at = 0
    while (at < edges && bucket >= (slow[at] ?? 0)) at += 1
    return at
  }

  const open = [bin.candidate, bin.stable, openFarther, openBeyond]
  const drop = (): void => {
    for (const counts of open) counts.fill(0)
  }

  const closeWithin = (index: number): void => {
    const at = within[index]?.at ?? 0
    slowOnes.candidateRequests = counted.candidateRequests
    slowOnes.candidateBad = openBeyond[index] ?? 0
    slowOnes.stableRequests = counted.stableRequests
    slowOnes.stableBad = beyond(bin.stable, at)
    withins[index]?.add(slowOnes, beyond(usual, at))
  }

  const closeThresholds = (): void => {
    const part = counted.candidateRequests / counted.stableRequests
    for (let at = 0; at < edges; at += 1) {
      const byStable = part * beyond(bin.stable, at)
      expected[at] = (expected[at] ?? 0) + byStable
      excess[at] = (excess[at] ?? 0) + (openFarther[at] ?? 0) - byStable
    }
  }

  const close = (): boolean => {
    counted.candidateRequests = sumOf(bin.candidate)
    counted.stableRequests = sumOf(bin.stable)
    if (counted.candidateRequests === 0 || counted.stableRequests === 0) return false
    worse.add(counted, usual)
    for (let index = 0; index < withins.length; index += 1) closeWithin(index)
    scatter.add(counted)
    closeThresholds()
    addTo(candidate, bin.candidate)
    addTo(stable, bin.stable)
    learn()
    drop()
    return true
  }

  const watch = (): void => {
    const requests = sumOf(bin.stable)
    if (requests > 0) scatter.watch(bin.stable, requests)
    addTo(stable, bin.stable)
    learn()
    drop()
  }

  const shares = () => {
    const requests = sumOf(candidate) + blendedRequests
    const own = candidate.map((count, j) => (count + blendedRequests * (usual[j] ?? 0)) / requests)
    return { candidate: own, stable: usual }
  }

  const logWorse = (): number => {
    const own = shares()
    const factors = Array.from({ length: kinds }, (_, kind) => scatter.factor(kind, own))
    return worse.logEvidence((bet) => factors[kindOfBet[bet] ?? 0] ?? 1)
  }

  const logWithin = (): number => {
    const own = shares()
    return Math.min(...withins.map((one, index) => one.logEvidence(scatter.factor(kinds + index, own))))
  }

  const tallies = (at: number) => ({
    candidate: { requests: sumOf(candidate), bad: beyond(candidate, at) },
    stable: { requests: sumOf(stable), bad: beyond(stable, at) },
  })

  const strongest = () => {
    let [best, most] = [0, -1]
    for (let at = 0; at < edges; at += 1) {
      const nats = natsFor(tallies(at), expected[at] ?? 0)
      if (nats > most) [best, most] = [at, nats]
    }
    const told = tallies(best)
    return {
      told: { quantile: quantiles[best] ?? 0, thresholdMs: latencyBucketStartMs(slow[best] ?? 0), ...told },
      matters: told.candidate.bad >= leastSlow && (excess[best] ?? 0) > 0,
    }
  }

  const state = (): ThresholdsState => ({
    ...{ quantiles, slow, farther, prior, candidate: Array.from(candidate), stable: Array.from(stable) },
    ...{ expected: Array.from(expected), excess: Array.from(excess), won: worse.won() },
    within: within.map((one, index) => ({ ...one, won: withins[index]?.won() ?? one.won })),
    scatter: scatter.state(),
    open: {
      ...{ candidate: Array.from(bin.candidate), stable: Array.from(bin.stable) },
      ...{ farther: Array.from(openFarther), beyond: Array.from(openBeyond) },
    },
  })

  return {
    countStable: (bucket) => {
      const at = category(bucket)
      bin.stable[at] = (bin.stable[at] ?? 0) + 1
    },
    countCandidate: (bucket) => {
      const at = category(bucket)
      bin.candidate[at] = (bin.candidate[at] ?? 0) + 1
      for (let edge = 0; edge < edges; edge += 1)
        if (bucket >= (farther[edge] ?? 0)) openFarther[edge] = (openFarther[edge] ?? 0) + 1
      for (let index = 0; index < within.length; index += 1)
        if (bucket >= (within[index]?.beyond ?? 0)) openBeyond[index] = (openBeyond[index] ?? 0) + 1
    },
    ...{ drop, watch, close, logWorse, logWithin, strongest, state },
    logIndependent: () => worse.logEvidence(untempered),
    isLeft: () => slow.some((_, at) => isLeft(beyond(prior.shares, at), tallies(at).stable)),
    last: Math.max(...slow, ...farther, ...within.map((one) => one.beyond)),
    begun: () => scatter.begun(usual),
  }
}

const addTo = (sums: Float64Array, counts: Float64Array): void => {
  for (let j = 0; j < sums.length; j += 1) sums[j] = (sums[j] ?? 0) + (counts[j] ?? 0)
}

/** How far the likelihood of "slower at this threshold" stands above that of "as quick", in nats; of stable what was expected. */
const natsFor = (
  { candidate, stable }: { readonly candidate: Tally; readonly stable: Tally },
  expected: number,
): number => {
  const [n1, n0] = [candidate.requests, stable.requests]
  if (n1 === 0 || n0 === 0) return 0
  const [p1, p0] = [candidate.bad / n1, expected / n1]
  const both = (n1 * p1 + n0 * p0) / (n1 + n0)
  if (p1 <= p0 || both >= 1) return 0
  return n1 * divergence(p1, both) + n0 * divergence(p0, both)
}

const isLeft = (before: number, { requests, bad }: Tally): boolean => {
  if (bad + before * requests < leastToLeave) return false
  return Math.abs(logit((bad + 0.5) / (requests + 1)) - logit(before)) > Math.log(leftBy)
}

const untempered = (): number => 1

/** Scores "slower than this threshold". */
const stepAt = (at: number, categories: number): Float64Array =>
  Float64Array.from({ length: categories }, (_, j) => (j > at ? 1 : 0))

const sumOf = (counts: ArrayLike<number>): number => {
  let sum = 0
  for (let j = 0; j < counts.length; j += 1) sum += counts[j] ?? 0
  return sum
}

/** What lies beyond a threshold. */
const beyond = (counts: ArrayLike<number>, at: number): number => {
  let sum = 0
  for (let j = at + 1; j < counts.length; j += 1) sum += counts[j] ?? 0
  return sum
}
