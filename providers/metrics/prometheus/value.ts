// One number from any expression, at the end of a window. Whether it is of this window is asked of the selectors in it that
// name the release: Prometheus shows a sample for five minutes after the last scrape.
import { queryOf, selectorsIn } from '@humdrum/core/delivery/release-reference.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Series } from './answer.ts'
import { seriesName } from './answer.ts'
import type { Window } from './increase.ts'
import { whyNothing } from './nothing-found.ts'
import type { QueryApi } from './query-api.ts'
import type { Failure, Found } from './selection.ts'
import { comebackMs, fail, failBy } from './selection.ts'

/** `query` as it is written, without a flaw. */
export const readValue = async (
  api: QueryApi,
  { query, release }: { readonly query: string; readonly release: Version },
  window: Window,
): Promise<Found<number>> => {
  const answered = await api.instant(queryOf(query, release), window.to)
  if (!answered.ok) return failBy(answered)
  const { value: found } = answered
  const several = severalSeries(found)
  if (several !== null) return fail(several)
  const [series] = found
  const selectors = selectorsIn(query).map((selector) => queryOf(selector, release))
  const lastAt = await newest(api, selectors, window)
  if (lastAt !== null && typeof lastAt !== 'number') return lastAt
  if (lastAt !== null && lastAt <= window.from) return { ok: false, failure: { kind: 'stale', lastAt } }
  if (series === undefined) return noValue(api, selectors, window.to)
  const [sample] = series.samples
  if (sample === undefined) return fail('the query gives a histogram: take a quantile or a share of it')
  return Number.isFinite(sample.value)
    ? { ok: true, value: sample.value }
    : fail(`the query gives ${sample.value}: nothing was there to divide by, or the expression has no number`)
}

/** Why an answer is no single number; null when it may be. */
export const severalSeries = (found: readonly Series[]): string | null =>
  found.length <= 1
    ? null
    : `the query gives ${found.length} series: ${namesOf(found.map(({ labels }) => seriesName(labels)))}; sum or avg them`

const namesOf = (names: readonly string[]): string =>
  names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')

/** When the last sample came that one of the selectors finds; null where none was found for an hour. */
const newest = async (
  api: QueryApi,
  selectors: readonly string[],
  { to }: Window,
): Promise<Instant | null | { readonly ok: false; readonly failure: Failure }> => {
  let last: number | null = null
  for (const selector of selectors) {
    const now = await api.instant(`max(timestamp(${selector}))`, to)
    if (!now.ok) return failBy(now)
    const earlier =
      now.value.length > 0
        ? now
        : await api.instant(`max(max_over_time(timestamp(${selector})[${comebackMs}ms:15s]))`, to)
    if (!earlier.ok) return failBy(earlier)
    for (const { samples } of earlier.value)
      for (const { value } of samples) last = Math.max(last ?? 0, Math.round(value * 1_000))
  }
  return last as Instant | null
}

/** The first selector that finds nothing says why; where each finds something, there are data, and the expression drops them. */
const noValue = async (api: QueryApi, selectors: readonly string[], to: Instant): Promise<Found<never>> => {
  for (const selector of selectors) {
    const there = await api.instant(`count(${selector})`, to)
    if (!there.ok) return failBy(there)
    if (there.value.length > 0) continue
    const why = await whyNothing(api, selector)
    return why.ok ? noData(`the query gives no series: ${why.value}`) : failBy(why)
  }
  return fail('the query gives no series, although its selectors find some')
}

const noData = (reason: string): Found<never> => ({ ok: false, failure: { kind: 'noData', reason } })
