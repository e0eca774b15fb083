// Simulated requests that take their time: log-normal, p50 50 ms and p99 321 ms, of which a candidate can be slower at its
// tail or altogether. A minute of stable alone comes first, as before every rollout.
import type { Random } from '@humdrum/core/analysis/seeded-random.ts'
import { draws } from '@humdrum/core/analysis/seeded-random.ts'
import { everything, ppm } from '@humdrum/core/time.ts'
import type { Counts, Found, Minute, Seen, Watcher } from './panel.ts'
import { createPanel } from './panel.ts'
import { createNormals } from './run-seed.ts'

/** Milliseconds of a standard normal number. */
export type Shape = (z: number) => number

const medianMs = 50
const logSpread = Math.log(321 / medianMs) / 2.326_347_874_040_841

export const usual: Shape = (z) => medianMs * Math.exp(logSpread * z)

/** All of it takes so many times as long. */
export const slowedBy =
  (factor: number): Shape =>
  (z) =>
    factor * usual(z)

/** p99 becomes `factor` times as long; what lies below p90 stays. */
export const tailStretched = (factor: number): Shape => {
  const [p90, p99] = [usual(1.281_551_565_544_6), usual(2.326_347_874_040_841)]
  const power = Math.log((factor * p99) / p90) / Math.log(p99 / p90)
  return (z) => {
    const ms = usual(z)
    return ms <= p90 ? ms : p90 * (ms / p90) ** power
  }
}

export type LatencyTraffic = {
  readonly random: Random
  readonly candidate: Shape
  readonly weightPpm: number
  /** Of both arms, after the first minute. */
  readonly requests: number
  /** Shares of bad requests of stable and of the candidate; 0 unless told. */
  readonly p0?: number
  readonly p1?: number
}

const perSecond = 100
const paceMs = 1_000 / perSecond
const minuteRequests = 60 * perSecond

/** Runs until nobody is left who looks, or all requests were made. */
export const runLatency = (traffic: LatencyTraffic, watchers: readonly Watcher[]): Found => {
  const { random, requests, weightPpm, p0 = 0, p1 = 0 } = traffic
  const [panel, normal] = [createPanel(watchers), createNormals(random)]
  const seen: Seen = { arm: 'stable', bad: false, weight: ppm(0), atMs: 0, elapsedMs: 0 }
  for (let request = 0; request < minuteRequests; request += 1) {
    seen.atMs += paceMs
    seen.elapsedMs = usual(normal())
    panel.request(seen, 0)
  }
  const toCandidate = (weightPpm / everything) * draws
  const toSample = 2 * toCandidate
  const minute = createMinute()
  let candidateRequests = 0
  seen.weight = ppm(weightPpm)
  for (let request = 1; request <= requests && !panel.isDone(); request += 1) {
    const draw = random()
    const isCandidate = draw < toCandidate
    seen.atMs += paceMs
    seen.arm = isCandidate ? 'candidate' : 'stable'
    if (isCandidate) candidateRequests += 1
    if (panel.waits('request') || draw < toSample) {
      seen.elapsedMs = (isCandidate ? traffic.candidate : usual)(normal())
      seen.bad = p0 + p1 > 0 && random() < (isCandidate ? p1 : p0) * draws
      panel.request(seen, candidateRequests)
      if (draw < toSample) minute.add(isCandidate, seen.elapsedMs)
    }
    if (request % minuteRequests === 0 && panel.waits('minute')) panel.minute(minute.end(), candidateRequests)
  }
  return panel.found
}

const noCounts: Readonly<Counts> = { requests: 0, bad: 0 }

/** The latencies of a minute, of both arms. */
const createMinute = (): { add(isCandidate: boolean, ms: number): void; end(): Minute } => {
  const [candidate, sample] = [new Float64Array(minuteRequests), new Float64Array(minuteRequests)]
  let [ofCandidate, ofSample] = [0, 0]
  return {
    add: (isCandidate, ms) => {
      if (isCandidate) candidate[ofCandidate++] = ms
      else sample[ofSample++] = ms
    },
    end: () => {
      const candidateMs = candidate.subarray(0, ofCandidate).sort()
      const sampleMs = sample.subarray(0, ofSample).sort()
      ofCandidate = 0
      ofSample = 0
      return { candidate: noCounts, sample: noCounts, candidateMs, sampleMs }
    },
  }
}
