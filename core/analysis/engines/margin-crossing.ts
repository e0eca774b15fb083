// How far a margin is refuted: one end of a confidence sequence for a difference of rates.
import { lastHolding } from './bisection.ts'

/** The margin, from `end` (-1 or 1) towards the other, up to which it is refuted; `end` itself when none is. */
export const crossing = (end: 1 | -1, refuted: (margin: number) => boolean): number => {
  if (!refuted(end)) return end
  return refuted(-end) ? -end : lastHolding(end, -end, refuted)
}
