// Rollouts and what hangs on them. The engine is the only one that steps a rollout: by compare-and-swap on its
// generation, with its transitions, the commands that were handled and the rejection in the same transaction.
import type { AppName, Digest, EnvironmentName, RolloutId, Scope } from '@humdrum/core/ids.ts'
import type { Rollout } from '@humdrum/core/rollout/state.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import type { Shield, Warmup } from '@humdrum/core/routing/route.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Selectable } from 'kysely'
import { rolloutIn } from './earlier-rows.ts'
import type { Db } from './open.ts'
import type { Measurement } from './records.ts'
import { isCollected, putMeasurement } from './records.ts'
import type { Tables } from './tables.ts'

/** How an environment is reached. No host: any that no other environment names. */
export type Reach = {
  readonly hosts: readonly string[]
  readonly warmup: Warmup | null
  readonly shield: Shield
}

/** What a rollout asks for, fixed when it is accepted, and what was in force `before`: null when nothing served. */
export type Exposure = Reach & { readonly before: Reach | null }

/** Who asked for a rollout, and why if it was said. */
export type Asked = { readonly by: string; readonly reason: string }

export type StoredRollout = {
  readonly rollout: Rollout
  readonly exposure: Exposure
  /** Null where it was not kept. */
  readonly asked: Asked | null
  readonly startedAt: Instant
  readonly endedAt: Instant | null
}

export type NewTransition = {
  readonly generation: number
  readonly at: Instant
  readonly phase: string
  readonly step: number | null
  readonly text: string
}

/** A row of before there was a shield does not name it. */
const shielded = <Stored extends object>(stored: Stored) => ({ shield: 'unreachable' as const, ...stored })

const exposureOf = (text: string): Exposure => {
  const { before, ...asked } = JSON.parse(text)
  return { ...shielded(asked), before: before && shielded(before) }
}

const fromRow = (row: Selectable<Tables['rollouts']>): StoredRollout => ({
  rollout: rolloutIn(row.state, row.id as RolloutId),
  exposure: exposureOf(row.exposure),
  asked: row.asked_by === null ? null : { by: row.asked_by, reason: row.asked_reason ?? '' },
  startedAt: row.started_at as Instant,
  endedAt: row.ended_at as Instant | null,
})

export type NewRollout = {
  readonly exposure: Exposure
  readonly text: string
  readonly asked?: Asked
  readonly rejects?: { readonly digest: Digest; readonly reason: string } | null
  /** Asked in the same transaction, with the newest rollout of every environment. */
  readonly allows?: (newest: readonly StoredRollout[]) => boolean
}

/** Null when a rollout of this environment is under way already, when `allows` says no, or when the bytes were collected. */
export const insertRollout = async (
  db: Db,
  rollout: Omit<Rollout, 'id'>,
  given: NewRollout,
): Promise<RolloutId | null> =>
  db.transaction().execute(async (tx) => {
    if (given.allows !== undefined && !given.allows(await newestRollouts(tx))) return null
    if (await isCollected(tx, rollout.plan.candidateArtifact)) return null
    const row = await tx
      .insertInto('rollouts')
      .values({
        app: rollout.scope.app,
        environment: rollout.scope.environment,
        state: JSON.stringify(rollout),
        phase: rollout.phase,
        generation: rollout.generation,
        over: 0,
        exposure: JSON.stringify(given.exposure),
        started_at: rollout.since,
        ended_at: null,
        asked_by: given.asked?.by ?? null,
        asked_reason: given.asked?.reason ?? null,
      })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .executeTakeFirst()
    if (row === undefined) return null
    const { generation, since, phase } = rollout
    await tx
      .insertInto('transitions')
      .values({ rollout: row.id, generation, at: since, phase, step: null, text: given.text })
      .execute()
    const id = row.id as RolloutId
    if (given.rejects) await reject(tx, { ...given.rejects, app: rollout.scope.app, rollout: id, at: since })
    return id
  })

