// A whole rollout in words, for somebody who was not there: what was asked for, what was checked, what each metric came to
// and what could not have been seen, what happened when. Sentences are those of explain.ts. Pure.

import { detectableRate } from '../analysis/engines/information-limit.ts'
import type { Assessment } from '../analysis/judge.ts'
import type { Tally } from '../analysis/tally.ts'
import { formatDuration, formatPercent } from '../time.ts'
import {
  badOf,
  budgetWords,
  differenceWords,
  formatEvidence,
  headline,
  lackWords,
  marginWords,
  promiseWords,
  quantileName,
  slowWords,
} from './explain.ts'
import type { Lack, Plan, Rollout, Step } from './state.ts'
import { promotionLimit, rollbackLimit } from './state.ts'

export type Told = {
  readonly rollout: Rollout
  readonly metrics: readonly Assessment[]
  /** Of the candidate's bad requests: stable answered them instead. */
  readonly rescued: number
  /** What the step under way lacks. */
  readonly lacks: readonly Lack[]
}

export type Section = { readonly heading: string; readonly lines: readonly string[] }

/** In the order in which one asks. Sections without anything to say are left out. */
export const story = (told: Told): readonly Section[] =>
  [asked(told.rollout.plan), wayBack(told.rollout.plan), verdicts(told), users(told), now(told)].filter(
    ({ lines }) => lines.length > 0,
  )

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

const verdicts = ({ rollout, metrics }: Told): Section => {
  const { plan } = rollout
  const isJudged = plan.stable !== null && plan.kind === 'deploy'
  if (!isJudged) return { heading: 'the verdict', lines: [] }
  const lines = metrics.flatMap((one) => metricWords(plan, one))
  return {
    heading: 'the verdict',
    lines: lines.length === 0 ? ['nothing is known of a comparison'] : [...lines, `${promiseWords(plan.alpha)}`],
  }
}

const metricWords = (plan: Plan, one: Assessment): readonly string[] => {
  const { metric, candidate, stable, evidence, promotion, slowness, difference } = one
  if (candidate.requests === 0)
    return [
      `${metric}: not compared yet${metric === 'latency' ? ' (it takes 1,000 requests of stable, and a warm-up)' : ''}`,
    ]
  const what = slowness === null ? 'failed' : slowWords(slowness)
  const limits = `evidence ${formatEvidence(evidence)} against "no worse" (goes back at ${formatEvidence(rollbackLimit(plan))})`
  const shown =
    promotion >= promotionLimit(plan)
      ? `shown to be ${marginWords(metric)}`
      : `not shown to be ${marginWords(metric)} (evidence ${formatEvidence(promotion)} of ${formatEvidence(promotionLimit(plan))})`
  return [
    `${metric}: ${badOf(candidate)} ${what} on ${plan.candidate}, ${badOf(stable)} on ${plan.stable}`,
    `  ${limits}`,
    ...(difference === null ? [] : [`  ${differenceWords(difference)}`]),
    `  ${shown}`,
    `  ${couldBeSeen(plan, one)}`,
  ]
}

/** What is not there was looked for with this glass. */
const couldBeSeen = (plan: Plan, { metric, candidate, stable, slowness }: Assessment): string => {
  const p0 = rate(stable)
  const share = candidate.requests / (candidate.requests + stable.requests)
  const limit = rollbackLimit(plan)
  const found = detectableRate({ p0, candidateRequests: candidate.requests, share, limit })
  const kind = slowness === null ? metric : `requests beyond stable's ${quantileName(slowness.quantile)}`
  if (found === null) return `too few requests yet to find anything (${candidate.requests.toLocaleString('en-US')})`
  const times = p0 > 0 ? `, ${Number((found / p0).toPrecision(2))} times stable's,` : ''
  return `${kind} at ${Number((100 * found).toPrecision(2))} % or more${times} would most likely have been found by now`
}

const rate = ({ requests, bad }: Tally): number => (requests === 0 ? 0 : bad / requests)

const users = ({ metrics, rescued, rollout }: Told): Section => {
  const bad = metrics.find(({ metric }) => metric === 'errors')?.candidate.bad ?? 0
  const { candidate, stable } = rollout.plan
  const saved = rescued === 0 ? '' : `, ${stable} answered ${rescued.toLocaleString('en-US')} of them instead`
  return {
    heading: 'what users saw',
    lines: bad === 0 ? [] : [`${bad.toLocaleString('en-US')} requests failed on ${candidate}${saved}`],
  }
}

const now = ({ rollout, lacks }: Told): Section => ({
  heading: 'where it is',
  lines: [headline(rollout), ...lacks.map((lack) => `waits: ${lackWords(lack)}`)],
})
