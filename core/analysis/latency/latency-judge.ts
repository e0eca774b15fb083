// The judge of latency: is the candidate slower than stable, at quantiles that people feel? Thresholds are taken from
// stable's own earlier latency, and second by second both arms' requests are sorted by them; one bet runs over all thresholds
// at once. No assumption about time: a slowdown that both arms share cancels. Thresholds that stable has left are taken anew:
// each second's factor is fair by whatever was chosen before it, so the evidence goes on. Pure: the caller tells the time.
import type { Instant } from '../../time.ts'
import type { Decision, Note, Rule } from '../decision.ts'
import { judgedWorse } from '../decision.ts'
import { maxEvidence } from '../engines/label-evidence.ts'
import type { LatencyMetric } from '../metric.ts'
import { acts, latencyName } from '../metric.ts'
import { latencyBucket, latencyBucketStartMs } from './latency-bucket.ts'
import type { LatencyCeiling, LatencyCeilingState } from './latency-ceiling.ts'
import { blankCeiling, createLatencyCeiling } from './latency-ceiling.ts'
import type { LatencyState } from './latency-state.ts'
import { blankLatency, checkedLatency } from './latency-state.ts'
import type { Told } from './latency-thresholds.ts'
import { createThresholds, movedTo, takeThresholds } from './latency-thresholds.ts'

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
  /** When a note was taken, said as soon as it is answered. */
  date(at: Instant): void
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

export type LatencyPlan = Omit<LatencyMetric, 'kind' | 'name' | 'required'> & {
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
  const ceiling = ceilingOf(from.ceiling, plan.ceiling)
  let { warm, comparing, second, decided, by, noted } = from
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
    return Math.min(Math.exp(thresholds.logWorse()), maxEvidence)
  }

  const finding = (rule: Rule) => ({ metric: latencyName, rule, evidence: evidence(), limit: plan.limit })

  const worse = (rule: Rule): Decision => {
    const decision = judgedWorse(plan, finding(rule))
    decided = decision.kind === 'hold' ? 'pause' : decision.kind
    by = rule
    if (decision.kind !== 'trip') noted = noteOf(decision, told())
    return decision
  }

  const shared = (): Decision | null => {
    if (decided !== 'nothing' || !acts(plan)) return null
    decided = 'hold'
    by = 'ceiling'
    return { kind: 'hold', cause: 'shared', ...finding('ceiling') }
  }

  const decide = (): Decision | null => {
    if (decided !== 'nothing' && decided !== 'hold') return null
    if (isSlower()) return worse('evidence')
    const verdict = ceiling?.verdict() ?? null
    if (verdict === null) return null
    return verdict === 'worse' ? worse('ceiling') : shared()
  }

  const isSlower = (): boolean => {
    // What scatter takes from evidence need not be known where there is too little of it anyhow.
    if (thresholds === null || !comparing || thresholds.logIndependent() < Math.log(plan.limit)) return false
    return evidence() >= plan.limit && thresholds.strongest().matters
  }

  /** What was decided by, or what tells most. */
  const told = (): Told | null => {
    if (by === 'ceiling' && decided !== 'hold' && ceiling !== null) return ceilingTold(ceiling)
    return thresholds === null || !comparing ? null : thresholds.strongest().told
  }

  const close = (): Decision | null => {
    if (!comparing) thresholds?.watch()
    const isClosed = comparing && thresholds?.close() === true // else carried over: there is nothing to compare with yet
    ceiling?.turn()
    const decision = decide()
    if (isClosed && decided !== 'trip') renew() // whoever asks what tripped finds it
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
    const [isWarm, isKnown] = [warm || atMs - candidateSince >= plan.warmupMs, recentRequests >= leastBefore]
    // What began in the warm-up belongs to it, however long it takes.
    if (isWarm && (!warm || (isKnown && !comparing))) comparedFromMs = atMs
    warm = isWarm
    if (!warm || comparing || !isKnown) return
    comparing = true
    take()
    startAnew()
  }

  const count = ({ arm, elapsedMs, atMs }: Observation): void => {
    const bucket = latencyBucket(elapsedMs * 1_000)
    const isOfNow = !(atMs - elapsedMs < comparedFromMs)
    if (arm === 'stable' && (isOfNow || !comparing)) thresholds?.countStable(bucket)
    if (arm === 'candidate' && isOfNow && comparing) thresholds?.countCandidate(bucket)
    if (warm && isOfNow) ceiling?.count(arm, elapsedMs)
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
    settledAfterMs: () => {
      const byThresholds = thresholds === null || !comparing ? null : latencyBucketStartMs(thresholds.last)
      const byCeiling = warm && ceiling !== null ? ceiling.ms : null
      return byThresholds === null ? byCeiling : Math.max(byThresholds, byCeiling ?? 0)
    },
    evidence,
    promotion: () => (thresholds === null || !comparing ? 1 : Math.min(Math.exp(thresholds.logWithin()), maxEvidence)),
    strongest: told,
    date: (at) => {
      if (noted !== null) noted = { ...noted, at: noted.at ?? at }
    },
    state: () => ({
      ...{ recent: [...recent], warm, comparing, thresholds: thresholds?.state() ?? null, second },
      ...{ ceiling: ceiling?.state() ?? null, decided, by, noted },
    }),
  }
}

/** A rollout's ceiling is fixed with its plan; whoever only assesses a state goes by the state. */
const ceilingOf = (known: LatencyCeilingState | null, planned: LatencyPlan['ceiling']): LatencyCeiling | null => {
  if (known !== null) return createLatencyCeiling(known)
  return planned === null ? null : createLatencyCeiling(blankCeiling(planned))
}

const ceilingTold = (ceiling: LatencyCeiling): Told => {
  const { quantile, ms, candidate, stable } = ceiling.state()
  return { quantile, thresholdMs: ms, candidate, stable }
}

const noTally = { requests: 0, bad: 0 }

const noteOf = ({ rule, evidence, limit }: Decision, told: Told | null): Note => ({
  ...{ rule, evidence, limit, at: null },
  ...{ candidate: told?.candidate ?? noTally, stable: told?.stable ?? noTally },
})

const checkPlan = ({ limit, quantiles, margin, warmupMs, ceiling }: LatencyPlan): void => {
  const refuse = (what: string): never => {
    throw new Error(`a latency judge cannot be made: ${what}`)
  }
  if (!(limit >= 1 && limit <= maxEvidence)) refuse(`its limit must lie in 1 to 1e300, not ${limit}`)
  if (!(margin >= 1 && margin <= 1_000)) refuse(`its margin must be a factor of 1 to 1,000, not ${margin}`)
  if (!(warmupMs >= 0)) refuse(`its warm-up must be a time in ms, not ${warmupMs}`)
  if (ceiling !== null && !(ceiling.quantile > 0 && ceiling.quantile < 1 && ceiling.ms > 0))
    refuse(`its ceiling must be a quantile and a time, not ${JSON.stringify(ceiling)}`)
  const isOrdered = quantiles.every((one, index) => one > (quantiles[index - 1] ?? 0) && one < 1)
  if (!isOrdered || quantiles.length === 0 || quantiles.length > 8)
    refuse(`it takes 1 to 8 quantiles that ascend between 0 and 1, not ${JSON.stringify(quantiles)}`)
}
