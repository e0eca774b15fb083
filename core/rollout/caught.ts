// What could have been seen by now, in words: the smallest regression that a metric would most likely have caught with what
// it has counted. What is not there was looked for with this glass. Pure.
import type { Watched } from '../analysis/engines/information-limit.ts'
import { detectableRate } from '../analysis/engines/information-limit.ts'
import type { SourceMetric } from '../analysis/metric.ts'
import type { SourceAssessment } from '../analysis/source/source-assessment.ts'

/** `a regression of 2.1 times or more (errors at 3.8 %) would most likely have been caught by now`. */
export const caughtWords = (what: string, seen: Watched): string => {
  const found = detectableRate(seen)
  if (found === null) return `too few requests yet to find anything (${seen.candidateRequests.toLocaleString('en-US')})`
  const rates = `${what} at ${figure(100 * found)} %`
  const size = seen.p0 > 0 ? `a regression of ${figure(found / seen.p0)} times or more (${rates})` : `${rates} or more`
  return `${size} would most likely have been caught by now`
}

/**
 * `checkout at 2.1 % or less would most likely have been caught by now`. A mean between two bounds is taken for a share of
 * observations at the worse bound: no mean scatters more, so what is said is no more than true.
 */
export const caughtBySource = (metric: SourceMetric, { candidate, stable, limit }: SourceAssessment): string => {
  const { low, range } = boundsOf(metric)
  const [isLower, seen] = [metric.worse === 'lower', candidate.n + stable.n]
  const usual = stable.n === 0 ? 0 : (stable.x / stable.n - low) / range
  const p0 = Math.min(1, Math.max(0, isLower ? 1 - usual : usual))
  const found = detectableRate({
    p0,
    candidateRequests: candidate.n,
    share: seen === 0 ? 0 : candidate.n / seen,
    limit,
  })
  if (found === null) return 'too little yet to find anything'
  const value = low + range * (isLower ? 1 - found : found)
  return `${metric.name} at ${valueWords(metric, value)} or ${isLower ? 'less' : 'more'} would most likely have been caught by now`
}

const boundsOf = ({ measure }: SourceMetric): { readonly low: number; readonly range: number } =>
  measure.kind === 'mean' || measure.kind === 'value'
    ? { low: measure.low, range: measure.high - measure.low }
    : { low: 0, range: 1 }

const valueWords = ({ measure }: SourceMetric, value: number): string => {
  switch (measure.kind) {
    case 'share':
      return `${figure(100 * value)} %`
    case 'mean':
    case 'value':
      return figure(value)
    case 'restarts':
      return `${figure(3_600 * value)} an hour of an instance`
    case 'histogram':
      return `${figure(100 * value)} % beyond the threshold`
    default:
      return measure satisfies never
  }
}

const figure = (value: number): string => String(Number(value.toPrecision(2)))
