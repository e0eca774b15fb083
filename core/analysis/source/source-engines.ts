// Which engine judges which measure. A new kind of measure is added here, in reading-fault.ts, and in the state.
import type { SourceMetric } from '../metric.ts'
import type { SourceEvidence } from './source-evidence.ts'
import type { SourceHistogramState } from './source-histogram.ts'
import { blankSourceHistogram, createSourceHistogram } from './source-histogram.ts'
import type { SourceMeanState } from './source-mean.ts'
import { blankSourceMean, createSourceMean } from './source-mean.ts'
import type { SourceRestartsState } from './source-restarts.ts'
import { blankSourceRestarts, createSourceRestarts } from './source-restarts.ts'
import type { SourceShareState } from './source-share.ts'
import { blankSourceShare, createSourceShare } from './source-share.ts'
import type { SourceValueState } from './source-value.ts'
import { blankSourceValue, createSourceValue } from './source-value.ts'

/** What an engine knows, by its kind. */
export type SourceEvidenceState =
  | SourceShareState
  | SourceMeanState
  | SourceValueState
  | SourceRestartsState
  | SourceHistogramState

/** An engine that starts, or goes on from a state; throws when that is of another kind, which is a bug. */
export const createSourceEvidence = (
  metric: SourceMetric,
  from: SourceEvidenceState | null,
): SourceEvidence<SourceEvidenceState> => {
  const { measure, worse, margin } = metric
  switch (measure.kind) {
    case 'share':
      return createSourceShare({ worse, margin }, ofKind(from, blankSourceShare))
    case 'mean':
      return createSourceMean({ worse, margin, low: measure.low, high: measure.high }, ofKind(from, blankSourceMean))
    case 'value':
      return createSourceValue({ worse, margin, low: measure.low, high: measure.high }, ofKind(from, blankSourceValue))
    case 'restarts':
      return createSourceRestarts({ margin }, ofKind(from, blankSourceRestarts))
    case 'histogram':
      return createSourceHistogram({ worse, margin, quantiles: measure.quantiles }, ofKind(from, blankSourceHistogram))
    default:
      return measure satisfies never
  }
}

const ofKind = <State extends SourceEvidenceState>(from: SourceEvidenceState | null, blank: State): State => {
  if (from === null) return blank
  if (isLike(from, blank)) return from
  throw new Error(`a state of ${from.kind} cannot go on as ${blank.kind}`)
}

const isLike = <State extends SourceEvidenceState>(from: SourceEvidenceState, blank: State): from is State =>
  from.kind === blank.kind
