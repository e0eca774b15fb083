// What the metrics of a source mean for a rollout: which of them was judged worse and is told how, and which of them cannot be
// known. What follows from a metric is its own word (onFail, dryRun); what it has come to was judged before.
import type { Judgement, Trip } from '../analysis/decision.ts'
import type { Metric, SourceMetric } from '../analysis/metric.ts'
import { isOfEdge, takesBack } from '../analysis/metric.ts'
import type { SourceAssessment } from '../analysis/source/source-assessment.ts'
import type { Instant } from '../time.ts'
import type { SeenSources } from './event.ts'
import { sourceReasonWords } from './source-words.ts'
import type { Plan } from './state.ts'

const none = { requests: 0, bad: 0 }

/** Null while it was not judged worse. No request is counted in it: its amounts are in `source`. */
export const sourceJudgement = (metric: Metric, sources: SeenSources | null): Judgement | null => {
  const found = foundIn(metric, sources)
  if (found === null || found.assessment?.status !== 'Failed') return null
  const { evidence, limit, candidate, stable, interval, reason } = found.assessment
  return {
    ...{ metric: metric.name, rule: reason?.kind === 'missing' ? 'missing' : 'evidence', evidence, limit },
    ...{ candidate: none, stable: none, slowness: null },
    source: { measure: found.metric.measure.kind, candidate, stable, interval },
  }
}

type Found = { readonly metric: SourceMetric; readonly assessment: SourceAssessment | null }

const foundIn = (metric: Metric, sources: SeenSources | null): Found | null =>
  isOfEdge(metric) ? null : { metric, assessment: sources?.metrics.find((one) => one.metric === metric.name) ?? null }

/** The first metric of a source that was judged worse and leads back. */
export const sourceTrip = ({ metrics }: Plan, sources: SeenSources | null, at: Instant): Trip | null => {
  for (const metric of metrics) {
    const judgement = takesBack(metric) ? sourceJudgement(metric, sources) : null
    if (judgement !== null) return { ...judgement, at, decisiveToZeroMs: null }
  }
  return null
}

/** A required metric that cannot be measured now, or was not for so long that a person has to look. */
export const unknownSource = (
  { metrics }: Plan,
  sources: SeenSources | null,
): { readonly kind: 'Error' | 'Inconclusive'; readonly reason: string } | null => {
  for (const metric of metrics) {
    const { status, reason } = foundIn(metric, sources)?.assessment ?? {}
    if (metric.required && (status === 'Error' || status === 'Inconclusive'))
      return { kind: status, reason: `${metric.name}: ${reason ? sourceReasonWords(reason) : 'it is not measured'}` }
  }
  return null
}
