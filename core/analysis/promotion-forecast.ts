// How many requests it will take until a candidate that is as good as stable has shown it: the expected evidence of the
// engines that decide about promotion, fed with expected counts. Chance makes half of the real ones quicker than that (the
// twin says by how much). A forecast for people; it decides nothing.
import { everything } from '../time.ts'
import type { BinCounts } from './engines/bin.ts'
import type { EngineP } from './engines/engine-p.ts'
import { createEngineP, logPromote } from './engines/engine-p.ts'
import type { Margins } from './engines/label-evidence.ts'
import { promotionMargins } from './engines/label-evidence.ts'
import { differenceCaps, displayAlpha } from './judge.ts'
import { latencyBucket, latencyBucketStartMs } from './latency/latency-bucket.ts'
import { edgeAt, logit } from './latency/latency-edge.ts'
import { promotionSlowness } from './latency/latency-judge.ts'
import { blankWithin, createWithin } from './latency/latency-within.ts'

/** What the candidate answers while it has a weight, 0 to 1 and neither of both. */
export type Exposed = { readonly weight: number; readonly requests: number }

/** What it will have seen by then, the weight at which it goes on, and the evidence that is needed (1 / beta). */
export type From = { readonly before: readonly Exposed[]; readonly weight: number; readonly needed: number }

/** More is no forecast: months of most services. */
const most = 1e9

/** Requests of the candidate, besides those before, until errors are shown to be no worse; `rate` is that of both. Null: never. */
export const requestsForErrors = (rate: number, from: From, margins: Margins = promotionMargins): number | null =>
  fewest(from, (exposures) => logPromote(fedWith(rate, exposures), margins))

/** The same until a step may pass that is not the last one. */
export const requestsForDifference = (rate: number, from: From): number | null => {
  const cap = differenceCaps.find(({ upTo }) => from.weight * everything <= upTo)
  return cap === undefined ? 0 : fewest(from, (exposures) => fedWith(rate, exposures).logNoninferior(cap.most))
}

const fedWith = (rate: number, exposures: readonly Exposed[]): EngineP => {
  const engine = createEngineP()
  for (const exposed of exposures) engine.add(expected(exposed, { candidate: rate, stable: rate }))
  return engine
}

/** By how much a candidate may fail oftener at most, as far as is known after exposures in which nothing failed. */
export const boundWithoutFailures = (exposures: readonly Exposed[]): number =>
  fedWith(0, exposures).difference(displayAlpha).upper

/** The share of stable's requests above a threshold, and above so many times it as a candidate may be slower. */
export type Tail = { readonly above: number; readonly aboveShifted: number }

/** A histogram of latencies: [bucket, count]. */
export type Histogram = readonly (readonly [number, number])[]

const countOf = (histogram: Histogram): number => histogram.reduce((sum, [, count]) => sum + count, 0)

/** The upper edge of the bucket that holds the quantile, in milliseconds; null of an empty histogram. */
export const quantileMs = (histogram: Histogram, quantile: number): number | null => {
  const needed = quantile * countOf(histogram)
  let counted = 0
  for (const [bucket, count] of [...histogram].sort(([one], [other]) => one - other)) {
    counted += count
    if (count > 0 && counted >= needed) return latencyBucketStartMs(bucket + 1)
  }
  return null
}

/** The threshold of a quantile, as the judge takes it from stable; null of an empty histogram. */
export const tailOf = (histogram: Histogram, quantile: number, slowness = promotionSlowness): Tail | null => {
  const requests = countOf(histogram)
  if (requests === 0) return null
  const { slow } = edgeAt(new Map(histogram), requests, quantile)
  const shifted = latencyBucket(slowness * latencyBucketStartMs(slow) * 1_000)
  const above = (first: number): number => countOf(histogram.filter(([bucket]) => bucket >= first)) / requests
  return { above: above(slow), aboveShifted: above(shifted) }
}

/** The same for one threshold of latency. A tail with nothing between threshold and shifted threshold never shows anything. */
export const requestsForLatency = ({ above, aboveShifted }: Tail, from: From): number | null => {
  const step = logit(clamped(aboveShifted)) - logit(clamped(above))
  return fewest(from, (exposures) => {
    // Stable was measured long before: its share is known, and each bin adds what one of any length would in proportion.
    const within = createWithin(blankWithin(step))
    for (const exposed of exposures) within.add(expected(exposed, { candidate: aboveShifted, stable: above }), above)
    return within.logEvidence(1)
  })
}

/** No histogram makes it certain that nothing is slower. */
const clamped = (share: number): number => Math.min(1 - 1e-9, Math.max(1e-9, share))

const expected = (
  { weight, requests }: Exposed,
  rates: { readonly candidate: number; readonly stable: number },
): BinCounts => {
  const stableRequests = (requests * (1 - weight)) / weight
  return {
    candidateRequests: requests,
    candidateBad: requests * rates.candidate,
    stableRequests,
    stableBad: stableRequests * rates.stable,
  }
}

/** Log evidence is convex in the requests, as a sum of exponentials: once it is there it stays. */
const fewest = (
  { before, weight, needed }: From,
  logEvidence: (exposures: readonly Exposed[]) => number,
): number | null => {
  const suffices = (requests: number): boolean =>
    logEvidence(requests === 0 ? before : [...before, { weight, requests }]) >= Math.log(needed)
  if (suffices(0)) return 0
  let enough = 1
  while (!suffices(enough)) {
    if (enough > most) return null
    enough *= 2
  }
  let tooFew = enough === 1 ? 0 : enough / 2
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2)
    if (suffices(middle)) enough = middle
    else tooFew = middle
  }
  return enough
}
