// How much the counters of a selector grew in a window, all its series together. What is no counter is refused in words.
import type { Series } from './answer.ts'
import { seriesName } from './answer.ts'
import type { Window } from './increase.ts'
import { increase } from './increase.ts'
import type { QueryApi } from './query-api.ts'
import type { Found } from './selection.ts'
import { fail, failBy, select, track } from './selection.ts'

/** `selector` is filled in, and plain. */
export const readCounter = async (api: QueryApi, selector: string, window: Window): Promise<Found<number>> => {
  const found = await select(api, selector, window)
  if (!found.ok) return found
  const flaw = await noCounter(api, found.value)
  if (flaw !== null) return fail(flaw)
  const tracked = await track(api, { selector, window, series: found.value, pick: ({ samples }) => samples })
  if (!tracked.ok) return failBy(tracked)
  return {
    ok: true,
    value: tracked.value.reduce(
      (sum, { base, fresh }) =>
        sum +
        increase(
          base?.value ?? 0,
          fresh.map(({ value }) => value),
        ),
      0,
    ),
  }
}

const namesOf = (series: readonly Series[]): readonly string[] => [
  ...new Set(series.map(({ labels: { __name__: name = '' } }) => name)),
]

/** Why series cannot be read as one counter; null when they can. */
export const noCounter = async (api: QueryApi, series: readonly Series[]): Promise<string | null> =>
  noCounters(series) ?? gaugeAmong(api, namesOf(series)[0] ?? '')

/** What keeps series from being summed as counters. */
const noCounters = (series: readonly Series[]): string | null => {
  const names = namesOf(series)
  if (names.length > 1) return `the selector finds several metrics (${names.slice(0, 5).join(', ')}): name one`
  for (const { labels, samples, histograms } of series) {
    if (histograms.length > 0)
      return `${seriesName(labels)} is a native histogram and no counter: measure it as a histogram`
    const odd = samples.find(({ value }) => !Number.isFinite(value) || value < 0)
    if (odd !== undefined) return `${seriesName(labels)} has the value ${odd.value}, and a counter is 0 or more`
  }
  return null
}

/** A source that keeps no types (404, or none of this metric) cannot say: then the name is believed. */
const gaugeAmong = async (api: QueryApi, name: string): Promise<string | null> => {
  const types = await api.types(name)
  const isGauge = types.ok && types.value.length > 0 && types.value.every((type) => type === 'gauge')
  return isGauge ? `${name} is a gauge and no counter: measure it as a value` : null
}
