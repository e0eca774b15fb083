// How long the steps of an environment take at its traffic, and what fits it better, as the plan of a deploy shows it. Pure.

import type { EnvironmentConfig } from '@humdrum/contract/config/app-config.ts'
import type { PlanView } from '@humdrum/contract/plan-view.ts'
import { stepShape } from '@humdrum/contract/step-shape.ts'
import { detectableRate } from '@humdrum/core/analysis/engines/information-limit.ts'
import { ofPromotion } from '@humdrum/core/analysis/latency/latency-thresholds.ts'
import type { Metric } from '@humdrum/core/analysis/metric.ts'
import { limitOf } from '@humdrum/core/analysis/metric.ts'
import {
  quantileMs,
  requestsForDifference,
  requestsForErrors,
  requestsForLatency,
  tailOf,
} from '@humdrum/core/analysis/promotion-forecast.ts'
import type { AllAtOnce, Exposure, Need, NeedOf, StepForecast } from '@humdrum/core/rollout/forecast.ts'
import { forecastSteps, larger, proposalYaml, propose, totalMs, watchedAtOnce } from '@humdrum/core/rollout/forecast.ts'
import { everything } from '@humdrum/core/time.ts'
import type { Traffic } from '../traffic.ts'

type Outlook = Pick<PlanView, 'strategy' | 'steps' | 'lowTraffic' | 'bake' | 'totalMs' | 'proposal' | 'alternative'>

export type OutlookParts = {
  /** Nothing serves yet: there is nothing to compare with, so no step and no bake. */
  readonly isFirst: boolean
  readonly traffic: Traffic | null
}

export const outlookOf = ({ rollout }: EnvironmentConfig, { isFirst, traffic }: OutlookParts): Outlook => {
  const { strategy, stepBudgetMs, analysis, lowTraffic } = rollout
  const bake = isFirst ? null : rollout.bake
  const exposure: Exposure = {
    steps: isFirst ? [] : rollout.steps,
    minExposure: analysis.minExposure,
    beta: analysis.beta / everything,
    stepBudgetMs,
    bake,
  }
  if (traffic === null) {
    const steps = forecastSteps(exposure, 0, nothingShown)
    return {
      ...{ strategy, steps: steps.map(unmeasuredStep), lowTraffic, proposal: null, alternative: null },
      bake: bake && { ...bake, catches: null },
      totalMs: steps.length === 0 ? totalMs(steps, bake) : null,
    }
  }
  const { requestsPerSecond } = traffic
  const needOf = needsOf(traffic, analysis.metrics)
  const steps = forecastSteps(exposure, requestsPerSecond, needOf)
  return {
    ...{ strategy, steps: steps.map(stepView), lowTraffic, totalMs: totalMs(steps, bake) },
    bake: bake && { ...bake, catches: catchesOf(bake, traffic, analysis) },
    ...proposalView(exposure, requestsPerSecond, needOf),
  }
}

/** With the time that it takes itself. */
const proposalView = (
  exposure: Exposure,
  perSecond: number,
  needOf: NeedOf,
): Pick<PlanView, 'proposal' | 'alternative'> => {
  const proposal = propose(exposure, perSecond, needOf)
  if (proposal === null) return { proposal: null, alternative: null }
  if (proposal.kind === 'allAtOnce') return { proposal: allAtOnceView(proposal), alternative: null }
  const followed = { ...exposure, steps: proposal.steps, stepBudgetMs: proposal.stepBudgetMs ?? exposure.stepBudgetMs }
  return {
    proposal: {
      yaml: proposalYaml(proposal),
      totalMs: totalMs(forecastSteps(followed, perSecond, needOf), exposure.bake),
    },
    alternative: perSecond < fewPerSecond ? allAtOnceView(watchedAtOnce(exposure)) : null,
  }
}

/** Below it a comparison takes so long that checks before and a watch after may be the better bargain (spec, A10). */
const fewPerSecond = 5

const allAtOnceView = (proposal: AllAtOnce): NonNullable<PlanView['proposal']> => ({
  yaml: proposalYaml(proposal),
  totalMs: proposal.bake.forMs,
})

/** Errors that the bake would most likely find, by the share that stable keeps; null where nothing is compared. */
const catchesOf = (
  { forMs, holdback }: NonNullable<Exposure['bake']>,
  { requestsPerSecond, stable }: Traffic,
  { metrics, alpha }: EnvironmentConfig['rollout']['analysis'],
): number | null => {
  const share = 1 - holdback / everything
  const errors = metrics.find(({ kind }) => kind === 'errors')
  if (errors === undefined) return null
  return detectableRate({
    ...{ p0: rateOf(stable), share, limit: limitOf(errors, metrics, alpha / everything) },
    candidateRequests: (requestsPerSecond * share * forMs) / 1_000,
  })
}

const rateOf = (stable: Traffic['stable']): number =>
  stable === null || stable.requests === 0 ? 0 : stable.bad / stable.requests

/** The judge takes its thresholds from so many requests of stable; fewer say nothing of a p99. */
const leastForLatency = 1_000

const nothing: Need = { requests: 0, by: 'exposure' }
const nothingShown: NeedOf = () => nothing

/** For a candidate that is as good as stable, in what full exposure waits for of the metrics that the edge sees. */
const needsOf = ({ stable }: Traffic, metrics: readonly Metric[]): NeedOf => {
  const rate = rateOf(stable)
  const required = metrics.filter((metric) => metric.required)
  const errors = required.find((metric) => metric.kind === 'errors')
  const latency = required.find((metric) => metric.kind === 'latency')
  const tails =
    stable === null || stable.requests < leastForLatency || latency === undefined
      ? []
      : ofPromotion(latency.quantiles).map((quantile) => ({
          by: `p${Number((100 * quantile).toFixed(3))}` as const,
          tail: tailOf(stable.latency, quantile, latency.margin),
        }))
  return ({ from, isLast }) => {
    if (!isLast) return errors === undefined ? nothing : { requests: requestsForDifference(rate, from), by: 'errors' }
    const ofErrors: Need =
      errors === undefined ? nothing : { requests: requestsForErrors(rate, from, errors.margin), by: 'errors' }
    return tails
      .map(({ by, tail }): Need => ({ requests: tail === null ? 0 : requestsForLatency(tail, from), by }))
      .reduce(larger, ofErrors)
  }
}

const stepView = ({ step, needs, ...rest }: StepForecast): PlanView['steps'][number] => ({
  ...rest,
  ...needs,
  step: stepShape(step),
})

/** Only what asks for no request is known without any traffic. */
const unmeasuredStep = (forecast: StepForecast): PlanView['steps'][number] =>
  forecast.step.kind === 'pause' ? stepView(forecast) : { ...stepView(forecast), forecastMs: null, fits: null }

export const trafficView = ({ requestsPerSecond, overMs, stable }: Traffic): PlanView['traffic'] => {
  const { requests, bad, latency } = stable ?? { requests: 0, bad: 0, latency: [] }
  return {
    requestsPerSecond,
    overMs: Math.round(overMs),
    stableRequests: requests,
    errorRate: requests === 0 ? null : bad / requests,
    p50Ms: quantileMs(latency, 0.5),
    p99Ms: quantileMs(latency, 0.99),
  }
}
