// A whole rollout in words, for somebody who was not there: what was asked for, what was checked, what each metric came to
// and what could not have been seen, what happened when. Sentences are those of explain.ts. Pure.

import type { Slowness } from '../analysis/decision.ts'
import type { Mismatch } from '../analysis/errors/split-check.ts'
import type { Assessment } from '../analysis/judge.ts'
import type { EdgeMetric, Metric, SourceMetric } from '../analysis/metric.ts'
import { errorsName, isOfEdge, usualErrors, withinOf } from '../analysis/metric.ts'
import type { SourceAssessment } from '../analysis/source/source-assessment.ts'
import type { Tally } from '../analysis/tally.ts'
import { everything, formatDuration, formatPercent } from '../time.ts'
import { caughtBySource, caughtWords } from './caught.ts'
import type { SeenSources } from './event.ts'
import {
  badOf,
  budgetWords,
  ceilingWords,
  differenceWords,
  formatEvidence,
  headline,
  lackWords,
  marginWords,
  mismatchWords,
  noteWords,
  promiseWords,
  quantileName,
  replacedWords,
  slowWords,
  unprovenWords,
} from './explain.ts'
import { sourceWords } from './source-words.ts'
import type { Lack, Plan, Rollout, Step } from './state.ts'
import { decidesAt, promotionLimit } from './state.ts'

export type Told = {
  readonly rollout: Rollout
  readonly metrics: readonly Assessment[]
  /** What was read from elsewhere than the edge. */
  readonly sources: SeenSources | null
  /** Of the candidate's bad requests: stable answered them instead. */
  readonly rescued: number
  readonly mismatch: Mismatch | null
  /** What the step under way lacks. */
  readonly lacks: readonly Lack[]
  /** How long that will take, in words; null where nobody can say. */
  readonly remaining: string | null
}

export type Section = { readonly heading: string; readonly lines: readonly string[] }

/** In the order in which one asks. Sections without anything to say are left out. */
export const story = (told: Told): readonly Section[] =>
  [
    asked(told.rollout.plan),
    wayBack(told.rollout.plan),
    verdicts(told),
    bake(told),
    course(told),
    users(told),
    warnings(told),
    now(told),
  ].filter(({ lines }) => lines.length > 0)

const asked = (plan: Plan): Section => {
  const { kind, candidate, stable, strategy, steps, bake } = plan
  const what =
    stable === null
      ? `${candidate}, the first release here`
      : `${candidate} ${kind === 'rollback' ? 'again' : ''} in place of ${stable}`
  return {
    heading: 'what was asked for',
    lines: [
      what.replaceAll(/ +/g, ' '),
      ...(steps.length > 0 ? [`by steps: ${steps.map(stepWords).join(', ')}, then everything`] : []),
      ...(strategy === 'allAtOnce' && stable !== null && kind === 'deploy'
        ? ['all at once, as soon as it is ready']
        : []),
      ...(bake === null ? [] : [`a bake of ${formatDuration(bake.forMs)}, ${formatPercent(bake.holdback)} held back`]),
    ],
  }
}

const stepWords = (step: Step): string => {
  if (step.kind === 'setWeight') return formatPercent(step.weight)
  if (step.kind === 'auto') return `as the evidence allows, at a cost of ${budgetWords(step.budget)}`
  return step.forMs === null ? 'wait for a person' : `pause ${formatDuration(step.forMs)}`
}

const wayBack = ({ wayBack: way }: Plan): Section => ({
  heading: 'the way back',
  lines:
    way === null
      ? []
      : [
          `checked: ${way.checked.join(', ')}`,
          ...(way.notChecked.length === 0 ? [] : [`not checked: ${way.notChecked.join(', ')}`]),
        ],
})

const verdicts = ({ rollout, metrics, sources }: Told): Section => {
  const { plan } = rollout
  const isJudged = plan.stable !== null && plan.kind === 'deploy'
  if (!isJudged) return { heading: 'the verdict', lines: [] }
  const lines = [
    ...metrics.flatMap((one) => metricWords(plan, one)),
    ...(sources?.metrics ?? []).flatMap((one) => sourceLines(plan, one)),
  ]
  return {
    heading: 'the verdict',
    lines: lines.length === 0 ? ['nothing is known of a comparison'] : [...lines, `${promiseWords(plan.alpha)}`],
  }
}

const sourceLines = (plan: Plan, one: SourceAssessment): readonly string[] => {
  const [needed, limit] = [promotionLimit(plan), one.limit]
  const metric = plan.metrics.find((each): each is SourceMetric => !isOfEdge(each) && each.name === one.metric)
  const shown = one.promotion >= needed ? 'shown to be within its margin' : 'not shown to be within its margin'
  return [
    sourceWords(plan, one),
    `  evidence ${formatEvidence(one.evidence)} against "no worse" (${metric === undefined ? 'decides' : followsWords(metric)} at ${formatEvidence(limit)})`,
    `  ${shown} (evidence ${formatEvidence(one.promotion)} of ${formatEvidence(needed)})`,
    ...(metric === undefined ? [] : [`  ${caughtBySource(metric, one)}`]),
  ]
}

