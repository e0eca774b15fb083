// What is known of a rollout from elsewhere than its edge: saved whole with each window that was read, so that a crash neither
// loses one nor counts it twice.
import type { SourceJudgeState } from '@humdrum/core/analysis/source/source-state.ts'
import type { RolloutId, Version } from '@humdrum/core/ids.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Db } from './open.ts'

/** Of one instance, when restarts were counted last. */
export type RestartCount = { readonly instance: string; readonly release: Version; readonly restarts: number }

export type SourceRecord = {
  /** Where the first window begins. */
  readonly since: Instant
  /** Null before the first window; the end of its last tick is where the next one begins. */
  readonly judge: SourceJudgeState | null
  readonly restarts: readonly RestartCount[]
  /** When they were counted. */
  readonly countedAt: Instant
}

export const putSourceState = async (db: Db, rollout: RolloutId, { record, at }: StoredSource): Promise<void> => {
  const row = { body: JSON.stringify(record), at }
  await db
    .insertInto('source_states')
    .values({ rollout, ...row })
    .onConflict((conflict) => conflict.column('rollout').doUpdateSet(row))
    .execute()
}

export type StoredSource = { readonly record: SourceRecord; readonly at: Instant }

/** None of a rollout whose candidate had no traffic yet, or of which nothing but the edge is asked. */
export const getSourceStates = async (
  db: Db,
  rollouts: readonly RolloutId[],
): Promise<ReadonlyMap<RolloutId, StoredSource>> => {
  if (rollouts.length === 0) return new Map() // not every engine knows an empty list
  const rows = await db
    .selectFrom('source_states')
    .selectAll()
    .where('rollout', 'in', [...rollouts])
    .execute()
  return new Map(
    rows.map(({ rollout, body, at }) => [rollout as RolloutId, { record: recordOf(body), at: at as Instant }]),
  )
}

/** A judge's state of another form is none that a judge could go on from. */
const recordOf = (body: string): SourceRecord => {
  const stored: SourceRecord = JSON.parse(body)
  return { ...stored, judge: stored.judge?.version === 1 ? stored.judge : null }
}
