// What a selector finds in a window, series by series: which samples are new, and what each series stood at before them. A
// series that begins in the window counts from 0 only where it is known that it began there.
import type { Reading } from '@humdrum/core/ports.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Labels, Series } from './answer.ts'
import { seriesName } from './answer.ts'
import type { Split, Window } from './increase.ts'
import { split } from './increase.ts'
import { whyNothing } from './nothing-found.ts'
import type { Answered, NoAnswer, QueryApi } from './query-api.ts'

/** How far back the last sample before a window is looked for: as far as Prometheus itself looks. */
export const lookbackMs = 300_000
/** How far back a series that seems new is looked for. */
export const comebackMs = 3_600_000

/** A reading that is none. */
export type Failure = Extract<Reading, { readonly kind: 'noData' | 'stale' | 'error' }>
export type Found<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Failure }

export const fail = (reason: string): { readonly ok: false; readonly failure: Failure } => ({
  ok: false,
  failure: { kind: 'error', reason },
})
export const failBy = ({ reason }: NoAnswer) => fail(reason)

/** Without a base it counts from 0. */
export type Tracked<Sample> = Split<Sample> & { readonly labels: Labels }

/** `samples` or `histograms`: of which kind the wanted ones are. */
type Pick<Sample> = (series: Series) => readonly Sample[]

export type Selection<Sample> = {
  readonly selector: string
  readonly window: Window
  /** As it was answered for [from − lookback, to]. */
  readonly series: readonly Series[]
  readonly pick: Pick<Sample>
}

/** All series of a selector in a window and before it; noData or stale where nothing of it is new. */
export const select = async (api: QueryApi, selector: string, window: Window): Promise<Found<readonly Series[]>> => {
  const { from, to } = window
  const answered = await api.range(selector, to, to - from + lookbackMs)
  if (!answered.ok) return failBy(answered)
  const lastAt = lastOf(answered.value)
  if (lastAt !== null) return lastAt > from ? { ok: true, value: answered.value } : stale(lastAt)
  return nothing(api, selector, to)
}

const lastOf = (all: readonly Series[]): Instant | null => {
  const times = all.flatMap(({ samples, histograms }) => [samples.at(-1)?.at ?? 0, histograms.at(-1)?.at ?? 0])
  return times.length === 0 ? null : (Math.max(...times) as Instant)
}

const stale = (lastAt: Instant): { readonly ok: false; readonly failure: Failure } => ({
  ok: false,
  failure: { kind: 'stale', lastAt },
})

/** Long silent, or never there. */
const nothing = async (api: QueryApi, selector: string, to: Instant) => {
  const last = await api.instant(`max(max_over_time(timestamp(${selector})[${comebackMs}ms:15s]))`, to)
  if (!last.ok) return failBy(last)
  const [at] = last.value.flatMap(({ samples }) => samples)
  if (at !== undefined) return stale(Math.round(at.value * 1_000) as Instant)
  const why = await whyNothing(api, selector)
  return why.ok ? { ok: false as const, failure: { kind: 'noData', reason: why.value } as const } : failBy(why)
}

/** What each series stood at when the window began. */
export const track = async <Sample extends { readonly at: Instant }>(
  api: QueryApi,
  selection: Selection<Sample>,
): Promise<Answered<readonly Tracked<Sample>[]>> => {
  const { series, pick, window } = selection
  const parts = series.map(({ labels, ...rest }) => ({ labels, ...split(pick({ labels, ...rest }), window) }))
  const seemsNew = parts.some(({ base, fresh }) => base === null && fresh.length > 0)
  if (!seemsNew) return { ok: true, value: parts }
  const earlier = await api.range(selection.selector, window.from, comebackMs)
  if (!earlier.ok) return earlier
  const wasWatched = parts.some(({ base }) => base !== null) || (await collected(api, window.from))
  if (typeof wasWatched !== 'boolean') return wasWatched
  const before = new Map(earlier.value.map((one) => [seriesName(one.labels), pick(one).at(-1)]))
  return {
    ok: true,
    value: parts.map((part) => {
      if (part.base !== null || part.fresh.length === 0) return part
      const base = before.get(seriesName(part.labels)) ?? null
      if (base !== null || wasWatched) return { ...part, base }
      // Nobody watched when it began: what its first sample shows may be years old.
      return { ...part, base: part.fresh[0] ?? null, fresh: part.fresh.slice(1) }
    }),
  }
}

/** Whether Prometheus collected anything before the window: a series that it did not have then was not there. */
const collected = async (api: QueryApi, from: Instant): Promise<boolean | NoAnswer> => {
  const up = await api.instant(`count(count_over_time(up[${lookbackMs}ms]))`, from)
  return up.ok ? up.value.length > 0 : up
}
