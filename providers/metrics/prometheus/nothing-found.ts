// Why a selector finds nothing: which name, label or value of it is not there, and which ones are. For people.
import { nearest } from '@humdrum/contract/config/nearest.ts'
import type { Matcher } from '@humdrum/core/delivery/release-reference.ts'
import { partsOf } from '@humdrum/core/delivery/release-reference.ts'
import type { Answered, QueryApi } from './query-api.ts'

/** One clause. */
export const whyNothing = async (api: QueryApi, selector: string): Promise<Answered<string>> => {
  const { name, matchers } = partsOf(selector)
  const metric = name === '' ? `{${matchers.filter(isName).map(textOf).join(',')}}` : name
  const others = matchers.filter((matcher) => !isName(matcher))
  const labels = await api.names('labels', metric)
  if (!labels.ok) return labels
  if (labels.value.length === 0) return unknownMetric(api, metric)
  const missing = others.find(({ label, comparison }) => !comparison.startsWith('!') && !labels.value.includes(label))
  if (missing !== undefined) return { ok: true, value: noSuchLabel(metric, missing.label, labels.value) }
  for (const matcher of others) {
    const values = await valuesOf(api, matcher.label, `${metric === name ? name : ''}{${textsOf(metric, matcher)}}`)
    if (!values.ok) return values
    if (values.value.length > 0) continue
    const all = await valuesOf(api, matcher.label, metric)
    return all.ok ? { ok: true, value: noSuchValue(metric, matcher, all.value) } : all
  }
  return { ok: true, value: `no series of ${metric} has all of ${others.map(textOf).join(', ')} at once` }
}

const isName = ({ label }: Matcher): boolean => label === '__name__'
const textOf = ({ label, comparison, written }: Matcher): string => `${label}${comparison}${written}`

/** A metric that is named within braces keeps its name there. */
const textsOf = (metric: string, matcher: Matcher): string =>
  metric.startsWith('{') ? `${metric.slice(1, -1)},${textOf(matcher)}` : textOf(matcher)

const valuesOf = (api: QueryApi, label: string, selector: string | null) => api.names(`label/${label}/values`, selector)

const unknownMetric = async (api: QueryApi, metric: string): Promise<Answered<string>> => {
  const all = await valuesOf(api, '__name__', null)
  if (!all.ok) return all
  if (all.value.length === 0) return { ok: true, value: 'Prometheus has no series at all yet' }
  const close = nearest(metric, all.value)
  return {
    ok: true,
    value: `no metric is called ${metric}${close === null ? '' : `; did you mean ${close}?`}`,
  }
}

const noSuchLabel = (metric: string, label: string, labels: readonly string[]): string => {
  const known = labels.filter((one) => one !== '__name__')
  const close = nearest(label, known)
  return `${metric} has no label ${label}${close === null ? '' : `; did you mean ${close}?`} (it has ${some(known)})`
}

const noSuchValue = (metric: string, matcher: Matcher, values: readonly string[]): string =>
  `no series of ${metric} has ${textOf(matcher)} (${matcher.label} is ${some(values.map((value) => JSON.stringify(value)))})`

const some = (words: readonly string[]): string =>
  words.length > 8 ? `${words.slice(0, 8).join(', ')} and ${words.length - 8} more` : words.join(', ')
