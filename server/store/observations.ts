// Observations: begun, fed, ended, listed: one verb per function. The row holds the whole value; `over` repeats what queries
// need, and what the judge knows lies beside it, for it alone changes tick by tick.
import type { SourceJudgeState } from '@humdrum/core/analysis/source/source-state.ts'
import type { ObservationId, Version } from '@humdrum/core/ids.ts'
import type { Observation, ObservationEnd } from '@humdrum/core/observation/observation.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Selectable } from 'kysely'
import type { Db } from './open.ts'
import type { Tables } from './tables.ts'

export type NewObservation = Omit<Observation, 'id' | 'end' | 'judge'>

/** Ends the one that is under way in its scope: one candidate at a time. */
export const beginObservation = async (db: Db, begun: NewObservation): Promise<ObservationId> =>
  db.transaction().execute(async (within) => {
    const end = { kind: 'followed', by: begun.candidate as Version, at: begun.begunAt } as const
    for (const open of await openObservations(within)) {
      const isOfScope = open.scope.app === begun.scope.app && open.scope.environment === begun.scope.environment
      if (isOfScope) await endObservation(within, open, end)
    }
    const { app, environment } = begun.scope
    const { id } = await within
      .insertInto('observations')
      .values({ app, environment, over: 0, body: JSON.stringify({ ...begun, end: null }), judge: null })
      .returning('id')
      .executeTakeFirstOrThrow()
    return id as ObservationId
  })

/** False when it was over already. */
export const endObservation = async (
  db: Db,
  { id, judge: _, ...observation }: Observation,
  end: ObservationEnd & { readonly at: Instant },
): Promise<boolean> => {
  const updated = await db
    .updateTable('observations')
    .set({ over: 1, body: JSON.stringify({ ...observation, end }) })
    .where('id', '=', id)
    .where('over', '=', 0)
    .executeTakeFirst()
  return updated.numUpdatedRows > 0n
}

/** Of one that is over nothing more is learnt. */
export const putObservationJudge = async (db: Db, id: ObservationId, judge: SourceJudgeState): Promise<void> => {
  await db
    .updateTable('observations')
    .set({ judge: JSON.stringify(judge) })
    .where('id', '=', id)
    .where('over', '=', 0)
    .execute()
}

export const getObservation = async (db: Db, id: ObservationId): Promise<Observation | null> => {
  const row = await db.selectFrom('observations').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : observationOf(row)
}

export const openObservations = async (db: Db): Promise<readonly Observation[]> =>
  (await db.selectFrom('observations').selectAll().where('over', '=', 0).orderBy('id').execute()).map(observationOf)

/** The newest of every scope. */
export const newestObservations = async (db: Db): Promise<readonly Observation[]> => {
  const newest = db
    .selectFrom('observations')
    .select(({ fn }) => fn.max('id').as('id'))
    .groupBy(['app', 'environment'])
  const rows = await db.selectFrom('observations').selectAll().where('id', 'in', newest).orderBy('id').execute()
  return rows.map(observationOf)
}

const observationOf = ({ id, body, judge }: Selectable<Tables['observations']>): Observation => ({
  ...(JSON.parse(body) as Omit<Observation, 'id' | 'judge'>),
  id: id as ObservationId,
  judge: judge === null ? null : (JSON.parse(judge) as SourceJudgeState),
})
