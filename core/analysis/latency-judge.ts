// The judge of latency: is the candidate slower than stable, at quantiles that people feel? Thresholds are taken from
// stable's own earlier latency, and second by second both arms' requests are sorted by them; one bet runs over all thresholds
// at once. No assumption about time: a slowdown that both arms share cancels. Thresholds that stable has left are taken anew:
// each second's factor is fair by whatever was chosen before it, so the evidence goes on. Pure: the caller tells the time.
import type { Decision } from './decision.ts'
import { maxEvidence } from './engines/label-evidence.ts'
import { latencyBucket, latencyBucketStartMs } from './latency-bucket.ts'
import type { LatencyState } from './latency-state.ts'
import { blankLatency, checkedLatency } from './latency-state.ts'
import type { Asked, Told } from './latency-thresholds.ts'
import { createThresholds, movedTo, takeThresholds } from './latency-thresholds.ts'
import { latencyName } from './metric.ts'

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
   * The weight changes: ends the bin under way. What was dispatched before it is not compared any more; of the arm that gets less
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
  strongest(): Told | null
  state(): LatencyState
}

/** So many requests of stable tell where its thresholds lie. */
const leastBefore = 1_000
/** So many, roughly enough to see how stable scatters by itself before anything is compared. */
const leastToWatch = 300
/** Of what thresholds are taken from anew, so much at most. */
const mostRecent = 20_000
const tickMs = 1_000

/** How many times slower than stable a candidate may be and still be promoted, where nothing else is asked for. */
export const promotionSlowness = 1.2

export type LatencyPlan = Asked & {
  /** The evidence that decides: metrics / alpha. */
  readonly limit: number
  /** What a new candidate does in so much time from its first request on is not compared: its caches are cold. */
  readonly warmupMs: number
  readonly resume: LatencyState | null
}

/** A judge for one rollout. */
export const createLatencyJudge = (plan: LatencyPlan): LatencyJudge => {
  checkPlan(plan)
  const from = checkedLatency(plan.resume ?? blankLatency)
  const recent = new Map(from.recent)
  let recentRequests = from.recent.reduce((sum, [, requests]) => sum + requests, 0)
  let thresholds = from.thresholds === null ? null : createThresholds(from.thresholds)
  let { warm, comparing, tripped, second } = from
  let candidateSince: number | null = null
  let comparedFromMs = Number.NEGATIVE_INFINITY

  const take = () => {
    const taken = takeThresholds(plan, { recent, requests: recentRequests })
    thresholds = createThresholds(thresholds === null ? taken : movedTo(taken, thresholds))
  }

  const startAnew = (): void => {
    recent.clear()
    recentRequests = 0
  }

  /** Starting a candidate may have slowed stable down just when its thresholds were taken; and a day has its hours. */
  const renew = (): void => {
    if (recentRequests < leastBefore) return
    const isLeft = thresholds?.isLeft() === true
    if (isLeft) take()
    if (isLeft || recentRequests >= mostRecent) startAnew()
  }

  const evidence = (): number => {
    if (thresholds === null || !comparing) return 1
    return Math.min(Math.exp(thresholds.logWorse().tempered()), maxEvidence)
  }

  const decide = (): Decision | null => {
    // What scatter takes from evidence need not be known where there is too little of it anyhow.
    if (tripped || thresholds === null || thresholds.logWorse().independent < Math.log(plan.limit)) return null
    const found = evidence()
    if (found < plan.limit || !thresholds.strongest().matters) return null
    tripped = true
    return { kind: 'trip', metric: latencyName, rule: 'evidence', evidence: found, limit: plan.limit }
  }

  const close = (): Decision | null => {
    if (thresholds === null) return null
    if (!comparing) {
      thresholds.watch()
      return null
    }
    if (!thresholds.close()) return null // carried over: there is nothing to compare with yet
    const decision = decide()
    if (!tripped) renew() // whoever asks what tripped finds it
    return decision
  }

  /** One arm alone tells nothing, and is not for what comes after: stable's hours at weight 0 were other ones. */
  const cut = (atMs: number): Decision | null => {
    comparedFromMs = atMs
    const decision = close()
    thresholds?.drop()
    return decision
  }

  const turn = (atMs: number): Decision | null => {
    const now = Math.floor(atMs / tickMs)
    if (now === second || !Number.isFinite(now)) return null
    second = now
    return close()
  }

  const remember = (bucket: number): void => {
    recent.set(bucket, (recent.get(bucket) ?? 0) + 1)
    recentRequests += 1
    if (thresholds === null && recentRequests >= leastToWatch) take()
  }

  // Not at its first answer: one that never answers would never be compared.
  const expose = (atMs: number): void => {
    candidateSince ??= atMs
    warm ||= atMs - candidateSince >= plan.warmupMs
    if (!warm || comparing || recentRequests < leastBefore) return
    comparing = true
    take()
    startAnew()
    comparedFromMs = atMs // what began in the warm-up belongs to it, however long it takes
  }

  const count = ({ arm, elapsedMs, atMs }: Observation): void => {
    const bucket = latencyBucket(elapsedMs * 1_000)
    const isCompared = comparing && !(atMs - elapsedMs < comparedFromMs)
    if (arm === 'stable' && (isCompared || !comparing)) thresholds?.countStable(bucket)
    if (arm === 'candidate' && isCompared) thresholds?.countCandidate(bucket)
    if (arm === 'stable') remember(bucket)
  }

  return {
    expose,
    observe: (observation) => {
      const decision = turn(observation.atMs)
      if (observation.elapsedMs >= 0) count(observation) // what no clock can have measured is no request
      return decision
    },
    turn,
    cut,
    settledAfterMs: () => (thresholds === null || !comparing ? null : latencyBucketStartMs(thresholds.last)),
    evidence,
    promotion: () => (thresholds === null || !comparing ? 1 : Math.min(Math.exp(thresholds.logWithin()), maxEvidence)),
    strongest: () => (thresholds === null || !comparing ? null : thresholds.strongest().told),
    state: () => ({
      ...{ recent: [...recent], warm, comparing, thresholds: thresholds?.state() ?? null, second, tripped },
    }),
  }
}

const checkPlan = ({ limit, quantiles, margin, warmupMs }: LatencyPlan): void => {
  const refuse = (what: string): never => {
    throw new Error(`a latency judge cannot be made: ${what}`)
  }
  if (!(limit >= 1 && limit <= maxEvidence)) refuse(`its limit must lie in 1 to 1e300, not ${limit}`)
  if (!(margin > 1 && margin < 100)) refuse(`its margin must be a factor above 1, not ${margin}`)
  if (!(warmupMs >= 0)) refuse(`its warm-up must be a time in ms, not ${warmupMs}`)
  const isOrdered = quantiles.every((one, index) => one > (quantiles[index - 1] ?? 0) && one < 1)
  if (!isOrdered || quantiles.length === 0 || quantiles.length > 8)
    refuse(`it takes 1 to 8 quantiles that ascend between 0 and 1, not ${JSON.stringify(quantiles)}`)
}
