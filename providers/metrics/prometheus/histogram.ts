// The increase of a histogram in a window, at its own edges: native where there is one by its name, classic otherwise.
import { partsOf } from '@humdrum/core/delivery/release-reference.ts'
import type { Series } from './answer.ts'
import type { Bucketed, Buckets } from './classic-histogram.ts'
import { classicIncrease } from './classic-histogram.ts'
import type { Window } from './increase.ts'
import { nativeIncrease } from './native-histogram.ts'
import type { QueryApi } from './query-api.ts'
import type { Found } from './selection.ts'
import { fail, failBy, select, track } from './selection.ts'

const suffix = '_bucket'

/** `selector` is filled in and plain: the name of the histogram, or of its buckets. */
export const readHistogram = async (api: QueryApi, selector: string, window: Window): Promise<Found<Buckets>> => {
  const { name } = partsOf(selector)
  if (name === '') return fail('a histogram is selected by its name before the braces')
  const buckets = name.endsWith(suffix) ? selector : selector.replace(name, `${name}${suffix}`)
  const native = name.endsWith(suffix) ? null : await select(api, selector, window)
  if (native?.ok) return readNative(api, { selector, window, series: native.value })
  if (native?.failure.kind === 'error') return native
  const classic = await select(api, buckets, window)
  if (classic.ok) return readClassic(api, { selector: buckets, window, series: classic.value })
  // What was there once, of either kind, says more than that the other kind never was.
  return native?.failure.kind === 'stale' && classic.failure.kind === 'noData' ? native : classic
}

type Selected = { readonly selector: string; readonly window: Window; readonly series: readonly Series[] }

const readNative = async (api: QueryApi, selected: Selected): Promise<Found<Buckets>> => {
  if (selected.series.some(({ samples }) => samples.length > 0))
    return fail(`${partsOf(selected.selector).name} is no histogram: its samples are numbers`)
  const tracked = await track(api, { ...selected, pick: ({ histograms }) => histograms })
  return tracked.ok ? bucketsOf(nativeIncrease(tracked.value)) : failBy(tracked)
}

const readClassic = async (api: QueryApi, selected: Selected): Promise<Found<Buckets>> => {
  const tracked = await track(api, { ...selected, pick: ({ samples }) => samples })
  return tracked.ok ? bucketsOf(classicIncrease(tracked.value)) : failBy(tracked)
}

const bucketsOf = (bucketed: Bucketed): Found<Buckets> => (bucketed.ok ? bucketed : fail(bucketed.reason))
