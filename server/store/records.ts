// Artifacts, releases, rejections, commands, measurements, transitions, settings: one verb per function.
import type { Trip } from '@humdrum/core/analysis/decision.ts'
import type { Mismatch } from '@humdrum/core/analysis/errors/split-check.ts'
import type { JudgeState } from '@humdrum/core/analysis/judge-state.ts'
import { blankState } from '@humdrum/core/analysis/judge-state.ts'
import type { Tally } from '@humdrum/core/analysis/tally.ts'
import type { AppName, Digest, RolloutId, Version } from '@humdrum/core/ids.ts'
import type { ReleaseSpec, RunSpec } from '@humdrum/core/ports.ts'
import type { PersonsOrder } from '@humdrum/core/rollout/event.ts'
import type { Instant, PartsPerMillion } from '@humdrum/core/time.ts'
import type { Selectable } from 'kysely'
import { tripIn } from './earlier-rows.ts'
import type { Db } from './open.ts'
import type { Tables } from './tables.ts'

/** Also of what was collected: then its bytes are there again. */
export const putArtifact = async (db: Db, artifact: { digest: Digest; bytes: number; at: Instant }): Promise<void> => {
  const row = { bytes: artifact.bytes, created_at: artifact.at, collected_at: null }
  await db
    .insertInto('artifacts')
    .values({ digest: artifact.digest, ...row })
    .onConflict((conflict) => conflict.column('digest').doUpdateSet(row))
    .execute()
}

/** False for what is not known, and for what was collected. */
export const hasArtifact = async (db: Db, digest: Digest): Promise<boolean> => (await collectedAt(db, digest)) === null

export const isCollected = async (db: Db, digest: Digest): Promise<boolean> =>
  typeof (await collectedAt(db, digest)) === 'number'

const collectedAt = async (db: Db, digest: Digest): Promise<number | null | undefined> =>
  (await db.selectFrom('artifacts').select('collected_at').where('digest', '=', digest).executeTakeFirst())
    ?.collected_at

/** `digest` is over artifact and run: what makes two releases the same. */
export type Release = ReleaseSpec & { readonly app: AppName; readonly digest: Digest }

const releaseOf = (row: Selectable<Tables['releases']>): Release => ({
  app: row.app as AppName,
  version: row.version as Version,
  digest: row.digest as Digest,
  artifact: row.artifact as Digest,
  run: JSON.parse(row.run) as RunSpec,
})

/** Answers the release that now stands under this name: the given one, or the one that stood there before. */
export const claimVersion = async (db: Db, release: Release, at: Instant): Promise<Release> => {
  const { app, version, digest, artifact } = release
  await db
    .insertInto('releases')
    .values({ app, version, digest, artifact, run: JSON.stringify(release.run), created_at: at })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const stands = await getRelease(db, app, version)
  if (stands === null) throw new Error(`release ${app} ${version} vanished between two statements`)
  return stands
}

export const getRelease = async (db: Db, app: AppName, version: Version): Promise<Release | null> => {
  const row = await db
    .selectFrom('releases')
    .selectAll()
    .where('app', '=', app)
    .where('version', '=', version)
    .executeTakeFirst()
  return row === undefined ? null : releaseOf(row)
}

export const listReleases = async (db: Db, app: AppName): Promise<readonly Release[]> =>
  (await db.selectFrom('releases').selectAll().where('app', '=', app).orderBy('created_at', 'desc').execute()).map(
    releaseOf,
  )

export type Rejection = {
  readonly digest: Digest
  readonly app: AppName
  readonly reason: string
  readonly rollout: RolloutId
}

/** Rejections that were not lifted. */
export const listRejections = async (db: Db): Promise<readonly Rejection[]> => {
  const rows = await db.selectFrom('rejections').selectAll().where('lifted_at', 'is', null).execute()
  return rows.map(({ digest, app, reason, rollout }) => ({
    ...{ digest: digest as Digest, app: app as AppName, reason, rollout: rollout as RolloutId },
  }))
}

