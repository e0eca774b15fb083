// Metrics of a source in words: why one is not known, and what one was judged by. Figures are in the measure's own unit.
import type { Judgement, SourceFinding } from '../analysis/decision.ts'
import type { SourceMetric } from '../analysis/metric.ts'
import { isOfEdge } from '../analysis/metric.ts'
import type { SourceAssessment, SourceReason } from '../analysis/source/source-assessment.ts'
import type { Arm, Trouble } from '../analysis/source/source-trouble.ts'
import { formatDuration } from '../time.ts'
import type { Plan } from './state.ts'

/** What a metric has come to, in one line: `checkout: 12 of 400 (3 %) on the candidate, …`. */
export const sourceWords = (
  plan: Pick<Plan, 'metrics'>,
  { metric, candidate, stable, interval, reason }: SourceAssessment,
): string => {
  const measure = plan.metrics.find((one): one is SourceMetric => !isOfEdge(one) && one.name === metric)?.measure.kind
  const known = measure !== undefined && candidate.n > 0
  const what = known
    ? sourceFindingWords({ metric, rule: 'evidence' }, { measure, candidate, stable, interval })
    : metric
  if (!known && reason === null) return `${metric}: nothing was counted yet`
  return reason === null ? what : `${what}${known ? '; ' : ': '}${sourceReasonWords(reason)}`
}

/** Why a metric is where it is, as a clause. */
export const sourceReasonWords = (reason: SourceReason): string => {
  switch (reason.kind) {
    case 'worse':
      return 'judged worse'
    case 'missing':
      return `the candidate has traffic and no data for ${formatDuration(reason.forMs)}, stable has`
    case 'learning':
      return `where stable lies is still being learnt (${figure(reason.seen)} of ${figure(reason.needed)})`
    case 'silent':
      return `nothing was read for ${formatDuration(reason.forMs)}`
    case 'unmeasured':
      return `${reason.forMs > 0 ? `not measured for ${formatDuration(reason.forMs)}: ` : ''}${troubleWords(reason.trouble)}`
    default:
      return reason satisfies never
  }
}

const troubleWords = (trouble: Trouble): string => {
  switch (trouble.kind) {
    case 'noData':
      return `no data ${armWords(trouble.arm)} (${trouble.why})`
    case 'stale':
      return `nothing new ${armWords(trouble.arm)}`
    case 'error':
      return trouble.why
    case 'bad':
      return `what was read ${armWords(trouble.arm)} cannot be right (${faultWords[trouble.fault]})`
    case 'notRead':
      return 'it was not read'
    case 'clock':
      return 'the clock was set back'
    default:
      return trouble satisfies never
  }
}

const armWords = (arm: Arm): string =>
  arm === 'both' ? 'of either release' : `of ${arm === 'stable' ? 'stable' : 'the candidate'}`

const faultWords: Readonly<Record<Extract<Trouble, { kind: 'bad' }>['fault'], string>> = {
  wrongKind: 'another kind of measure',
  notANumber: 'not a number',
  negative: 'less than nothing',
  moreThanAll: 'more hits than there are in total',
  outside: 'beyond low and high',
  shape: 'buckets that do not fit their edges',
  edges: 'the edges of the histogram changed',
}

/** What a metric of a source was judged by. */
export const sourceFindingWords = (
  { metric, rule }: Pick<Judgement, 'metric' | 'rule'>,
  { measure, candidate, stable, interval }: SourceFinding,
): string => {
  if (rule === 'missing') return `${metric}: the candidate has traffic and no data, stable has`
  const amounts = `${amountWords(measure, candidate)} on the candidate, ${amountWords(measure, stable)} on stable`
  return `${metric}: ${amounts}${interval === null ? '' : `, ${intervalWords(interval)}`}`
}

const amountWords = (measure: SourceFinding['measure'], { n, x }: SourceFinding['candidate']): string => {
  switch (measure) {
    case 'share':
      return `${figure(x)} of ${figure(n)}${n > 0 ? ` (${figure((100 * x) / n)} %)` : ''}`
    case 'mean':
    case 'value':
      return n > 0 ? `${figure(x / n)} on average of ${figure(n)}` : 'nothing'
    case 'restarts':
      return `${figure(x)} restarts in ${formatDuration(1_000 * n)} of its instances`
    case 'histogram':
      return `${figure(x)} of ${figure(n)} beyond the threshold`
    default:
      return measure satisfies never
  }
}

const intervalWords = ({ lower, upper, of }: NonNullable<SourceFinding['interval']>): string =>
  of === 'ratio'
    ? `between ${figure(lower)} and ${figure(upper)} times stable's`
    : `a difference between ${figure(lower)} and ${figure(upper)}`

const figure = (value: number): string =>
  Math.abs(value) >= 1_000 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)))
