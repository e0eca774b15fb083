// What a step or the bake still lacks before it may pass, apart from its time. Early steps bound how much worse the candidate
// may be, ever more tightly as its weight grows; before full exposure every required metric must show that it is within its
// margin. Of the others none may speak against the candidate. No data is never a pass.
import type { Assessment } from '../analysis/judge.ts'
import { differenceCaps } from '../analysis/judge.ts'
import type { Metric, SourceMetric } from '../analysis/metric.ts'
import { acts, errorsName, isOfEdge, withinOf } from '../analysis/metric.ts'
import type { SourceAssessment } from '../analysis/source/source-assessment.ts'
import { freshMs } from '../analysis/source/source-assessment.ts'
import type { Instant } from '../time.ts'
import { promoted, wantedWeight } from './desired.ts'
import type { SeenRouter, SeenSources } from './event.ts'
import type { Budget } from './ramp.ts'
import { expectedHarm, isAffordable, standing } from './ramp.ts'
import type { Lack, Mark, Plan, Rollout } from './state.ts'
import { promotionLimit, smoulderLimit } from './state.ts'

/** What was seen since the weight was: null while it was not. */
export type Watched = {
  readonly at: Instant
  readonly from: Mark | null
  readonly router: Judged | null
  readonly sources: SeenSources | null
}

type Judged = Pick<SeenRouter, 'requests' | 'metrics'>

/** Empty when nothing but time is lacking. */
export const lacks = (rollout: Rollout, { at, from, router, sources }: Watched): readonly Lack[] => {
  if (from === null || router === null) return [{ kind: 'exposure' }]
  const ofThisStep = rollout.phase === 'Progressing' ? ofStep(rollout, { at, from, router, sources }) : []
  return [...ofThisStep, ...smouldering(rollout, { ...router, sources })]
}

type Known = Pick<Judged, 'metrics'> & { readonly sources: SeenSources | null }

/** What the metrics lack for full exposure, whatever step it is in. */
export const lacksForEverything = (rollout: Rollout, known: Known): readonly Lack[] => [
  ...unmeasured(rollout, known.sources),
  ...ofPromotion(rollout, known),
  ...smouldering(rollout, known),
]

/** Evidence that is too much to go on: of metrics that something follows from, and that no person has set aside. */
export const smouldering = (rollout: Rollout, known: Known): readonly Lack[] => {
  const limit = smoulderLimit(rollout.plan)
  return counting(rollout).flatMap(({ name: metric }): readonly Lack[] => {
    const evidence = found(known, metric)?.evidence ?? ofSource(known, metric)?.evidence ?? 1
    return evidence >= limit ? [{ kind: 'evidence', metric, evidence, limit }] : []
  })
}

const counting = ({ plan, accepted }: Rollout): readonly Metric[] =>
  plan.metrics.filter((metric) => acts(metric) && !accepted.includes(metric.name))

const found = ({ metrics }: Pick<Judged, 'metrics'>, name: string): Assessment | undefined =>
  metrics.find(({ metric }) => metric === name)

const ofSource = ({ sources }: Known, name: string): SourceAssessment | undefined =>
  sources?.metrics.find(({ metric }) => metric === name)

/** How many margins worse it may still be, for all that is known, and yet be called clean (spec section 4). */
const cleanMargins = 5
/** Evidence of nothing is 1, and sums of parts of it miss that by the last digits of a double. */
const noEvidence = 1 + 1e-9

/**
 * Whether nothing at all speaks against the candidate: no evidence in any metric, no room for a large difference, and nothing
 * lacking but knowledge. What is required and was never compared is not clean.
 */
export const isClean = (
  rollout: Rollout,
  { router, sources }: Pick<Watched, 'router' | 'sources'>,
  lacking: readonly Lack[],
): boolean =>
  router !== null &&
  lacking.every(({ kind }) => ignorance.includes(kind)) &&
  counting(rollout).every((metric) => {
    if (!isOfEdge(metric)) return isCleanSource(metric, ofSource({ metrics: [], sources }, metric.name))
    const seen = found(router, metric.name)
    if (seen === undefined || seen.candidate.requests === 0) return !metric.required
    if (seen.evidence > noEvidence) return false
    if (metric.kind !== 'errors') return true
    return seen.difference !== null && seen.difference.upper < cleanMargins * metric.margin.difference
  })

const ignorance: readonly Lack['kind'][] = ['requests', 'difference', 'promotion', 'source']

