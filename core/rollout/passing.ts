// What a step or the bake still lacks before it may pass, apart from its time. Early steps bound how much worse the candidate
// may be, ever more tightly as its weight grows; before full exposure every metric must show that it is within the margins
// of promotion. No data is never a pass.
import { differenceCaps } from '../analysis/judge.ts'
import { errorsName } from '../analysis/metric.ts'
import type { PartsPerMillion } from '../time.ts'
import { wantedWeight } from './desired.ts'
import type { SeenRouter } from './event.ts'
import type { Lack, Mark, Plan, Rollout } from './state.ts'
import { promotionLimit, smoulderLimit } from './state.ts'

/** What was seen since the weight was: null while it was not. */
export type Watched = { readonly from: Mark | null; readonly router: Judged | null }

type Judged = Pick<SeenRouter, 'requests' | 'metrics'>

/** Empty when nothing but time is lacking. */
export const lacks = (rollout: Rollout, { from, router }: Watched): readonly Lack[] => {
  if (from === null || router === null) return [{ kind: 'exposure' }]
  const smouldering = router.metrics
    .filter(({ evidence }) => evidence >= smoulderLimit(rollout.plan))
    .map(({ metric, evidence }): Lack => ({ kind: 'evidence', metric, evidence, limit: smoulderLimit(rollout.plan) }))
  return [...(rollout.phase === 'Progressing' ? ofStep(rollout, from, router) : []), ...smouldering]
}

const ofStep = (rollout: Extract<Rollout, { phase: 'Progressing' }>, from: Mark, router: Judged): readonly Lack[] => {
  const { plan, step } = rollout
  if (plan.steps[step]?.kind !== 'setWeight') return []
  const seen = router.requests - from.requests
  const needed = plan.minExposure.requests
  return [
    ...(seen < needed ? [{ kind: 'requests', seen, needed } as const] : []),
    ...(isLastWeight(plan, step) ? ofPromotion(plan, router) : ofDifference(plan, router, wantedWeight(rollout))),
  ]
}

/** After it everything comes, be there a pause in between or not. */
const isLastWeight = (plan: Plan, step: number): boolean =>
  !plan.steps.slice(step + 1).some(({ kind }) => kind === 'setWeight')

const ofPromotion = (plan: Plan, { metrics }: Judged): readonly Lack[] => {
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
