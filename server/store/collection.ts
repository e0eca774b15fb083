// What is held by the store and what may go, looked at and marked in one transaction: a rollout that begins in the same
// moment is either seen here, or sees the mark (insertRollout) and does not begin. Bytes are none of its business.
import type { Digest, Scope } from '@humdrum/core/ids.ts'
import type { Plan, Rollout } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Db } from './open.ts'
import { listSucceeded, newestRollouts } from './rollouts.ts'

/** What an environment may need the bytes of. */
export type Standing = {
  readonly newest: Rollout
  /** Newest first. */
  readonly succeeded: readonly Plan[]
}

export type HeldArtifact = { readonly digest: Digest; readonly uploadedAt: Instant }

export type Holdings = { readonly standings: readonly Standing[]; readonly artifacts: readonly HeldArtifact[] }

/** Marks what `choose` says as collected. Answers what is held after that: of everything else the bytes may go. */
export const markCollected = async (
  db: Db,
  at: Instant,
  choose: (holdings: Holdings) => readonly Digest[],
): Promise<ReadonlySet<Digest>> =>
  db.transaction().execute(async (tx) => {
    const standings: Standing[] = []
    for (const { rollout } of await newestRollouts(tx))
      standings.push({ newest: rollout, succeeded: await succeededPlans(tx, rollout.scope) })
    const artifacts = await heldArtifacts(tx)
    const chosen = choose({ standings, artifacts })
    for (const digest of chosen)
      await tx.updateTable('artifacts').set({ collected_at: at }).where('digest', '=', digest).execute()
    const gone = new Set(chosen)
    return new Set(artifacts.map(({ digest }) => digest).filter((digest) => !gone.has(digest)))
  })

const succeededPlans = async (db: Db, scope: Scope): Promise<readonly Plan[]> =>
  (await listSucceeded(db, scope)).map(({ rollout }) => rollout.plan)

const heldArtifacts = async (db: Db): Promise<readonly HeldArtifact[]> => {
  const rows = await db
    .selectFrom('artifacts')
    .select(['digest', 'created_at'])
    .where('collected_at', 'is', null)
    .execute()
  return rows.map((row) => ({ digest: row.digest as Digest, uploadedAt: row.created_at as Instant }))
}

/** When a rollout ended last; null before the first time. */
export const lastEnd = async (db: Db): Promise<Instant | null> => {
  const row = await db
    .selectFrom('rollouts')
    .select(({ fn }) => fn.max('ended_at').as('at'))
    .executeTakeFirst()
  return (row?.at ?? null) as Instant | null
}