/** False when this digest is not rejected. */
export const liftRejection = async (
  db: Db,
  digest: Digest,
  by: { actor: string; reason: string; at: Instant },
): Promise<boolean> => {
  const updated = await db
    .updateTable('rejections')
    .set({ lifted_at: by.at, lifted_by: by.actor, lifted_reason: by.reason })
    .where('digest', '=', digest)
    .where('lifted_at', 'is', null)
    .executeTakeFirst()
  return updated.numUpdatedRows > 0n
}

export type CommandKind = PersonsOrder['kind']
export type Command = {
  readonly id: number
  readonly rollout: RolloutId
  readonly kind: CommandKind
  readonly actor: string
  readonly reason: string
  readonly at: Instant
  /** The leg of the way that it was given for; null for any. */
  readonly leg: number | null
}

export const putCommand = async (db: Db, command: Omit<Command, 'id'>): Promise<void> => {
  await db
    .insertInto('commands')
    .values({ ...command, handled_at: null })
    .execute()
}

export const openCommands = async (db: Db): Promise<readonly Command[]> => {
  const rows = await db.selectFrom('commands').selectAll().where('handled_at', 'is', null).orderBy('id').execute()
  return rows.map(({ handled_at: _, ...row }) => row as Command)
}

/** For commands that change nothing: there is no step to save them with. */
export const markHandled = async (db: Db, ids: readonly number[], at: Instant): Promise<void> => {
  await db.updateTable('commands').set({ handled_at: at }).where('id', 'in', ids).execute()
}

/** What was last seen of a rollout. `judge` is handed back to an edge that lost it. */
export type Measurement = {
  readonly at: Instant
  readonly weight: PartsPerMillion | null
  readonly candidate: Tally
  readonly stable: Tally
  /** Of the candidate's bad ones. It never falls. */
  readonly rescued: number
  readonly trip: Trip | null
  /** As the edge says now; a warning. */
  readonly mismatch: Mismatch | null
  readonly judge: JudgeState | null
  readonly releases: readonly {
    readonly release: Version
    readonly instances: number
    readonly ready: number
    readonly restarts: number
    readonly lastExit: string | null
  }[]
}

export const putMeasurement = async (db: Db, rollout: RolloutId, measurement: Measurement): Promise<void> => {
  const row = { body: JSON.stringify(measurement), at: measurement.at }
  await db
    .insertInto('measurements')
    .values({ rollout, ...row })
    .onConflict((conflict) => conflict.column('rollout').doUpdateSet(row))
    .execute()
}

export const getMeasurements = async (
  db: Db,
  rollouts: readonly RolloutId[],
): Promise<ReadonlyMap<RolloutId, Measurement>> => {
  if (rollouts.length === 0) return new Map() // not every engine knows an empty list
  const rows = await db
    .selectFrom('measurements')
    .selectAll()
    .where('rollout', 'in', [...rollouts])
    .execute()
  return new Map(rows.map((row) => [row.rollout as RolloutId, measurementOf(row.body)]))
}

/** A judge's state of another form is none that a judge could go on from. */
const measurementOf = (body: string): Measurement => {
  const stored: Measurement = { rescued: 0, mismatch: null, ...JSON.parse(body) }
  const judge = stored.judge?.version === blankState.version ? stored.judge : null
  return { ...stored, judge, trip: stored.trip && tripIn(stored.trip) }
}

export type StoredTransition = Selectable<Tables['transitions']> & {
  readonly app: string
  readonly environment: string
}

/** In order, after the given id. */
export const transitionsAfter = async (
  db: Db,
  given: { after: number; rollout: RolloutId | null; limit: number },
): Promise<readonly StoredTransition[]> => {
  let query = db
    .selectFrom('transitions')
    .innerJoin('rollouts', 'rollouts.id', 'transitions.rollout')
    .selectAll('transitions')
    .select(['rollouts.app', 'rollouts.environment'])
    .where('transitions.id', '>', given.after)
    .orderBy('transitions.id')
    .limit(given.limit)
  if (given.rollout !== null) query = query.where('transitions.rollout', '=', given.rollout)
  return query.execute()
}

export const getSetting = async (db: Db, name: string): Promise<string | null> =>
  (await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst())?.value ?? null

export const putSetting = async (db: Db, name: string, value: string): Promise<void> => {
  await db
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute()
}
