// What a step or the bake still lacks before it may pass, apart from its time. Early steps bound how much worse the candidate
// may be, ever more tightly as its weight grows; before full exposure every metric must show that it is within the margins
// of promotion. No data is never a pass.
import { differenceCaps } from '../analysis/judge.ts'
import { errorsName } from '../analysis/metric.ts'
import type { Instant, PartsPerMillion } from '../time.ts'
import { promoted, wantedWeight } from './desired.ts'
import type { SeenRouter } from './event.ts'
import type { Budget } from './ramp.ts'
import { expectedHarm, isAffordable, standing } from './ramp.ts'
import type { Lack, Mark, Plan, Rollout } from './state.ts'
import { promotionLimit, smoulderLimit } from './state.ts'

/** What was seen since the weight was: null while it was not. */
export type Watched = { readonly at: Instant; readonly from: Mark | null; readonly router: Judged | null }

type Judged = Pick<SeenRouter, 'requests' | 'metrics'>

/** Empty when nothing but time is lacking. */
export const lacks = (rollout: Rollout, { at, from, router }: Watched): readonly Lack[] => {
  if (from === null || router === null) return [{ kind: 'exposure' }]
  const ofThisStep = rollout.phase === 'Progressing' ? ofStep(rollout, { at, from, router }) : []
  return [...ofThisStep, ...smouldering(rollout.plan, router)]
}

/** What the metrics lack for full exposure, whatever step it is in. */
export const lacksForEverything = (plan: Plan, judged: Pick<Judged, 'metrics'>): readonly Lack[] => [
  ...ofPromotion(plan, judged),
  ...smouldering(plan, judged),
]

const smouldering = (plan: Plan, { metrics }: Pick<Judged, 'metrics'>): readonly Lack[] =>
  metrics
    .filter(({ evidence }) => evidence >= smoulderLimit(plan))
    .map(({ metric, evidence }) => ({ kind: 'evidence', metric, evidence, limit: smoulderLimit(plan) }))

type Seen = { readonly at: Instant; readonly from: Mark; readonly router: Judged }

const ofStep = (rollout: Extract<Rollout, { phase: 'Progressing' }>, { at, from, router }: Seen): readonly Lack[] => {
  const { plan, step } = rollout
  const current = plan.steps[step]
  if (current === undefined || current.kind === 'pause') return []
  const seen = router.requests - from.requests
  const needed = plan.minExposure.requests
  return [
    ...(seen < needed ? [{ kind: 'requests', seen, needed } as const] : []),
    ...(isLastWeight(plan, step) ? ofPromotion(plan, router) : ofDifference(plan, router, wantedWeight(rollout))),
    ...(current.kind === 'auto' ? ofBudget(rollout, current.budget, { at, metrics: router.metrics }) : []),
  ]
}

/** Full exposure is a weight like others: what it may cost at worst must be left of the budget. */
type Asked = Pick<Judged, 'metrics'> & { readonly at: Instant }

const ofBudget = ({ plan, ramp }: Rollout, budget: Budget, { at, metrics }: Asked): readonly Lack[] => {
  const errors = metrics.find(({ metric }) => metric === errorsName)
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

const ofPromotion = (plan: Plan, { metrics }: Pick<Judged, 'metrics'>): readonly Lack[] => {
  const needed = promotionLimit(plan)
  return plan.metrics
    .filter(({ required }) => required)
    .flatMap(({ name: metric }): readonly Lack[] => {
      const evidence = metrics.find((one) => one.metric === metric)?.promotion ?? 1
      return evidence >= needed ? [] : [{ kind: 'promotion', metric, evidence, needed }]
    })
}

/** The cap of the analysis specification, section 8: by the weight that the step has. */
const ofDifference = (plan: Plan, { metrics }: Judged, weight: PartsPerMillion): readonly Lack[] => {
  const cap = differenceCaps.find(({ upTo }) => weight <= upTo)
  if (cap === undefined || !plan.metrics.some(({ kind }) => kind === 'errors')) return []
  const needed = promotionLimit(plan)
  const evidence =
    metrics.find(({ metric }) => metric === errorsName)?.bounded.find(({ most }) => most === cap.most)?.evidence ?? 1
  return evidence >= needed ? [] : [{ kind: 'difference', most: cap.most, evidence, needed }]
}
