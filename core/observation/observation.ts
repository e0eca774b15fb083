// An observation: what another deployer exposes is judged by counts of a source, and nothing follows from it here. It has no
// phases: it is under way until somebody ends it, its time is over, or another candidate takes its place.
import type { SourceMetric } from '../analysis/metric.ts'
import type { SourceJudgeState } from '../analysis/source/source-state.ts'
import type { ObservationId, Scope, Version } from '../ids.ts'
import type { SourceSpec } from '../ports.ts'
import type { Instant } from '../time.ts'

/** Fixed when it begins. */
export type ObservationPlan = {
  /** At least one, each of a source. */
  readonly metrics: readonly SourceMetric[]
  readonly alpha: number
  readonly beta: number
  /** Nothing is promoted earlier. */
  readonly leastMs: number
  readonly source: SourceSpec
  readonly forMs: number
}

export type ObservationEnd =
  | { readonly kind: 'stopped'; readonly actor: string }
  | { readonly kind: 'time' }
  | { readonly kind: 'followed'; readonly by: Version }

export type Observation = {
  readonly id: ObservationId
  readonly scope: Scope
  readonly candidate: Version
  readonly stable: Version
  /** What the other deployer calls this attempt (Flagger's checksum): the same names may mean another candidate. */
  readonly attempt: string | null
  readonly plan: ObservationPlan
  readonly begunBy: string
  readonly begunAt: Instant
  readonly end: (ObservationEnd & { readonly at: Instant }) | null
  readonly judge: SourceJudgeState | null
}
