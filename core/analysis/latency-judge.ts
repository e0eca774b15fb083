// The judge of latency: is the candidate slower than stable at the quantiles that people feel? Thresholds are taken from
// stable's own earlier latency; what is counted is "slower than the threshold" in both arms, second by second, by Engine B.
// No assumption about time: a slowdown that both arms share cancels. A threshold that stable has left is taken anew: each
// second's factor is fair by whatever was chosen before it, so the evidence goes on. Pure: the caller tells the time.
import type { Decision, Slowness } from './decision.ts'
import { blankEngineB, createEngineB } from './engines/engine-b.ts'
import { maxEvidence } from './engines/label-evidence.ts'
import { logSumExp } from './engines/log-sum-exp.ts'
import { latencyBucket, latencyBucketStartMs } from './latency-bucket.ts'
import type { LatencyState, ThresholdState } from './latency-state.ts'
import { blankLatency, checkedLatency } from './latency-state.ts'
import { latencyName } from './metric.ts'
import { blankOverdispersion, createOverdispersion } from './overdispersion.ts'
import type { Tally } from './tally.ts'

export type Observation = {
  readonly arm: 'candidate' | 'stable'
  /** From dispatch to the head of the answer; or longer than `settledAfterMs`, when nobody knows yet. */
  readonly elapsedMs: number
  /** Any clock in ms that never goes back; only differences matter. After a resume it may start anew. */
  readonly atMs: number
}

export type LatencyJudge = {
  /** A request goes to the candidate: its warm-up begins with the first, and its comparison with the first after that. */
  expose(atMs: number): void
  /** Counts one request; answers a decision when the bin that ended before it was the decisive one, else null. */
  observe(observation: Observation): Decision | null
  /** Ends the bin under way if its second is over. */
  turn(atMs: number): Decision | null
  /**
   * The weight changes: ends the bin under way. What was dispatched before is not compared any more; of the arm that gets less
   * only what takes long would be left.
   */
  cut(atMs: number): Decision | null
  /** A request that takes longer is slow by every threshold, and need not be waited for; null until that is known. */
  settledAfterMs(): number | null
  /** Evidence that the candidate is slower, now: an e-value, at most 1e300. */
  evidence(): number
  /** Evidence that it is not slower than the margin of promotion allows, at each quantile that promotion asks for. */
  promotion(): number
  /** The threshold that tells most, with the slow requests of both arms; null until there is one. */
  strongest(): (Slowness & { readonly candidate: Tally; readonly stable: Tally }) | null
  state(): LatencyState
}

/** So many requests of stable tell where its thresholds lie. */
const leastBefore = 1_000
/** More of the past is worth no more than this: a service changes. */
const mostBefore = 6_000
/** Of what thresholds are taken from anew, so much at most. */
const mostRecent = 20_000
/** A threshold is left when so many slow requests of stable were to be expected, and their odds are off by this factor. */
const leastExpected = 10
const leftBy = 2
/** Evidence alone does not take a release out: so many of its requests must have been slow. */
const leastSlow = 3
const tickMs = 1_000

/** How much slower than stable a candidate may be at the median and at the 99th percentile, and still be promoted. */
export const promotionSlowness = 1.2

type Quantile = {
  readonly quantile: number
  /** Another core or a cold cache is not a regression: by how much it must be slower for a rollback. */
  readonly least: number
  readonly promotes: boolean
}

const quantiles: readonly Quantile[] = [
  { quantile: 0.5, least: 1.05, promotes: true },
  { quantile: 0.9, least: 1.05, promotes: false },
  { quantile: 0.99, least: 1.1, promotes: true },
  { quantile: 0.999, least: 1.1, promotes: false },
]

/**
 * A judge for one rollout. `limit` is the evidence that decides: metrics / alpha. The e-value is the mean over the four
 * thresholds, each of which is valid, whatever was frozen, as long as it was frozen before.
 */
