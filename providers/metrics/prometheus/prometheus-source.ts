// The port MetricsSource, carried out by a Prometheus. A window is read as raw samples, so its counts are exact; it ends where
// it is told to end: whoever asks leaves the last scrape the time to arrive, by both clocks.
import type { QueryFlaw } from '@humdrum/core/delivery/release-reference.ts'
import { anyReleaseOf, partsOf, queryFlaw, queryOf, selectorFlaw } from '@humdrum/core/delivery/release-reference.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { Ask, MetricsSource, Reading } from '@humdrum/core/ports.ts'
import { checkMeasure } from './check.ts'
import { readCounter } from './counter.ts'
import { readHistogram } from './histogram.ts'
import type { Window } from './increase.ts'
import type { QueryApi, QueryApiPlan } from './query-api.ts'
import { createQueryApi } from './query-api.ts'
import type { Found } from './selection.ts'
import { comebackMs, fail, failBy } from './selection.ts'
import { readValue } from './value.ts'

export const createPrometheusSource = (plan: QueryApiPlan): MetricsSource => {
  const api = createQueryApi(plan)
  return {
    read: async ({ measure, release, from, to }) => {
      const flaw = flawIn(measure)
      return flaw === null
        ? readMeasure({ api, release, window: { from, to } }, measure)
        : { kind: 'error', reason: flaw }
    },
    check: async (ask) => {
      const flaw = flawIn(ask.measure)
      return flaw === null ? checkMeasure(api, ask) : { kind: 'refused', reason: flaw }
    },
  }
}

type Measured = Ask['measure']
type Share = Extract<Measured, { readonly kind: 'share' }>
type Mean = Extract<Measured, { readonly kind: 'mean' }>
type Part = { readonly api: QueryApi; readonly release: Version; readonly window: Window }

/** What keeps a measure from being asked at all, with what to write instead. */
const flawIn = (measure: Measured): string | null => {
  for (const [name, query, flaw] of queriesOf(measure)) {
    const found = flaw(query)
    if (found !== null) return `${name} ${found.says}: ${found.hint}`
  }
  return null
}

type Query = readonly [name: string, query: string, flaw: (query: string) => QueryFlaw | null]

const queriesOf = (measure: Measured): readonly Query[] => {
  switch (measure.kind) {
    case 'share':
      return [
        ['hits', measure.hits, selectorFlaw],
        ['total', measure.total, selectorFlaw],
      ]
    case 'mean':
      return [
        ['sum', measure.sum, selectorFlaw],
        ['count', measure.count, selectorFlaw],
      ]
    case 'value':
      return [['query', measure.query, queryFlaw]]
    case 'histogram':
      return [['selector', measure.selector, selectorFlaw]]
    default:
      return measure satisfies never
  }
}

const readMeasure = async (part: Part, measure: Measured): Promise<Reading> => {
  const { api, release, window } = part
  switch (measure.kind) {
    case 'share':
      return readShare(part, measure)
    case 'mean':
      return readMean(part, measure)
    case 'value': {
      const found = await readValue(api, { query: measure.query, release }, window)
      return found.ok ? { kind: 'value', value: found.value } : found.failure
    }
    case 'histogram': {
      const found = await readHistogram(api, queryOf(measure.selector, release), window)
      return found.ok ? { kind: 'histogram', ...found.value } : found.failure
    }
    default:
      return measure satisfies never
  }
}

const counterOf = ({ api, release, window }: Part, selector: string): Promise<Found<number>> =>
  readCounter(api, queryOf(selector, release), window)

const readShare = async (part: Part, measure: Share): Promise<Reading> => {
  const [hits, total] = await Promise.all([counterOf(part, measure.hits), counterOf(part, measure.total)])
  if (!total.ok) return total.failure
  const counted = hits.ok ? hits : await noHits(part, measure, hits)
  if (!counted.ok) return counted.failure
  return { kind: 'share', hits: counted.value, total: total.value }
}

/**
 * Most apps create the counter of a label's value when it is first needed. While total counts, no hits are 0 hits where both
 * are of one metric (this release tells it then) and some release has had such hits (the labels are spelt right then). Else
 * nobody can say, and that is no release without data: its total counts.
 */
const noHits = async (
  { api, window }: Part,
  { hits, total }: Share,
  found: Extract<Found<number>, { ok: false }>,
): Promise<Found<number>> => {
  const { failure } = found
  if (failure.kind === 'error') return found
  const { name } = partsOf(hits)
  const isOfTotal = name !== '' && name === partsOf(total).name
  if (failure.kind === 'stale') return isOfTotal ? { ok: true, value: 0 } : fail(`nothing new of hits; ${unlikeTotal}`)
  if (!isOfTotal) return fail(`${failure.reason}; ${unlikeTotal}`)
  const ever = await api.instant(`count(count_over_time(${anyReleaseOf(hits)}[${comebackMs}ms]))`, window.to)
  if (!ever.ok) return failBy(ever)
  return ever.value.length > 0
    ? { ok: true, value: 0 }
    : fail(`${failure.reason}; no release had any for an hour: ${createIt}`)
}

const createIt = 'if that is so, let the app create the counter with 0 when it starts'
const unlikeTotal = `total counts, under another name, so whether there were none cannot be told: ${createIt}`

const readMean = async (part: Part, measure: Mean): Promise<Reading> => {
  const [sum, count] = await Promise.all([counterOf(part, measure.sum), counterOf(part, measure.count)])
  if (!sum.ok) return sum.failure
  if (!count.ok) return count.failure
  const { low, high } = measure
  const slack = 1e-9 * Math.max(Math.abs(low), Math.abs(high)) * count.value
  if (sum.value < low * count.value - slack || sum.value > high * count.value + slack)
    return {
      kind: 'error',
      reason: `${count.value} observations sum up to ${sum.value}: not all lie from ${low} to ${high}`,
    }
  return { kind: 'mean', sum: sum.value, count: count.value }
}