const metricWords = (plan: Plan, one: Assessment): readonly string[] => {
  const { metric, candidate, stable, evidence, promotion, slowness, difference } = one
  const judged = plan.metrics.filter(isOfEdge).find(({ name }) => name === metric) ?? usualErrors
  if (candidate.requests === 0)
    return [
      `${metric}: not compared yet${metric === 'latency' ? ' (it takes 1,000 requests of stable, and a warm-up)' : ''}`,
    ]
  const limits = `evidence ${formatEvidence(evidence)} against "no worse" (${followsWords(judged)} at ${formatEvidence(decidesAt(plan, metric))})`
  const margin = marginWords(withinOf(judged))
  const shown =
    promotion >= promotionLimit(plan)
      ? `shown to be ${margin}`
      : `not shown to be ${margin} (evidence ${formatEvidence(promotion)} of ${formatEvidence(promotionLimit(plan))})`
  return [
    `${metric}: ${badOf(candidate)} ${countedWords(judged, slowness)} on ${plan.candidate}, ${badOf(stable)} on ${plan.stable}`,
    `  ${limits}`,
    ...(difference === null ? [] : [`  ${differenceWords(difference)}`]),
    `  ${shown}`,
    ...(isOfCeiling(judged, slowness) ? [] : [`  ${couldBeSeen(plan, one)}`]),
  ]
}

const countedWords = (judged: EdgeMetric, slowness: Slowness | null): string => {
  if (slowness === null) return 'failed'
  return isOfCeiling(judged, slowness) ? ceilingWords(slowness) : slowWords(slowness)
}

/** What was decided by its ceiling is told by it, and no more by what was usual before. */
const isOfCeiling = (judged: EdgeMetric, slowness: Slowness | null): boolean =>
  judged.kind === 'latency' &&
  judged.ceiling !== null &&
  judged.ceiling.ms === slowness?.thresholdMs &&
  judged.ceiling.quantile === slowness.quantile

/** What happens at the limit, as a clause. */
const followsWords = ({ onFail, dryRun }: Pick<Metric, 'onFail' | 'dryRun'>): string => {
  if (dryRun) return `would ${onFail === 'pause' ? 'pause' : 'go back'}, in a dry run,`
  if (onFail === 'rollback') return 'goes back'
  return onFail === 'pause' ? 'a person is called' : 'it is told'
}

const couldBeSeen = (plan: Plan, { metric, candidate, stable, slowness }: Assessment): string => {
  const share = candidate.requests / (candidate.requests + stable.requests)
  const what = slowness === null ? metric : `requests beyond stable's ${quantileName(slowness.quantile)}`
  const seen = { p0: rate(stable), candidateRequests: candidate.requests, share, limit: decidesAt(plan, metric) }
  return caughtWords(what, seen)
}

/** The bake compares with what is held back: slowly where that is little. */
const bake = ({ rollout, metrics }: Told): Section => {
  const { plan } = rollout
  const errors = metrics.find(({ metric }) => metric === errorsName)
  if (rollout.phase !== 'Baking' || rollout.from === null || errors === undefined)
    return { heading: 'the bake', lines: [] }
  const holdback = plan.bake?.holdback ?? 0
  if (holdback === 0)
    return { heading: 'the bake', lines: ['nothing is held back: only guardrails watch, nothing is compared'] }
  const candidateRequests = Math.max(0, errors.candidate.requests - rollout.from.requests)
  const share = 1 - holdback / everything
  const seen = { p0: rate(errors.stable), candidateRequests, share, limit: decidesAt(plan, errorsName) }
  return { heading: 'the bake', lines: [`by what it saw alone: ${caughtWords(errorsName, seen)}`] }
}

/** What was judged worse and nothing followed from, and what passed without a proof. */
const course = ({ rollout: { plan, noted, unproven, accepted, acceptedMissing } }: Told): Section => ({
  heading: 'told, and left to people',
  lines: [
    ...noted.map((one) => noteWords(plan, one)),
    ...accepted.map((metric) => `${metric}: judged worse, and a person went on`),
    ...acceptedMissing.map((metric) => `${metric}: without data of the candidate, and a person went on`),
    ...unproven.map((one) => `step ${one.step + 1} went on ${unprovenWords(one)}`),
  ],
})

const rate = ({ requests, bad }: Tally): number => (requests === 0 ? 0 : bad / requests)

const users = ({ metrics, rescued, rollout }: Told): Section => {
  const bad = metrics.find(({ metric }) => metric === 'errors')?.candidate.bad ?? 0
  const { candidate, stable, unit } = rollout.plan
  const [failed, answered] = [bad, rescued].map((some) => some.toLocaleString('en-US'))
  // A session is bad once, however many of its requests were; of newcomers behind one address not every failure is counted.
  const ofSessions = `at least ${failed} sessions had a failure on ${candidate}${rescued === 0 ? '' : `, ${stable} answered ${answered} requests instead`}`
  const ofRequests = `${failed} requests failed on ${candidate}${rescued === 0 ? '' : `, ${stable} answered ${answered} of them instead`}`
  return { heading: 'what users saw', lines: bad === 0 ? [] : [unit === 'session' ? ofSessions : ofRequests] }
}

const warnings = ({ rollout, mismatch }: Told): Section => ({
  heading: 'what was not as it should be',
  lines: [replacedWords(rollout), mismatch && mismatchWords(mismatch)].filter((words) => words !== null),
})

const now = ({ rollout, lacks, remaining }: Told): Section => ({
  heading: 'where it is',
  lines: [
    headline(rollout),
    ...lacks.map((lack) => `waits: ${lackWords(lack)}`),
    ...(remaining === null ? [] : [remaining]),
  ],
})