export const createLatencyJudge = (plan: {
  readonly limit: number
  /** What a new candidate does in so much time from its first request on is not compared: its caches are cold. */
  readonly warmupMs: number
  readonly resume: LatencyState | null
}): LatencyJudge => {
  const from = checkedLatency(plan.resume ?? blankLatency)
  const recent = new Map(from.recent)
  let recentRequests = from.recent.reduce((sum, [, requests]) => sum + requests, 0)
  let thresholds = from.thresholds.map(createThreshold)
  let { warm, tripped } = from
  let { second, candidate, stable } = from.open
  let candidateSince: number | null = null
  let comparedFromMs = Number.NEGATIVE_INFINITY
  const evidence = (): number => meanOf(thresholds)

  const freeze = (): void => {
    thresholds = quantiles.map((one) => createThreshold(thresholdOf(recent, recentRequests, one)))
    startAnew()
  }

  const startAnew = (): void => {
    recent.clear()
    recentRequests = 0
  }

  /** Starting a candidate may have slowed stable down just when its thresholds were taken; and a day has its hours. */
  const renew = (): void => {
    if (recentRequests < leastBefore) return
    const stays = thresholds.map((one) => !one.isLeft())
    if (stays.includes(false)) {
      thresholds = thresholds.map((one, index) => (stays[index] ? one : renewed(one.state(), recent, recentRequests)))
      startAnew()
    } else if (recentRequests >= mostRecent) startAnew()
  }

  const decide = (): Decision | null => {
    if (tripped || evidence() < plan.limit) return null
    const worst = strongestOf(thresholds)
    if (worst === null || !worst.matters()) return null
    tripped = true
    return { kind: 'trip', metric: latencyName, rule: 'evidence', evidence: evidence(), limit: plan.limit }
  }

  const close = (): Decision | null => {
    if (candidate === 0 || stable === 0) return null // carried over: there is nothing to compare with yet
    for (const threshold of thresholds) threshold.close(candidate, stable)
    candidate = 0
    stable = 0
    const decision = decide()
    if (!tripped) renew() // whoever asks what tripped finds it
    return decision
  }

  /** One arm alone tells nothing, and is not for what comes after: stable's hours at weight 0 were other ones. */
  const cut = (atMs: number): Decision | null => {
    comparedFromMs = atMs
    const decision = close()
    for (const threshold of thresholds) threshold.drop()
    candidate = 0
    stable = 0
    return decision
  }

  const turn = (atMs: number): Decision | null => {
    const now = Math.floor(atMs / tickMs)
    if (now === second) return null
    second = now
    return close()
  }

  const remember = (bucket: number): void => {
    recent.set(bucket, (recent.get(bucket) ?? 0) + 1)
    recentRequests += 1
  }

  const compareStable = (bucket: number): void => {
    stable += 1
    for (const threshold of thresholds) threshold.countStable(bucket)
  }

  // Not at its first answer: one that never answers would never be compared.
  const expose = (atMs: number): void => {
    candidateSince ??= atMs
    warm ||= atMs - candidateSince >= plan.warmupMs
    if (!warm || thresholds.length > 0 || recentRequests < leastBefore) return
    freeze()
    comparedFromMs = atMs // what began in the warm-up belongs to it, however long it takes
  }

  const compareCandidate = (bucket: number): void => {
    candidate += 1
    for (const threshold of thresholds) threshold.countCandidate(bucket)
  }

  return {
    expose,
    observe: ({ arm, elapsedMs, atMs }) => {
      const decision = turn(atMs)
      const bucket = latencyBucket(elapsedMs * 1_000)
      if (arm === 'stable') remember(bucket)
      if (thresholds.length === 0 || atMs - elapsedMs < comparedFromMs) return decision
      if (arm === 'stable') compareStable(bucket)
      else compareCandidate(bucket)
      return decision
    },
    turn,
    cut,
    settledAfterMs: () =>
      thresholds.length === 0 ? null : latencyBucketStartMs(Math.max(...thresholds.map(({ last }) => last))),
    evidence,
    promotion: () => Math.min(...(thresholds.length === 0 ? [1] : thresholds.map(({ promotion }) => promotion()))),
    strongest: () => strongestOf(thresholds)?.told() ?? null,
    state: () => ({
      recent: [...recent],
      warm,
      thresholds: thresholds.map(({ state }) => state()),
      open: { second, candidate, stable },
      tripped,
    }),
  }
}

const meanOf = (thresholds: readonly Threshold[]): number => {
  if (thresholds.length === 0) return 1
  const logs = thresholds.map((one) => one.logWorse())
  return Math.min(Math.exp(logSumExp(logs) - Math.log(logs.length)), maxEvidence)
}

const strongestOf = (thresholds: readonly Threshold[]): Threshold | null =>
  thresholds.reduce<Threshold | null>(
    (best, one) => (best === null || one.logWorse() > best.logWorse() ? one : best),
    null,
  )

/** Where a quantile of stable lies. Rounded so that what is said of the shifted ones holds for certain. */
const thresholdOf = (
  recent: ReadonlyMap<number, number>,
  requests: number,
  { quantile, least, promotes }: Quantile,
): ThresholdState => {
  const { slow, share } = edgeAt(recent, requests, quantile)
  const startUs = latencyBucketStartMs(slow) * 1_000
  return {
    ...{ quantile, slow, farther: latencyBucket(least * startUs) + 1 },
    beyond: latencyBucket(promotionSlowness * startUs),
    prior: { share, requests: Math.min(requests, mostBefore) },
    ...{ candidate: { requests: 0, bad: 0 }, stable: { requests: 0, bad: 0 }, excess: 0 },
    ...{ worse: blankEngineB, within: promotes ? blankEngineB : null, scatter: blankOverdispersion },
    open: { slow: 0, farther: 0, beyond: 0, stableSlow: 0 },
  }
}

/** The threshold where stable is now; what was counted against the old one is not counted against it, and the evidence goes on. */
const renewed = (old: ThresholdState, recent: ReadonlyMap<number, number>, requests: number): Threshold => {
  const spec = quantiles.find(({ quantile }) => quantile === old.quantile)
  if (spec === undefined) throw new Error(`no threshold is taken at ${old.quantile}`)
  const taken = thresholdOf(recent, requests, spec)
  const { worse, within } = old
  return createThreshold({
    ...taken,
    worse: { ...taken.worse, logs: worse.logs },
    within: within === null || taken.within === null ? null : { ...taken.within, logs: within.logs },
  })
}

