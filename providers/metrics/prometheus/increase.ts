// How much a counter grew in a window, from its raw samples: without extrapolation, so that whole numbers stay whole and
// windows that meet add up to the whole. Pure.
import type { Instant } from '@humdrum/core/time.ts'

export type Window = { readonly from: Instant; readonly to: Instant }

/** The last sample that the window before has counted already, and those that are new in this one. */
export type Split<Sample> = { readonly base: Sample | null; readonly fresh: readonly Sample[] }

/** Samples of one series in the order of time. */
export const split = <Sample extends { readonly at: Instant }>(
  samples: readonly Sample[],
  { from, to }: Window,
): Split<Sample> => ({
  base: samples.findLast(({ at }) => at <= from) ?? null,
  fresh: samples.filter(({ at }) => at > from && at <= to),
})

/**
 * The sum of the steps from each value to the next. A counter that fell began again at 0: all that it shows is new.
 * `before` is what it stood at before the first one, 0 for a counter that begins with it.
 */
export const increase = (before: number, values: readonly number[]): number => {
  let [sum, last] = [0, before]
  for (const value of values) {
    sum += value < last ? value : value - last
    last = value
  }
  return sum
}
