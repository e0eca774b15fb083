// How long a rollout will take at a rate of requests, step by step, and steps that fit where it is too low for those of
// the configuration. Pure; says nothing about who fails. A rate of 0 is a known one.
import type { Exposed, From } from '../analysis/promotion-forecast.ts'
import { grantTtlMs } from '../routing/route.ts'
import type { PartsPerMillion } from '../time.ts'
import { everything, formatPercent, ppm } from '../time.ts'
import type { Budget } from './ramp.ts'
import { expectedClimb } from './ramp.ts'
import type { Plan, Step } from './state.ts'
import { promotionLimit } from './state.ts'

export type Exposure = Pick<Plan, 'steps' | 'minExposure' | 'stepBudgetMs' | 'bake' | 'beta'>

/** What takes a step longest to see: the least that it must, or what must be shown of a metric. */
export type NeededBy = 'exposure' | 'errors' | `p${number}`

/** `requests` null: it is never shown. */
export type Need = { readonly requests: number | null; readonly by: NeededBy }

/** What must be shown at a weight; before everything comes, at the last one, it is the promotion. */
export type NeedOf = (asked: { readonly from: From; readonly isLast: boolean }) => Need

export type StepForecast = {
  readonly step: Step
  /** The candidate's weight in it: a pause keeps that of the step before. */
  readonly weight: PartsPerMillion
  /** Null: until a person resumes it. */
  readonly leastMs: number | null
  /** That the candidate answers in it before it may pass. */
  readonly needs: Need
  /** How long its requests take, and at least `leastMs`; null where a person is waited for, or they never come. */
  readonly forecastMs: number | null
  /** False: it would reach its budget before, and wait for a person. */
  readonly fits: boolean
}

export const forecastSteps = (exposure: Exposure, perSecond: number, needOf: NeedOf): readonly StepForecast[] => {
  const { steps, minExposure } = exposure
  const last = steps.findLastIndex(({ kind }) => kind !== 'pause')
  const before: Exposed[] = []
  let weight = ppm(0)
  return steps.map((step, index) => {
    if (step.kind === 'auto') return autoForecast(exposure, { step, perSecond, needOf })
    if (step.kind === 'setWeight') weight = step.weight
    const from = { before: [...before], weight: weight / everything, needed: promotionLimit(exposure) }
    const least: Need = { requests: step.kind === 'pause' ? 0 : minExposure.requests, by: 'exposure' }
    const needs = step.kind === 'pause' ? least : larger(least, needOf({ from, isLast: index === last }))
    const forecast = stepForecast(exposure, { step, weight, needs, perSecond })
    before.push(...exposedIn(forecast, perSecond))
    return forecast
  })
}

type Auto = { readonly step: Extract<Step, { kind: 'auto' }>; readonly perSecond: number; readonly needOf: NeedOf }

/** Rung by rung; what is needed is asked anew at each weight, and the last one is where it arrives. */
const autoForecast = (exposure: Exposure, { step, perSecond, needOf }: Auto): StepForecast => {
  const climb = expectedClimb(step.budget, perSecond)
  const arrivals = climb.map(({ before, weight, isTop }, rung) => {
    const seen = before.reduce((sum, { requests }) => sum + requests, 0)
    const from = { before, weight: weight / everything, needed: promotionLimit(exposure) }
    const least: Need = { requests: Math.max(0, exposure.minExposure.requests - seen), by: 'exposure' }
    const needs = larger(least, needOf({ from, isLast: true }))
    const neededMs = needs.requests === null ? Number.POSITIVE_INFINITY : timeOf(needs.requests, perSecond, weight)
    const requests = needs.requests === null ? null : Math.ceil(seen + needs.requests)
    return { weight, needs: { ...needs, requests }, neededMs, arrives: isTop || neededMs <= grantTtlMs, rung }
  })
  const end = arrivals.find(({ arrives }) => arrives)
  const leastMs = exposure.minExposure.timeMs
  if (end === undefined)
    return { step, weight: ppm(0), leastMs, needs: { requests: null, by: 'exposure' }, forecastMs: null, fits: false }
  const forecastMs = Math.round(Math.max(leastMs, end.rung * grantTtlMs + end.neededMs))
  const isKnown = Number.isFinite(forecastMs)
  const fits = isKnown && forecastMs <= leastMs + exposure.stepBudgetMs
  return { step, weight: end.weight, leastMs, needs: end.needs, forecastMs: isKnown ? forecastMs : null, fits }
}

export const larger = (one: Need, other: Need): Need =>
  one.requests === null || (other.requests !== null && other.requests <= one.requests) ? one : other

type Asked = Pick<StepForecast, 'step' | 'weight' | 'needs'> & { readonly perSecond: number }

const stepForecast = (
  { minExposure, stepBudgetMs }: Exposure,
  { step, weight, needs, perSecond }: Asked,
): StepForecast => {
  const leastMs = step.kind === 'pause' ? step.forMs : minExposure.timeMs
  const neededMs = needs.requests === null ? Number.POSITIVE_INFINITY : timeOf(needs.requests, perSecond, weight)
  const isKnown = leastMs !== null && Number.isFinite(neededMs)
  const forecastMs = isKnown ? Math.round(Math.max(leastMs, neededMs)) : null
  return { step, weight, leastMs, needs, forecastMs, fits: neededMs <= (leastMs ?? 0) + stepBudgetMs }
}

