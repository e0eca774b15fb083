// From what is stored to a verdict as it goes over the wire. Pure.
import type { ObservationView } from '@humdrum/contract/observation-view.ts'
import type { VerdictView } from '@humdrum/contract/verdict-view.ts'
import { assess } from '@humdrum/core/analysis/judge.ts'
import { limitOf } from '@humdrum/core/analysis/metric.ts'

import { observationName, rolloutName } from '@humdrum/core/ids.ts'
import type { Observation } from '@humdrum/core/observation/observation.ts'
import { assessmentsOf, observationVerdict } from '@humdrum/core/observation/verdict.ts'
import type { SeenSources } from '@humdrum/core/rollout/event.ts'

import { promotionLimit, rollbackLimit } from '@humdrum/core/rollout/state.ts'
import { verdictOf } from '@humdrum/core/rollout/verdict.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Measurement } from '../store/records.ts'
import type { StoredRollout } from '../store/rollouts.ts'

type Beside = { readonly measurement: Measurement | null; readonly sources: SeenSources | null }

export const rolloutVerdict = ({ rollout }: StoredRollout, { measurement, sources }: Beside): VerdictView => {
  const { plan, scope } = rollout
  const assessed = measurement?.judge == null ? [] : assess(measurement.judge)
  const { kind, ...verdict } = verdictOf({
    ...{ rollout, metrics: assessed, sources },
    ...{ trip: measurement?.trip ?? null, isRead: measurement === null || measurement.weight !== null },
  })
  const metrics = [...assessed, ...(sources?.metrics ?? [])].flatMap(({ metric: name, evidence, promotion }) => {
    const metric = plan.metrics.find((one) => one.name === name)
    if (metric === undefined) return []
    const limit = limitOf(metric, plan.metrics, plan.alpha)
    return [{ metric: name, evidence, limit, promotion, promotionLimit: promotionLimit(plan) }]
  })
  return {
    ...{ id: rolloutName(rollout.id), app: scope.app, environment: scope.environment },
    ...{ candidate: plan.candidate, stable: plan.stable, verdict: kind, ...verdict },
    ...closest(metrics, rollbackLimit(plan)),
    metrics,
  }
}

export const observationView = (observation: Observation, now: Instant): ObservationView => {
  const { id, scope, candidate, stable, plan, begunAt, begunBy, end } = observation
  const { kind, ...verdict } = observationVerdict(observation, now)
  const metrics = assessmentsOf(observation, now).map(({ metric, evidence, limit, promotion }) => ({
    ...{ metric, evidence, limit, promotion, promotionLimit: promotionLimit(plan) },
  }))
  return {
    ...{ id: observationName(id), app: scope.app, environment: scope.environment, candidate, stable },
    ...{ verdict: kind, ...verdict, ...closest(metrics, 1 / plan.alpha), metrics },
    ...{ begunAt, begunBy, endsAt: begunAt + plan.forMs, endedAt: end?.at ?? null },
  }
}

const closest = (metrics: VerdictView['metrics'], usualLimit: number): Pick<VerdictView, 'evidence' | 'limit'> => {
  const [first] = metrics.toSorted((one, other) => other.evidence / other.limit - one.evidence / one.limit)
  return first === undefined ? { evidence: 1, limit: usualLimit } : { evidence: first.evidence, limit: first.limit }
}
