// A rollout in words: one place for the command line, the API, logs and notifications. Says what the statistics promise
// and no more (under their assumptions; never how likely it is that a release is bad).
import type { Tally, Trip } from '../analysis/error-judge.ts'
import type { PartsPerMillion } from '../time.ts'
import { formatDuration, formatPercent, ppm } from '../time.ts'
import { wantedWeight } from './desired.ts'
import type { Cause, PauseReason, Rollout } from './state.ts'

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
      return tripWords(cause.trip)
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
    case 'rejected':
      return 'another rollout proved the same bytes bad, and they were rejected'
    case 'broken':
      return `a safety rule of Humdrum would have been broken (${cause.problems.join('; ')})`
    default:
      return cause satisfies never
  }
}

export const tripWords = (trip: Omit<Trip, 'at'>): string => {
  const rates = `${failedOf(trip.candidate)} failed on the candidate, ${failedOf(trip.stable)} on stable`
  return trip.rule === 'recent'
    ? `the last requests to it all failed while stable was well (${rates})`
    : `errors: ${rates}; evidence ${formatEvidence(trip.evidence)} against "no worse" (limit ${formatEvidence(trip.limit)})`
}

export const pauseWords = (reason: PauseReason): string => {
  switch (reason.kind) {
    case 'step':
      return 'this step waits for a person'
    case 'person':
      return `${reason.actor} paused it${because(reason.reason)}`
    case 'hold':
      return reason.reason
    case 'inconclusive':
      return `inconclusive, ${count(reason.requests, 'request')} in the time of the step, evidence ${formatEvidence(reason.evidence)}`
    default:
      return reason satisfies never
  }
}

/** `1,204 : 1`; large ones by their power of ten. */
export const formatEvidence = (evidence: number): string => {
  if (evidence >= 1e9) return `10^${Math.floor(Math.log10(evidence))} : 1`
  return `${evidence >= 10 ? Math.floor(evidence).toLocaleString('en-US') : Number(evidence.toPrecision(2))} : 1`
}

/** `9 of 121 (7.4 %)`. */
export const failedOf = ({ bad, requests }: Tally): string =>
  `${bad.toLocaleString('en-US')} of ${requests.toLocaleString('en-US')}${requests > 0 ? ` (${Number(((100 * bad) / requests).toPrecision(2))} %)` : ''}`

/** What the verdict promises, for a rollout that was stopped by evidence. */
export const promiseWords = (alpha: number): string =>
  `under its assumptions (independent requests), the test stops at most ${Number((100 * alpha).toPrecision(3))} in 100 releases that are no worse`

const because = (reason: string): string => (reason === '' ? '' : `: ${reason}`)

const count = (value: number, noun: string): string =>
  `${value.toLocaleString('en-US')} ${noun}${value === 1 ? '' : 's'}`