export type SavedStep = {
  readonly before: Rollout
  readonly after: Rollout
  readonly transitions: readonly NewTransition[]
  readonly handled: readonly number[]
  readonly rejection: { readonly digest: Digest; readonly reason: string } | null
  /** What was seen when it was decided: whoever reads the step reads the numbers that belong to it. */
  readonly measurement?: Measurement
  readonly at: Instant
}

/** False when somebody else stepped it first: nothing was saved. */
export const saveStep = async (
  db: Db,
  { before, after, transitions, handled, rejection, measurement, at }: SavedStep,
): Promise<boolean> =>
  db.transaction().execute(async (tx) => {
    const updated = await tx
      .updateTable('rollouts')
      .set({
        state: JSON.stringify(after),
        phase: after.phase,
        generation: after.generation,
        over: isOver(after) ? 1 : 0,
        ended_at: isOver(after) ? after.since : null,
      })
      .where('id', '=', before.id)
      .where('generation', '=', before.generation)
      .executeTakeFirst()
    if (updated.numUpdatedRows === 0n) return false
    for (const transition of transitions)
      await tx
        .insertInto('transitions')
        .values({ rollout: after.id, ...transition })
        .execute()
    if (handled.length > 0)
      await tx.updateTable('commands').set({ handled_at: at }).where('id', 'in', handled).execute()
    if (measurement !== undefined) await putMeasurement(tx, after.id, measurement)
    if (rejection !== null) await reject(tx, { ...rejection, app: after.scope.app, rollout: after.id, at })
    return true
  })

export type Rejecting = {
  readonly digest: Digest
  readonly reason: string
  readonly app: AppName
  readonly rollout: RolloutId
  readonly at: Instant
}

export const reject = async (db: Db, { digest, reason, app, rollout, at }: Rejecting): Promise<void> => {
  const fresh = { app, rollout, reason, at, lifted_at: null, lifted_by: null, lifted_reason: null }
  await db
    .insertInto('rejections')
    .values({ digest, ...fresh })
    .onConflict((conflict) => conflict.column('digest').doUpdateSet(fresh))
    .execute()
}

/** The newest rollout of every environment: the one that says what its world looks like. */
export const newestRollouts = async (db: Db): Promise<readonly StoredRollout[]> => {
  const newest = db
    .selectFrom('rollouts')
    .select(({ fn }) => fn.max('id').as('id'))
    .groupBy(['app', 'environment'])
  const rows = await db
    .selectFrom('rollouts')
    .selectAll()
    .where('id', 'in', newest)
    .orderBy('app')
    .orderBy('environment')
    .execute()
  return rows.map(fromRow)
}

export const newestRollout = async (db: Db, scope: Scope): Promise<StoredRollout | null> =>
  (await listRollouts(db, { ...scope, limit: 1 }))[0] ?? null

/** Newest first. */
export const listRollouts = async (
  db: Db,
  filter: { app?: AppName | undefined; environment?: EnvironmentName | undefined; limit: number },
): Promise<readonly StoredRollout[]> => {
  let query = db.selectFrom('rollouts').selectAll().orderBy('id', 'desc').limit(filter.limit)
  if (filter.app !== undefined) query = query.where('app', '=', filter.app)
  if (filter.environment !== undefined) query = query.where('environment', '=', filter.environment)
  return (await query.execute()).map(fromRow)
}

/** Newest first: which releases proved themselves here, and what they replaced. */
export const listSucceeded = async (db: Db, { app, environment }: Scope): Promise<readonly StoredRollout[]> => {
  const rows = await db
    .selectFrom('rollouts')
    .selectAll()
    .where('app', '=', app)
    .where('environment', '=', environment)
    .where('phase', '=', 'Succeeded')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(fromRow)
}

export const getRollout = async (db: Db, id: RolloutId): Promise<StoredRollout | null> => {
  const row = await db.selectFrom('rollouts').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : fromRow(row)
}
