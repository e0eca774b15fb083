// What was read of a rollout from elsewhere than its edge, as it was when a window was read last.
import { createSourceJudge } from '@humdrum/core/analysis/source-judge.ts'
import type { SeenSources } from '@humdrum/core/rollout/event.ts'
import type { Plan } from '@humdrum/core/rollout/state.ts'
import type { StoredSource } from './store/source-states.ts'

/** Null before the first window, and where nothing but the edge is asked. */
export const seenSources = (plan: Plan, found: StoredSource | undefined): SeenSources | null => {
  if (found?.record.judge == null) return null
  const { metrics, alpha, beta } = plan
  const judge = createSourceJudge({ metrics, alpha, beta, resume: found.record.judge })
  return { metrics: judge.assessments(found.record.judge.last?.to ?? found.at) }
}
