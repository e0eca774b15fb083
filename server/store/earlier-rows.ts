// Rollouts as earlier versions wrote them, in the form of this one. What they lack is added so that a rollout that is over reads
// as it ended, and one under way goes on as it began. Pure; knows no table.
import type { Trip } from '@humdrum/core/analysis/decision.ts'
import type { Metric } from '@humdrum/core/analysis/metric.ts'
import { errorsName, usualErrors, usualLatency } from '@humdrum/core/analysis/metric.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import type { Cause, Lack, PauseReason, Plan, Rollout, Stage } from '@humdrum/core/rollout/state.ts'
import { newCourse, smoulderLimit } from '@humdrum/core/rollout/state.ts'

/** Nobody was asked how sure a promotion must be: as sure as for those who ask for nothing. And no source was there to ask. */
const newInPlans: Pick<Plan, 'standbyMs' | 'beta' | 'unit' | 'lowTraffic' | 'source'> = {
  ...{ standbyMs: 0, beta: 0.05, unit: 'request', lowTraffic: 'pause', source: null },
}

export const rolloutIn = (text: string, id: RolloutId): Rollout => {
  const stored: Omit<Rollout, 'ramp'> & Stage = JSON.parse(text)
  const plan: Plan = { ...newInPlans, ...stored.plan, metrics: metricsIn(stored.plan.metrics) }
  return { ...newCourse, ...stored, ...stageIn(stored, plan), id, plan }
}

/** Before a metric had settings it was a name. */
const metricsIn = (metrics: readonly (Metric | 'errors' | 'latency')[]): readonly Metric[] =>
  metrics.map((metric) => {
    if (typeof metric !== 'string') return metric
    return metric === 'errors' ? usualErrors : usualLatency
  })

const stageIn = (stage: Stage, plan: Plan): Stage => {
  if ('cause' in stage) return { ...stage, cause: causeIn(stage.cause) }
  return stage.phase === 'Paused' ? { ...stage, reason: reasonIn(stage.reason, plan) } : stage
}

const causeIn = (cause: Cause): Cause => (cause.kind === 'trip' ? { ...cause, trip: tripIn(cause.trip) } : cause)

/** Before latency was judged nothing was slow. */
export const tripIn = (trip: Omit<Trip, 'slowness'> & Partial<Trip>): Trip => ({ slowness: null, ...trip })

/** Before a pause said what the step lacked it said how far it was. */
type EarlierReason =
  | PauseReason
  | { readonly kind: 'inconclusive'; readonly requests: number; readonly evidence: number }

const reasonIn = (reason: EarlierReason, plan: Plan): PauseReason =>
  'evidence' in reason ? { kind: 'inconclusive', lacks: lacksIn(reason, plan) } : reason

const lacksIn = ({ requests: seen, evidence }: { requests: number; evidence: number }, plan: Plan): readonly Lack[] => {
  const [needed, limit] = [plan.minExposure.requests, smoulderLimit(plan)]
  const lacks: readonly Lack[] = [
    ...(seen < needed ? [{ kind: 'requests', seen, needed } as const] : []),
    ...(evidence >= limit ? [{ kind: 'evidence', metric: errorsName, evidence, limit } as const] : []),
  ]
  return lacks.length > 0 ? lacks : [{ kind: 'exposure' }]
}
