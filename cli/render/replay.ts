// What a recording came to, as people read it: the verdict and its moment, then every metric in the words of `explain`, then
// what nobody can know from it. Pure.
import { visible } from '@humdrum/contract/config/problem.ts'
import type { Decision } from '@humdrum/core/analysis/decision.ts'
import { holdWords } from '@humdrum/core/analysis/decision.ts'
import type { Moment, Replayed, ReplayedMetric } from '@humdrum/core/analysis/replay/replay.ts'
import { badOf, differenceWords, formatEvidence, promiseWords } from '@humdrum/core/rollout/explain.ts'
import { formatDuration } from '@humdrum/core/time.ts'
import { createColors } from 'picocolors'
import { count, labelled } from './words.ts'

type Told = Replayed & { readonly alpha: number }

export const renderReplay = (told: Told, { colours }: { readonly colours: boolean }): string => {
  const paint = createColors(colours)
  const mood = { rollback: paint.red, pause: paint.yellow, promotable: paint.green, undecided: paint.yellow }
  const { verdict, metrics, alpha } = told
  const lines = [
    paint.bold(mood[verdict.kind](verdictWords(told))),
    ...besides(told).map((line) => `  ${line}`),
    '',
    ...metrics.flatMap(metricLines),
    '',
    promiseWords(alpha),
  ]
  return `${lines.join('\n')}\n`
}

const verdictWords = ({ verdict, from, to, metrics }: Told): string => {
  switch (verdict.kind) {
    case 'rollback':
      return `it would have gone back ${momentWords(verdict.moment)}`
    case 'pause':
      return `it would have waited for a person ${momentWords(verdict.moment)}`
    case 'promotable':
      return `it could have had everything ${momentWords(verdict.moment)}`
    case 'undecided':
      return `nothing is decided by ${formatDuration(to - from)} and ${requestsWords(Math.max(...metrics.map(({ candidate }) => candidate.requests)))}`
    default:
      return verdict satisfies never
  }
}

/** `after 41 s and 412 candidate requests, at 2026-11-25T14:03:12Z` */
const momentWords = ({ at, afterMs, requests }: Moment): string =>
  `after ${formatDuration(afterMs)} and ${requestsWords(requests)}, at ${new Date(at).toISOString().replace('.000Z', 'Z')}`

const requestsWords = (requests: number): string => count(Math.round(requests), 'candidate request')

const besides = ({ verdict, promotableBefore, afterwards, gaps }: Told): readonly string[] => [
  ...(verdict.kind === 'rollback' || verdict.kind === 'pause' ? [reasonWords(verdict.decision)] : []),
  ...(promotableBefore === null ? [] : [`before that it could have had everything: ${momentWords(promotableBefore)}`]),
  ...(afterwards.requests === 0 ? [] : [`the recording goes on after that: ${badOf(afterwards)} on the candidate`]),
  ...(gaps.count === 0
    ? []
    : [
        `${count(gaps.count, 'gap')} in the recording, the longest of ${formatDuration(gaps.longestMs)}: nothing is known of them`,
      ]),
]

const reasonWords = (decision: Decision): string => {
  const { kind, rule, metric } = decision
  if (rule === 'evidence') return `${visible(metric)}: the evidence reached its limit`
  if (decision.kind === 'hold' && decision.cause === 'shared') return `${visible(metric)}: ${holdWords(decision)}`
  if (rule === 'ceiling')
    return `${visible(metric)}: it surely fails more often than its ceiling allows, and stable surely does not`
  return kind === 'trip'
    ? `${visible(metric)}: the last requests to it all failed while stable was well`
    : `${visible(metric)}: the last requests to it all failed, and there was nothing of stable to compare with`
}

const metricLines = (one: ReplayedMetric): readonly string[] => {
  const { metric, candidate, stable, evidence, limit, promotion, promotionLimit, difference } = one
  const shown = promotion >= promotionLimit ? 'shown' : 'not shown'
  const words = [
    `${badOf(candidate)}${one.worse === null ? ' failed' : ''} on the candidate, ${badOf(stable)} on stable`,
    `evidence ${formatEvidence(evidence)} against "no worse" (goes back at ${formatEvidence(limit)})`,
    differenceWords(one.worse === 'lower' ? { lower: -difference.upper, upper: -difference.lower } : difference),
    `${shown} to be within its margin (evidence ${formatEvidence(promotion)} of ${formatEvidence(promotionLimit)})`,
    couldBeSeen(one),
  ]
  return words.map((line, index) => labelled(index === 0 ? visible(metric) : '', line))
}

const couldBeSeen = ({ candidate, stable, worse, decision, fewestRequests, detectable }: ReplayedMetric): string => {
  // The rates of a regression that began late are not those of the whole: then the bound would be one of something else.
  if (decision !== null && fewestRequests !== null && fewestRequests <= candidate.requests)
    return `at these rates no test can know it after fewer than ${Math.ceil(fewestRequests).toLocaleString('en-US')} candidate requests in the mean`
  if (detectable === null)
    return `too few requests to find anything (${Math.round(candidate.requests).toLocaleString('en-US')})`
  const p0 = stable.bad / stable.requests
  const times = p0 > 0 ? `, ${Number((detectable / p0).toPrecision(2))} times stable's,` : ''
  return `${Number((100 * detectable).toPrecision(2))} % or ${worse === 'lower' ? 'less' : 'more'}${times} would most likely have been found`
}
