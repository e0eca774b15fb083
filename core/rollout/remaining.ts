// How long the step under way will still take, by what its requests have told so far: for people. A regression would not be
// forecast, but found. Pure; it decides nothing.
import type { Assessment } from '../analysis/judge.ts'
import { errorsName } from '../analysis/metric.ts'
import type { Instant } from '../time.ts'
import { everything, formatDuration } from '../time.ts'
import type { Lack, LowTraffic, Mark, Rollout } from './state.ts'

export type RemainingSeen = {
  readonly at: Instant
  /** Outcomes of the candidate in this rollout. */
  readonly requests: number
  readonly metrics: readonly Assessment[]
  readonly lacks: readonly Lack[]
}

/** A rate that was counted for a shorter time is none. */
const leastMeasuredMs = 5_000

/** `about 4:00 more at the present 1.2 requests/s to v2`; null where nothing is waited for that requests could tell. */
export const remainingWords = (rollout: Rollout, { at, requests, metrics, lacks }: RemainingSeen): string | null => {
  if (rollout.phase !== 'Progressing' || rollout.from === null || lacks.length === 0) return null
  const { plan } = rollout
  const [seen, overMs] = sinceWeight(rollout, rollout.from, { at, requests, metrics })
  if (overMs < leastMeasuredMs || !lacks.every(({ kind }) => isOfRequests(kind))) return null
  const rate = `at the present ${figures((1_000 * seen) / overMs)} ${plan.unit}s/s to ${plan.candidate}`
  const needed = Math.max(...lacks.map((lack) => requestsFor(lack, metrics)))
  if (seen === 0 || !Number.isFinite(needed)) return `how long that takes cannot be said yet ${rate}`
  const ms = (needed * overMs) / seen
  const leftMs = rollout.since + plan.minExposure.timeMs + plan.stepBudgetMs - at
  return `about ${formatDuration(ms)} more ${rate}${ms <= leftMs ? '' : `, longer than the ${formatDuration(Math.max(0, leftMs))} that are left of the step: then ${lowTrafficWords(plan.lowTraffic)}`}`
}

type Counted = Pick<RemainingSeen, 'at' | 'requests' | 'metrics'>

/** Requests of the candidate at the present weight, and over which time; a ramp knows those of both arms, and its share. */
const sinceWeight = ({ ramp }: Rollout, step: Mark, { at, requests, metrics }: Counted): readonly [number, number] => {
  if (ramp === null) return [requests - step.requests, at - step.at]
  const errors = metrics.find(({ metric }) => metric === errorsName)
  if (ramp.from === null || errors === undefined) return [0, 0]
  const both = errors.candidate.requests + errors.stable.requests - ramp.from.requests
  return [Math.max(0, both) * (ramp.weight / everything), at - ramp.from.at]
}

/** What becomes of a step that does not know enough in time, as a clause. */
export const lowTrafficWords = (policy: LowTraffic): string => {
  switch (policy) {
    case 'pause':
      return 'it waits for a person'
    case 'promote-if-clean':
      return 'it goes on unproven if nothing at all speaks against it, and else waits for a person'
    case 'rollback':
      return 'it goes back'
    default:
      return policy satisfies never
  }
}

const isOfRequests = (kind: Lack['kind']): boolean =>
  kind === 'requests' || kind === 'promotion' || kind === 'difference'

/** Evidence grows by a factor with every request: so many more until it is there. Infinite where it has not begun to grow. */
const requestsFor = (lack: Lack, metrics: readonly Assessment[]): number => {
  if (lack.kind === 'requests') return lack.needed - lack.seen
  if (lack.kind !== 'promotion' && lack.kind !== 'difference') return Number.POSITIVE_INFINITY
  const name = lack.kind === 'promotion' ? lack.metric : errorsName
  const counted = metrics.find(({ metric }) => metric === name)?.candidate.requests ?? 0
  if (lack.evidence <= 1 || counted === 0) return Number.POSITIVE_INFINITY
  return counted * (Math.log(lack.needed) / Math.log(lack.evidence) - 1)
}

const figures = (value: number): string => `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))}`
