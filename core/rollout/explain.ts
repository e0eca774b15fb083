// A rollout in words: one place for the command line, the API, logs and notifications. Says what the statistics promise
// and no more (under their assumptions; never how likely it is that a release is bad).
import type { Judgement, Slowness } from '../analysis/decision.ts'
import type { Interval } from '../analysis/engines/interval.ts'
import type { Mismatch } from '../analysis/errors/split-check.ts'
import { displayAlpha } from '../analysis/judge.ts'
import { ofPromotion } from '../analysis/latency/latency-thresholds.ts'
import type { MetricName, Within } from '../analysis/metric.ts'
import { errorsName, usualErrors, usualLatency, withinOf } from '../analysis/metric.ts'
import type { Tally } from '../analysis/tally.ts'
import type { PartsPerMillion } from '../time.ts'
import { formatDuration, formatPercent, ppm } from '../time.ts'
import { wantedWeight } from './desired.ts'
import type { PersonsOrder } from './event.ts'
import type { Budget } from './ramp.ts'
import { sourceFindingWords, sourceReasonWords } from './source-words.ts'
import type { Cause, Lack, PauseReason, Plan, Rollout, Unproven } from './state.ts'
import { standbyUntil } from './state.ts'

/** One line about where the rollout is, as a clause: `10 % of the traffic to v3`. */
export const headline = (rollout: Rollout): string => {
  const { plan } = rollout
  switch (rollout.phase) {
    case 'Pending':
      return `${plan.candidate} accepted; placing and verifying its artifact`
    case 'Preparing':
      return `starting ${count(plan.candidateInstances, 'instance')} of ${plan.candidate}`
    case 'Progressing':
      return `${describeStep(rollout)}${rollout.lapses > 0 ? `, begun again after the grant lapsed ${count(rollout.lapses, 'time')}` : ''}`
    case 'Paused':
      return `paused with ${formatPercent(wantedWeight(rollout))} to ${plan.candidate}: ${pauseWords(rollout.reason)}`
    case 'Promoting':
      return `${formatPercent(wantedWeight(rollout))} of the traffic to ${plan.candidate}`
    case 'Baking':
      return `${plan.candidate} bakes for ${formatDuration(plan.bake?.forMs ?? 0)}, ${bakeWords(plan.bake?.holdback ?? ppm(0), plan.stable)}`
    case 'Succeeded':
      return `${plan.candidate} is stable`
    case 'RollingBack':
      return `going back to ${plan.stable}: ${causeWords(rollout.cause)}`
    case 'RolledBack':
      return `rolled back to ${plan.stable}: ${causeWords(rollout.cause)}`
    case 'Failed':
      return `${plan.candidate} failed${plan.stable === null ? ', and there is no stable release to go back to' : `, ${plan.stable} was never left`}: ${causeWords(rollout.cause)}`
    case 'Frozen':
    case 'NeedsHuman':
      return `needs a person: ${causeWords(rollout.cause)}`
    default:
      return rollout satisfies never
  }
}

/** Which instance another one took the place of, and why; null where none did. */
export const replacedWords = ({ replaced }: Rollout): string | null => {
  if (replaced === null) return null
  const { instance, release, requests, bad, badOfAll } = replaced
  const share = `${badOf({ bad, requests })} of its requests failed, and ${bad.toLocaleString('en-US')} of the ${badOfAll.toLocaleString('en-US')} that failed in all`
  return `instance ${instance} of ${release} is replaced: ${share}`
}

/** Outcomes that are not split as they were drawn, as a clause. */
export const mismatchWords = ({ seen, granted, requests }: Mismatch): string =>
  `${formatPercent(seen)} of ${requests.toLocaleString('en-US')} counted outcomes were the candidate's where ${formatPercent(granted)} was granted: outcomes of one side are lost, or the edge does not split as it should`

/** What keeps the way back short after a success; null where nothing does. */
export const standbyWords = (rollout: Rollout): string | null =>
  standbyUntil(rollout) === null
    ? null
    : `${rollout.plan.stable} stays warm for ${formatDuration(rollout.plan.standbyMs)}`

const describeStep = (rollout: Extract<Rollout, { phase: 'Progressing' }>): string => {
  const step = rollout.plan.steps[rollout.step]
  const share = `${formatPercent(wantedWeight(rollout))} of the traffic to ${rollout.plan.candidate}`
  return step?.kind === 'pause' && step.forMs !== null ? `${share} for another ${formatDuration(step.forMs)}` : share
}

const bakeWords = (holdback: PartsPerMillion, stable: string | null): string =>
  holdback > 0
    ? `${stable} keeps ${formatPercent(holdback)} to compare with`
    : 'with nothing held back: only the guardrail watches'

