// What was read of a rollout from elsewhere than its edge: as it was when a window was read last, or as it is now.
import { tickClock } from '@humdrum/core/analysis/source/source-assessment.ts'
import { createSourceJudge } from '@humdrum/core/analysis/source/source-judge.ts'
import type { SeenSources } from '@humdrum/core/rollout/event.ts'
import type { Plan } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { StoredSource } from './store/source-states.ts'

/** Where no source is asked, its interval stands in for none. */
export const usualIntervalMs = 10_000

/**
 * Null before the first window, and where nothing but the edge is asked. With `now` what is known grows old, as it does where it
 * is decided upon: windows end an interval before they are read.
 */
export const seenSources = (
  plan: Plan,
  found: StoredSource | undefined,
  now: Instant | null = null,
): SeenSources | null => {
  if (found?.record.judge == null) return null
  const { metrics, alpha, beta, source } = plan
  const judge = createSourceJudge({ metrics, alpha, beta, resume: found.record.judge })
  const then = found.record.judge.last?.to ?? found.at
  return { metrics: judge.assessments(now === null ? then : tickClock(now, source?.intervalMs ?? usualIntervalMs)) }
}