const timeOf = (requests: number, perSecond: number, weight: PartsPerMillion): number =>
  requests === 0 ? 0 : (1_000 * requests * everything) / (perSecond * weight)

/** In a pause without an end nothing is counted upon. */
const exposedIn = ({ weight, forecastMs }: StepForecast, perSecond: number): readonly Exposed[] => {
  const share = weight / everything
  const requests = ((forecastMs ?? 0) / 1_000) * perSecond * share
  return requests < 1 ? [] : [{ weight: share, requests }]
}

/** Without building, starting and warming up; null where a person is waited for, as planned or because a step does not fit. */
export const totalMs = (steps: readonly StepForecast[], bake: Plan['bake']): number | null =>
  steps.reduce<number | null>(
    (sum, { forecastMs, fits }) => (sum === null || forecastMs === null || !fits ? null : sum + forecastMs),
    bake?.forMs ?? 0,
  )

export type AllAtOnce = { readonly kind: 'allAtOnce'; readonly bake: NonNullable<Plan['bake']> }

export type Proposal =
  | { readonly kind: 'steps'; readonly steps: readonly Step[]; readonly stepBudgetMs: number | null }
  | AllAtOnce

/** A step that lasts longer is no step: then everything at once, watched, is the better offer. */
const longestBudgetMs = 4 * 3_600_000
const minuteMs = 60_000
const defaultBake = { forMs: 30 * minuteMs, holdback: ppm(50_000) }
const half = ppm(500_000)

/** Null where all fits. Never asks for less evidence: only for more weight, more time, or no comparison before full exposure. */
export const propose = (exposure: Exposure, perSecond: number, needOf: NeedOf): Proposal | null => {
  if (forecastSteps(exposure, perSecond, needOf).every(({ fits }) => fits)) return null
  const steps = fittingSteps(exposure, perSecond)
  const forecast = forecastSteps({ ...exposure, steps }, perSecond, needOf)
  if (steps.length === 0 || forecast.some(({ leastMs, forecastMs }) => leastMs !== null && forecastMs === null))
    return watchedAtOnce(exposure)
  if (forecast.every(({ fits }) => fits)) return { kind: 'steps', steps, stepBudgetMs: null }
  const longestMs = Math.max(...forecast.map(({ forecastMs }) => forecastMs ?? 0))
  const stepBudgetMs = 5 * minuteMs * Math.ceil((1.25 * longestMs) / (5 * minuteMs))
  return stepBudgetMs > longestBudgetMs ? watchedAtOnce(exposure) : { kind: 'steps', steps, stepBudgetMs }
}

/** Those of the configuration that see their requests within the budget, with their pauses; half of everything where none does. */
const fittingSteps = (exposure: Exposure, perSecond: number): readonly Step[] => {
  const fits = (weight: PartsPerMillion): boolean =>
    timeOf(exposure.minExposure.requests, perSecond, weight) <= exposure.stepBudgetMs
  const fitting = exposure.steps.filter((step) => step.kind !== 'setWeight' || fits(step.weight))
  const first = fitting.findIndex(({ kind }) => kind === 'setWeight')
  if (first >= 0) return fitting.slice(first)
  return fits(half) ? [{ kind: 'setWeight', weight: half }] : []
}

/** No step, and a watch afterwards. */
export const watchedAtOnce = ({ bake }: Pick<Exposure, 'bake'>): AllAtOnce => ({
  kind: 'allAtOnce',
  bake: bake ?? defaultBake,
})

/** As it is written under an environment in humdrum.yaml. */
export const proposalYaml = (proposal: Proposal): string => {
  if (proposal.kind === 'allAtOnce') {
    const { forMs, holdback } = proposal.bake
    return `rollout:\n  strategy: allAtOnce\n  bake: { for: ${yamlDuration(forMs)}, holdback: ${yamlShare(holdback)} }\n`
  }
  const budget = proposal.stepBudgetMs === null ? '' : `  stepBudget: ${yamlDuration(proposal.stepBudgetMs)}\n`
  return `rollout:\n${proposal.steps.map(yamlStep).join('')}${budget}`
}

const yamlStep = (step: Step, index: number): string => {
  if (step.kind === 'auto') return `  steps: auto\n  budget: { failedRequests: ${yamlFailed(step.budget)} }\n`
  const head = index === 0 ? '  steps:\n' : ''
  if (step.kind === 'setWeight') return `${head}    - setWeight: ${yamlShare(step.weight)}\n`
  return `${head}    - pause: ${step.forMs === null ? '{}' : yamlDuration(step.forMs)}\n`
}

const yamlFailed = (budget: Budget): string =>
  budget.kind === 'requests' ? String(budget.failed) : yamlShare(budget.failed)

const yamlShare = (share: PartsPerMillion): string => formatPercent(share).replace(' ', '')
const yamlDuration = (ms: number): string => {
  if (ms % minuteMs === 0) return `${ms / minuteMs}m`
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`
}