export const causeWords = (cause: Cause): string => {
  switch (cause.kind) {
    case 'trip':
      return judgementWords(cause.trip)
    case 'abort':
      return `${cause.actor} aborted it${because(cause.reason)}`
    case 'rollback':
      return `${cause.actor} asked to go back${because(cause.reason)}`
    case 'crashLoop':
      return `${cause.release} ${cause.lastExit ?? 'ended'} and was started again ${count(cause.restarts, 'time')}`
    case 'notPlaced':
    case 'notStarted':
      return cause.reason
    case 'neverReady':
      return `${cause.ready} of ${count(cause.wanted, 'instance')} ready after ${formatDuration(cause.afterMs)}${cause.lastExit === null ? '' : `; the last one ${cause.lastExit}`}`
    case 'deadline':
      return `${cause.of} took longer than it may (${formatDuration(cause.afterMs)})`
    case 'inconclusive':
      return `${inconclusiveWords(cause.lacks)}; lowTraffic is rollback`
    case 'rejected':
      return 'another rollout proved the same bytes bad, and they were rejected'
    case 'broken':
      return `a safety rule of Humdrum would have been broken (${cause.problems.join('; ')})`
    default:
      return cause satisfies never
  }
}

const inconclusiveWords = (lacks: readonly Lack[]): string =>
  `its time was over and it is not known whether it may go on: ${lacks.map(lackWords).join('; ')}`

export const judgementWords = (judgement: Judgement): string => {
  const { metric, rule, candidate, stable, slowness, source } = judgement
  if (source !== undefined)
    return `${sourceFindingWords(judgement, source)}${rule === 'missing' ? '' : `; ${againstWords(judgement)}`}`
  const rates = `${badOf(candidate)} ${slowness === null ? 'failed' : slowWords(slowness)} on the candidate, ${badOf(stable)} on stable`
  if (rule === 'recent') return `the last requests to it all failed while stable was well (${rates})`
  if (rule === 'ceiling' && slowness !== null) return slowerThanAllowed(slowness, judgement)
  return rule === 'ceiling'
    ? `it surely fails more often than its ceiling allows, and stable surely does not (${rates})`
    : `${metric}: ${rates}; ${againstWords(judgement)}`
}

/** What would have followed: `would have rolled back (a dry run): latency: …`. */
export const noteWords = ({ metrics }: Pick<Plan, 'metrics'>, judgement: Judgement): string => {
  const metric = metrics.find(({ name }) => name === judgement.metric)
  const words = judgementWords(judgement)
  if (metric?.dryRun !== true) return `worse, and only observed: ${words}`
  return `${metric.onFail === 'pause' ? 'would have paused' : 'would have rolled back'} (a dry run): ${words}`
}

/** A step that passed although its proof was not there. */
export const unprovenWords = ({ lacks }: Unproven): string =>
  `not proven: ${lacks.map(lackWords).join('; ')}. Nothing speaks against it, and lowTraffic is promote-if-clean`

const slowerThanAllowed = (
  { quantile, thresholdMs }: Slowness,
  { candidate, stable }: Pick<Judgement, 'candidate' | 'stable'>,
): string =>
  `its ${quantileName(quantile)} is surely above its ceiling, and that of stable surely is not (${badOf(candidate)} took ${formatLatency(thresholdMs)} or longer on the candidate, ${badOf(stable)} on stable)`

const againstWords = ({ evidence, limit }: Pick<Judgement, 'evidence' | 'limit'>): string =>
  `evidence ${formatEvidence(evidence)} against "no worse" (limit ${formatEvidence(limit)})`

/** `took longer than 12 ms (the p99 of stable before)`. */
export const slowWords = ({ quantile, thresholdMs }: Slowness): string =>
  `took longer than ${formatLatency(thresholdMs)} (the ${quantileName(quantile)} of stable before)`

/** `took 250 ms or longer (the ceiling of its p90)`: what a ceiling counts. */
export const ceilingWords = ({ quantile, thresholdMs }: Slowness): string =>
  `took ${formatLatency(thresholdMs)} or longer (the ceiling of its ${quantileName(quantile)})`

/** `p99`, `p99.9`; the median has a name. */
export const quantileName = (quantile: number): string =>
  quantile === 0.5 ? 'median' : `p${Number((100 * quantile).toFixed(3))}`

/** `0.35 ms`, `12 ms`, `1.2 s`: latencies matter to two digits. */
export const formatLatency = (ms: number): string =>
  ms >= 1_000 ? `${Number((ms / 1_000).toPrecision(2))} s` : `${Number(ms.toPrecision(2))} ms`

export const pauseWords = (reason: PauseReason): string => {
  switch (reason.kind) {
    case 'step':
      return 'this step waits for a person'
    case 'person':
      return `${reason.actor} paused it${because(reason.reason)}`
    case 'hold':
      return reason.reason
    case 'failing':
      return `worse, and a person decides: ${reason.judgements.map(judgementWords).join('; ')}`
    case 'inconclusive':
      return inconclusiveWords(reason.lacks)
    case 'budget':
      return `its exposure budget is used up and nothing is proven: ${harmWords(reason.spent)} of ${harmWords(reason.allowed)} failed requests; it gets no request until it is resumed, which grants as much again`
    default:
      return reason satisfies never
  }
}