const isCleanSource = (metric: SourceMetric, told: SourceAssessment | undefined): boolean => {
  if (told === undefined || told.candidate.n === 0) return !metric.required
  if (told.evidence > noEvidence) return false
  // A rate of restarts has a factor as its margin and a difference as its interval: nothing to hold against each other.
  if (metric.measure.kind === 'restarts') return true
  if (told.interval === null) return !metric.required
  const { lower, upper, of } = told.interval
  if (of === 'ratio') return upper - 1 < cleanMargins * (metric.margin - 1)
  return (metric.worse === 'higher' ? upper : -lower) < cleanMargins * metric.margin
}

type Seen = Watched & { readonly from: Mark; readonly router: Judged }

const ofStep = (
  rollout: Extract<Rollout, { phase: 'Progressing' }>,
  { at, from, router, sources }: Seen,
): readonly Lack[] => {
  const { plan, step } = rollout
  const current = plan.steps[step]
  if (current === undefined || current.kind === 'pause') return []
  const seen = router.requests - from.requests
  const needed = plan.minExposure.requests
  const unit = plan.unit === 'session' ? { unit: plan.unit } : {}
  return [
    ...(seen < needed ? [{ kind: 'requests', seen, needed, ...unit } as const] : []),
    ...unmeasured(rollout, sources),
    ...(isLastWeight(plan, step) ? ofPromotion(rollout, { ...router, sources }) : ofDifference(rollout, router)),
    ...(current.kind === 'auto' ? ofBudget(rollout, current.budget, { at, metrics: router.metrics }) : []),
  ]
}

/** Full exposure is a weight like others: what it may cost at worst must be left of the budget. */
type Asked = Pick<Judged, 'metrics'> & { readonly at: Instant }

const ofBudget = ({ plan, ramp }: Rollout, budget: Budget, { at, metrics }: Asked): readonly Lack[] => {
  const errors = found({ metrics }, errorsName)
  const now = ramp === null || errors === undefined ? null : standing(budget, ramp, { at, errors, smoulders: false })
  if (now === null) return [{ kind: 'exposure' }]
  const full = promoted(plan)
  return isAffordable(now, full)
    ? []
    : [{ kind: 'budget', expected: expectedHarm(now, full), left: now.allowed - now.spent }]
}

/** After it everything comes, be there a pause in between or not. */
const isLastWeight = (plan: Plan, step: number): boolean =>
  !plan.steps.slice(step + 1).some(({ kind }) => kind !== 'pause')

const ofPromotion = (rollout: Rollout, known: Known): readonly Lack[] => {
  const needed = promotionLimit(rollout.plan)
  return counting(rollout)
    .filter(({ required }) => required)
    .flatMap((metric): readonly Lack[] => {
      if (!isOfEdge(metric)) return unshown(metric.name, ofSource(known, metric.name), needed)
      const evidence = found(known, metric.name)?.promotion ?? 1
      const within = withinOf(metric)
      return evidence >= needed ? [] : [{ kind: 'promotion', metric: metric.name, evidence, needed, within }]
    })
}

/** Sources of what is required are fresh, or no step passes. */
const unmeasured = (rollout: Rollout, sources: SeenSources | null): readonly Lack[] =>
  counting(rollout)
    .filter((metric) => metric.required && !isOfEdge(metric))
    .flatMap(({ name: metric }): readonly Lack[] => {
      const told = ofSource({ metrics: [], sources }, metric)
      return isFresh(told) ? [] : [{ kind: 'unmeasured', metric, reason: told?.reason ?? null }]
    })

const isFresh = (told: SourceAssessment | undefined): boolean => {
  if (told === undefined || ['Pending', 'Error', 'Inconclusive'].includes(told.status)) return false
  const { reason } = told
  return reason === null || !(reason.kind === 'silent' || reason.kind === 'unmeasured') || reason.forMs <= freshMs
}

/** Of a source: shown by what is fresh, or not at all. */
const unshown = (metric: string, told: SourceAssessment | undefined, needed: number): readonly Lack[] =>
  told?.status === 'Successful' || !isFresh(told)
    ? []
    : [{ kind: 'source', metric, evidence: told?.promotion ?? 1, needed, reason: told?.reason ?? null }]

/** The cap of the analysis specification, section 8: by the weight that the step has. */
const ofDifference = (rollout: Rollout, router: Judged): readonly Lack[] => {
  const weight = wantedWeight(rollout)
  const cap = differenceCaps.find(({ upTo }) => weight <= upTo)
  const isAsked = counting(rollout).some(({ kind, required }) => kind === 'errors' && required)
  if (cap === undefined || !isAsked) return []
  const needed = promotionLimit(rollout.plan)
  const evidence = found(router, errorsName)?.bounded.find(({ most }) => most === cap.most)?.evidence ?? 1
  return evidence >= needed ? [] : [{ kind: 'difference', most: cap.most, evidence, needed }]
}
