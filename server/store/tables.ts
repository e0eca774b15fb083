// The tables, as rows. Times are integer ms, JSON is text, flags are 0 and 1: what SQLite and PostgreSQL have in common.
import type { Generated } from 'kysely'

export type Tables = {
  /** `created_at` is when it was uploaded last. The bytes of a row that is collected are gone, or about to go. */
  artifacts: { digest: string; bytes: number; created_at: number; collected_at: number | null }
  /** (app, version) never changes once it stands. */
  releases: { app: string; version: string; digest: string; artifact: string; run: string; created_at: number }
  /** `state` is the Rollout as JSON; phase, generation and over repeat what queries need. */
  rollouts: {
    id: Generated<number>
    app: string
    environment: string
    state: string
    phase: string
    generation: number
    over: number
    exposure: string
    started_at: number
    ended_at: number | null
    asked_by: string | null
    asked_reason: string | null
  }
  /** One row per transition; the source of events and notifications. */
  transitions: {
    id: Generated<number>
    rollout: number
    generation: number
    at: number
    phase: string
    step: number | null
    text: string
  }
  /** What was last measured of a rollout: beside the row, for it changes without a step. */
  measurements: { rollout: number; body: string; at: number }
  /** What the judge of its sources knows: up to which instant it has read, and what that came to. */
  source_states: { rollout: number; body: string; at: number }
  /** What people asked for; the engine turns them into events and marks them handled with the step that they caused. */
  commands: {
    id: Generated<number>
    rollout: number
    kind: string
    actor: string
    reason: string
    at: number
    handled_at: number | null
    /** The leg of the way that it was given for; null for any. */
    leg: number | null
  }
  rejections: {
    digest: string
    app: string
    rollout: number
    reason: string
    at: number
    lifted_at: number | null
    lifted_by: string | null
    lifted_reason: string | null
  }
  /** `body` is the Observation as JSON, without what its judge knows; `over` repeats what queries need. */
  observations: {
    id: Generated<number>
    app: string
    environment: string
    over: number
    body: string
    judge: string | null
  }
  /** The token's hash, and what else belongs to the home as a whole. */
  settings: { name: string; value: string }
}