/** What keeps a step from passing, as a clause. */
export const lackWords = (lack: Lack): string => {
  switch (lack.kind) {
    case 'exposure':
      return 'the router never showed its weight'
    case 'requests':
      return `${lack.seen.toLocaleString('en-US')} of ${count(lack.needed, lack.unit ?? 'request')}`
    case 'evidence':
      return `${lack.metric}: evidence ${formatEvidence(lack.evidence)} against "no worse" smoulders, a step passes below ${formatEvidence(lack.limit)}`
    case 'difference':
      return `not shown yet that it fails at most ${formatPoints(lack.most)} oftener than stable (${neededWords(lack)})`
    case 'budget':
      return `full exposure could cost ${harmWords(lack.expected)} failed requests until it is taken back, and a quarter of the ${harmWords(lack.left)} that are left may be risked`
    case 'unmeasured':
      return `${lack.metric}: required, and ${lack.reason === null ? 'nothing was read yet' : sourceReasonWords(lack.reason)}`
    case 'source':
      return `${lack.metric}: not shown yet to be within its margin (${neededWords(lack)})${lack.reason === null ? '' : `; ${sourceReasonWords(lack.reason)}`}`
    case 'promotion':
      return `${lack.metric}: not shown yet to be ${marginWords(lack.within ?? usualWithin(lack.metric))} (${neededWords(lack)})`
    default:
      return lack satisfies never
  }
}

/** `0.4`, `12`, `1,204`: requests that failed, or may. */
const harmWords = (requests: number): string =>
  requests >= 10 ? Math.round(requests).toLocaleString('en-US') : String(Number(requests.toPrecision(1)))

/** `up to 200 failed requests`, `up to 0.01 % failed requests`. */
export const budgetWords = ({ kind, failed }: Budget): string =>
  `up to ${kind === 'requests' ? count(failed, 'failed request') : `${formatPercent(failed)} failed requests`}`

const neededWords = ({ evidence, needed }: { readonly evidence: number; readonly needed: number }): string =>
  `evidence ${formatEvidence(evidence)} of ${formatEvidence(needed)}`

/** How much worse a candidate may be and still be promoted. */
export const marginWords = (within: Within): string =>
  within.kind === 'errors'
    ? `within ${within.margin.ratio} times stable's share or ${formatPoints(within.margin.difference)} more`
    : `within ${within.margin} times stable's ${listed(ofPromotion(within.quantiles).map(quantileName))}`

const usualWithin = (metric: MetricName): Within => withinOf(metric === errorsName ? usualErrors : usualLatency)

/** `a`, `a and b`, `a, b and c`. */
const listed = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' and ')

/** `between 3.9 and 12 points worse (99 %, at all times)`: a difference of shares and what the data do not refute of it. */
export const differenceWords = ({ lower, upper }: Interval): string => {
  const sure = `(${100 * (1 - displayAlpha)} %, at all times)`
  const points = (share: number): string => String(Number((100 * share).toPrecision(2)))
  if (lower >= 0) return `it is between ${points(lower)} and ${formatPoints(upper)} worse ${sure}`
  if (upper <= 0) return `it is between ${points(-upper)} and ${formatPoints(-lower)} better ${sure}`
  return `it is at most ${formatPoints(upper)} worse and ${formatPoints(-lower)} better ${sure}`
}

/** `0.5 points`: a difference of shares. */
export const formatPoints = (difference: number): string => {
  const points = Number((100 * difference).toPrecision(2))
  return `${points} ${Math.abs(points) === 1 ? 'point' : 'points'}`
}

/** Who moved it, for orders that a rollout does not keep in its state; null for all others. */
export const orderWords = ({ kind, actor, reason }: PersonsOrder): string | null => {
  switch (kind) {
    case 'resumed':
      return `${actor} resumed it${because(reason)}`
    case 'promoted':
      return `${actor} promoted it${because(reason)}`
    case 'promotedFully':
      return `${actor} promoted it to full exposure${because(reason)}`
    case 'aborted':
    case 'rollbackAsked':
    case 'paused':
      return null
    default:
      return kind satisfies never
  }
}

/** `1,204 : 1`; large ones by their power of ten. */
export const formatEvidence = (evidence: number): string => {
  if (evidence >= 1e9) return `10^${Math.floor(Math.log10(evidence))} : 1`
  return `${evidence >= 10 ? Math.floor(evidence).toLocaleString('en-US') : Number(evidence.toPrecision(2))} : 1`
}

/** `9 of 121 (7.4 %)`. */
export const badOf = ({ bad, requests }: Tally): string =>
  `${bad.toLocaleString('en-US')} of ${requests.toLocaleString('en-US')}${requests > 0 ? ` (${Number(((100 * bad) / requests).toPrecision(2))} %)` : ''}`

/** What the verdict promises; a unit is a request, or a session where clients keep their release. */
export const promiseWords = (alpha: number): string =>
  `under its assumptions (independent units), the statistics stop at most ${Number((100 * alpha).toPrecision(3))} in 100 releases that are no worse; guardrails and missing data stop more`

const because = (reason: string): string => (reason === '' ? '' : `: ${reason}`)

const count = (value: number, noun: string): string =>
  `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : 's'}`
