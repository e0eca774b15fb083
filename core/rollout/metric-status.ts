// One word about a metric of the edge, in the vocabulary that tools for analysis share. Pure; it decides nothing.
import type { Assessment } from '../analysis/judge.ts'
import type { SourceStatus } from '../analysis/source/source-assessment.ts'
import type { Rollout } from './state.ts'
import { isOver, promotionLimit } from './state.ts'

/**
 * Pending: nothing compared yet. Running: neither shown nor refuted. Successful: shown to be within its margin. Failed: judged
 * worse, whatever follows from it. Error: the edge cannot be read. Inconclusive: it ended, or waits, without being known.
 */
export const metricStatus = (rollout: Rollout, seen: Assessment, isRead: boolean): SourceStatus => {
  if (seen.failed) return 'Failed'
  if (seen.promotion >= promotionLimit(rollout.plan)) return 'Successful'
  if (isOver(rollout) || (rollout.phase === 'Paused' && rollout.reason.kind === 'inconclusive')) return 'Inconclusive'
  if (!isRead) return 'Error'
  return seen.candidate.requests === 0 ? 'Pending' : 'Running'
}