type Edge = { readonly slow: number; readonly share: number }

/**
 * The edge of the quantile's bucket beyond which the share of stable's requests is nearer to what it should be. Where many
 * requests share a bucket, one of its edges may have none beyond it, and nothing could be told from it.
 */
export const edgeAt = (recent: ReadonlyMap<number, number>, requests: number, quantile: number): Edge => {
  const sorted = [...recent].sort(([one], [other]) => one - other)
  let [below, inside, bucket] = [0, 0, 0]
  for (const [next, count] of sorted) {
    if (below + inside >= quantile * requests) break
    below += inside
    inside = count
    bucket = next
  }
  // The half keeps a share of 0 or 1 from being taken for certain.
  const beyond = (faster: number): number => (requests - faster + 0.5) / (requests + 1)
  const [lower, upper]: readonly [Edge, Edge] = [
    { slow: bucket, share: beyond(below) },
    { slow: bucket + 1, share: beyond(below + inside) },
  ]
  const off = ({ share }: Edge): number => Math.abs(logit(share) - logit(1 - quantile))
  return off(lower) < off(upper) ? lower : upper
}

const logit = (share: number): number => Math.log(share / (1 - share))

type Threshold = {
  /** Logarithm of its e-value, tempered by its scatter. */
  logWorse(): number
  /** The farthest of its buckets. */
  readonly last: number
  countStable(bucket: number): void
  countCandidate(bucket: number): void
  /** Forgets the bin under way. */
  drop(): void
  /** Ends a bin of so many requests. */
  close(candidateRequests: number, stableRequests: number): void
  /** Stable has more or fewer slow requests than it should have by its quantile. */
  isLeft(): boolean
  /** Slower by as much as matters, stratified by bins, and often enough. */
  matters(): boolean
  promotion(): number
  told(): Slowness & { readonly candidate: Tally; readonly stable: Tally }
  state(): ThresholdState
}

const createThreshold = (from: ThresholdState): Threshold => {
  const { quantile, slow, farther, beyond, prior } = from
  const worse = createEngineB({ prior, direction: 'up' }, from.worse)
  const within = from.within === null ? null : createEngineB({ prior, direction: 'down' }, from.within)
  const scatter = createOverdispersion(from.scatter)
  let { candidate, stable, excess } = from
  let { slow: openSlow, farther: openFarther, beyond: openBeyond, stableSlow: openStableSlow } = from.open

  const drop = (): void => {
    openSlow = 0
    openFarther = 0
    openBeyond = 0
    openStableSlow = 0
  }

  const close = (candidateRequests: number, stableRequests: number): void => {
    const stableBad = openStableSlow
    worse.add({ candidateRequests, candidateBad: openSlow, stableRequests, stableBad })
    within?.add({ candidateRequests, candidateBad: openBeyond, stableRequests, stableBad })
    const expected = (candidateRequests * stableBad) / stableRequests
    scatter.add(openSlow - expected, candidateRequests, stableRequests)
    excess += openFarther - expected
    candidate = { requests: candidate.requests + candidateRequests, bad: candidate.bad + openSlow }
    stable = { requests: stable.requests + stableRequests, bad: stable.bad + stableBad }
    drop()
  }

  const shareOf = ({ bad, requests }: Tally): number => (bad + 0.5) / (requests + 1)
  const shares = () => ({ candidate: shareOf(candidate), stable: shareOf(stable) })

  return {
    logWorse: () => scatter.tempered(worse.logEvidence(), shares()),
    last: Math.max(slow, farther, beyond),
    countStable: (bucket) => {
      if (bucket >= slow) openStableSlow += 1
    },
    countCandidate: (bucket) => {
      if (bucket >= slow) openSlow += 1
      if (bucket >= farther) openFarther += 1
      if (bucket >= beyond) openBeyond += 1
    },
    drop,
    close,
    isLeft: () =>
      stable.requests * (1 - quantile) >= leastExpected &&
      Math.abs(logit(shareOf(stable)) - logit(1 - quantile)) > Math.log(leftBy),
    matters: () => candidate.bad >= leastSlow && excess > 0,
    promotion: () =>
      within === null
        ? Number.POSITIVE_INFINITY
        : Math.min(Math.exp(scatter.tempered(within.logEvidence(), shares())), maxEvidence),
    told: () => ({ quantile, thresholdMs: latencyBucketStartMs(slow), candidate, stable }),
    state: () => ({
      ...{ quantile, slow, farther, beyond, prior, candidate, stable, excess },
      open: { slow: openSlow, farther: openFarther, beyond: openBeyond, stableSlow: openStableSlow },
      ...{ worse: worse.state(), within: within?.state() ?? null, scatter: scatter.state() },
    }),
  }
}
