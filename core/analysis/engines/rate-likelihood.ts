// A(r): the log likelihood ratio of "the candidate fails r times as often as stable", as a function of r, from the bins
// that had bad events. It keeps those bins, because a ratio that nobody thought of beforehand may be asked for.
import type { BinCounts } from './bin.ts'
import { lastHolding } from './bisection.ts'
import type { Interval } from './interval.ts'
import { logBlend } from './log-sum-exp.ts'

type RateLikelihood = {
  add(bin: BinCounts): void
  /** A(r) at r = exp(logRatio). */
  at(logRatio: number): number
  /** The ratios r at which A(r) is at least `level`: an interval, as A is concave in ln r. Its best point when there is none. */
  above(level: number): Interval
}

/** Fields of a bin in the store: share of the candidate, share of stable, bad of the candidate, bad of both. */
const width = 4

export const createRateLikelihood = (): RateLikelihood => {
  let store = new Float64Array(width * 64)
  let used = 0
  let candidateBad = 0
  let stableBad = 0

  const field = (index: number): number => store[index] ?? 0

  const add = (bin: BinCounts): void => {
    const bad = bin.candidateBad + bin.stableBad
    if (bad === 0) return
    if (used === store.length) {
      const wider = new Float64Array(store.length * 2)
      wider.set(store)
      store = wider
    }
    const requests = bin.candidateRequests + bin.stableRequests
    store[used] = bin.candidateRequests / requests
    store[used + 1] = bin.stableRequests / requests
    store[used + 2] = bin.candidateBad
    store[used + 3] = bad
    used += width
    candidateBad += bin.candidateBad
    stableBad += bin.stableBad
  }

  const at = (logRatio: number): number => {
    let sum = 0
    for (let bin = 0; bin < used; bin += width) {
      const own = field(bin + 2)
      sum -= field(bin + 3) * logBlend(logRatio, field(bin), field(bin + 1))
      if (own > 0) sum += own * logRatio // 0 · ln 0 is 0
    }
    return sum
  }

  const rises = (logRatio: number): boolean => {
    let slope = candidateBad
    for (let bin = 0; bin < used; bin += width) {
      slope -= field(bin + 3) / (1 + (field(bin + 1) / field(bin)) * Math.exp(-logRatio))
    }
    return slope > 0
  }

  const above = (level: number): Interval => {
    if (used === 0) return { lower: 0, upper: Number.POSITIVE_INFINITY }
    const holds = (logRatio: number): boolean => at(logRatio) >= level
    const peak = peakOf({ candidateBad, stableBad, rises, holds })
    return {
      lower: candidateBad === 0 ? 0 : Math.exp(edge(peak, -1, holds)),
      upper: stableBad === 0 ? Number.POSITIVE_INFINITY : Math.exp(edge(peak, 1, holds)),
    }
  }

  return { add, at, above }
}

type Shape = {
  readonly candidateBad: number
  readonly stableBad: number
  readonly rises: (logRatio: number) => boolean
  readonly holds: (logRatio: number) => boolean
}

/** Doublings of a log ratio after which it stands for 0 or infinity. */
const farthest = 2_048

/** The log ratio at which A is largest, or, where A only rises or only falls, one that is far enough to hold. */
const peakOf = ({ candidateBad, stableBad, rises, holds }: Shape): number => {
  if (candidateBad === 0 || stableBad === 0) {
    let point = candidateBad === 0 ? -1 : 1
    while (Math.abs(point) < farthest && !holds(point)) point *= 2
    return point
  }
  let [low, high] = [-1, 1]
  while (!rises(low) && low > -farthest) low *= 2
  while (rises(high) && high < farthest) high *= 2
  return lastHolding(low, high, rises)
}

/** Walks from the peak until the level is lost, then finds the place. */
const edge = (peak: number, direction: 1 | -1, holds: (logRatio: number) => boolean): number => {
  if (!holds(peak)) return peak
  let stride = 1
  while (holds(peak + direction * stride)) {
    if (stride > farthest) return direction * Number.POSITIVE_INFINITY
    stride *= 2
  }
  return lastHolding(peak, peak + direction * stride, holds)
}
