// Metrics that were judged worse and do not lead back by themselves: which of them a person is called for, and which are
// only told. A metric that leads back trips where it is judged.
import type { Judgement } from '../analysis/decision.ts'
import type { Assessment } from '../analysis/judge.ts'
import type { Metric } from '../analysis/metric.ts'
import { acts, limitOf, takesBack } from '../analysis/metric.ts'
import type { Instant } from '../time.ts'
import type { Observed } from './event.ts'
import { sourceJudgement } from './source-verdicts.ts'
import type { Noted, Rollout } from './state.ts'

/** With `onFail: pause`, and not accepted by a person before. */
export const failing = ({ plan, accepted, acceptedMissing }: Rollout, seen: Observed): readonly Judgement[] =>
  judgements(plan, seen, (metric) => acts(metric) && !takesBack(metric) && !accepted.includes(metric.name)).filter(
    ({ rule, metric }) => rule !== 'missing' || !acceptedMissing.includes(metric),
  )

/** With `onFail: observe` or `dryRun`, and not told before. */
export const newlyNoted = (rollout: Rollout, seen: Observed): readonly Noted[] => {
  const { phase, plan, noted } = rollout
  if (phase !== 'Progressing' && phase !== 'Paused' && phase !== 'Promoting' && phase !== 'Baking') return []
  const isNew = (metric: Metric): boolean => !acts(metric) && !noted.some((one) => one.metric === metric.name)
  return judgements(plan, seen, isNew)
}

const judgements = (
  { metrics, alpha }: Rollout['plan'],
  { router, sources, at }: Observed,
  concerns: (metric: Metric) => boolean,
): readonly Noted[] =>
  metrics.filter(concerns).flatMap((metric) => {
    const ofSource = sourceJudgement(metric, sources)
    if (ofSource !== null) return [{ ...ofSource, at }]
    const found = router?.metrics.find((one) => one.metric === metric.name && one.failed)
    return found === undefined ? [] : [judgementOf(found, { at, limit: limitOf(metric, metrics, alpha) })]
  })

/** As it was when it was judged, where that was kept; else as it is when it is seen. */
const judgementOf = (found: Assessment, seen: { readonly at: Instant; readonly limit: number }): Noted => {
  const { metric, evidence, candidate, stable, slowness, noted } = found
  const now = { rule: 'evidence', evidence, candidate, stable, ...seen } as const
  return { metric, slowness, ...(noted === null ? now : { ...noted, at: noted.at ?? seen.at }) }
}
