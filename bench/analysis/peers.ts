// The rules of other systems, re-implemented from their sources as watchers of the same simulated rollouts, with the
// thresholds of their documentation or with thresholds that fit the service (tuned.ts).
//
// Argo Rollouts (analysis.go): a measurement a minute, failed when the success rate is below 99 %; the rollout is aborted when
// more than failureLimit (0 unless told) have failed. Flagger (scheduler.go): the same check, and rolled back when the failed
// ones have reached a threshold (5 in its documentation); a success does not take one back. Kayenta (NetflixACAJudge): points of a
// minute each since the start, candidate against a sample of stable of the same size, compared by Mann and Whitney's test every ten minutes.
import type { Shift } from './mann-whitney.ts'
import { shiftOf } from './mann-whitney.ts'
import type { Minute, Watcher } from './panel.ts'

/** A number per minute; null when there was no request. */
export type Measured = (minute: Minute) => number | null

/** The candidate's share of bad requests. */
export const badShare: Measured = ({ candidate }) =>
  candidate.requests === 0 ? null : candidate.bad / candidate.requests

/** A quantile of the candidate's latency, in ms. */
export const latencyAt =
  (quantile: number): Measured =>
  ({ candidateMs }) =>
    quantileOf(candidateMs, quantile)

/** Of ascending values. */
export const quantileOf = (sorted: ArrayLike<number>, quantile: number): number | null =>
  sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)] ?? null

type MinutesPlan = { readonly measured: Measured; readonly most: number; readonly failures: number }

/** Acts when so many minutes were above `most`: Argo Rollouts with failureLimit `failures - 1`, and Flagger. */
export const failedMinutes = ({ measured, most, failures }: MinutesPlan): Watcher => {
  let failed = 0
  return {
    kind: 'minute',
    see: (minute) => {
      const value = measured(minute)
      if (value !== null && value > most) failed += 1
      return failed >= failures
    },
  }
}

/** The same number of both arms. */
export type Pair = { readonly candidate: number; readonly sample: number }
export type Compared = (minute: Minute) => Pair | null

/** Percent, as Kayenta's accuracy is absolute. */
export const badPercent: Compared = ({ candidate, sample }) =>
  candidate.requests === 0 || sample.requests === 0
    ? null
    : {
        candidate: (100 * candidate.bad) / candidate.requests,
        sample: (100 * sample.bad) / sample.requests,
      }

export const latencyOfBoth =
  (quantile: number): Compared =>
  ({ candidateMs, sampleMs }) => {
    const [candidate, sample] = [quantileOf(candidateMs, quantile), quantileOf(sampleMs, quantile)]
    return candidate === null || sample === null ? null : { candidate, sample }
  }

/** Kayenta's own: how far the interval's lower end must lie above 0, in parts of the estimate. */
export const kayentaTolerance = 0.25

type KayentaPlan = {
  readonly compared: Compared
  readonly everyMinutes: number
  readonly tolerance: number
}

export const kayenta = ({ compared, everyMinutes, tolerance }: KayentaPlan): Watcher => {
  const look = createKayentaLooks(everyMinutes)
  return { kind: 'minute', see: (minute) => look(compared(minute)) > tolerance }
}

/**
 * At a minute in which Kayenta judges, the largest tolerance with which it would still find the candidate worse; -Infinity where
 * it would not with any, and in the minutes between.
 */
export const createKayentaLooks = (everyMinutes: number): ((points: Pair | null) => number) => {
  const [experiment, control]: [number[], number[]] = [[], []]
  let minutes = 0
  return (points) => {
    if (points !== null) {
      experiment.push(points.candidate)
      control.push(points.sample)
    }
    minutes += 1
    return minutes % everyMinutes === 0 ? severity(experiment, control) : Number.NEGATIVE_INFINITY
  }
}

const severity = (experiment: readonly number[], control: readonly number[]): number => {
  if (experiment.length === 0) return Number.NEGATIVE_INFINITY
  const shift = shiftOf(Float64Array.from(experiment).sort(), Float64Array.from(control).sort())
  // Its effect size: the mean must be larger too, by any factor above 1.
  if (shift === null || sumOf(experiment) <= sumOf(control)) return Number.NEGATIVE_INFINITY
  return beyond(shift)
}

const beyond = ({ lower, estimate }: Shift): number =>
  estimate === 0 ? (lower > 0 ? Infinity : Number.NEGATIVE_INFINITY) : lower / Math.abs(estimate)

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

/** Standard normal quantiles of a one-sided test. */
const criticalScores = new Map([
  [0.01, 2.326_347_874_040_841],
  [0.05, 1.644_853_626_951_472_2],
])

/** A textbook test of two proportions, looked at again and again, as if each look were the only one. */
export const peekingZ = (alpha: number): Watcher => {
  const critical = criticalScores.get(alpha)
  if (critical === undefined) throw new Error(`no critical score is known for alpha ${alpha}`)
  return {
    kind: 'counts',
    see: (candidate, stable) => {
      const [n1, n0] = [candidate.requests, stable.requests]
      if (n1 === 0 || n0 === 0) return false
      const pooled = (candidate.bad + stable.bad) / (n1 + n0)
      const spread = Math.sqrt(pooled * (1 - pooled) * (1 / n1 + 1 / n0))
      return spread > 0 && (candidate.bad / n1 - stable.bad / n0) / spread >= critical
    },
  }
}
