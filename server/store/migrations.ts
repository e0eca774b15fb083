// The schema, as steps that only ever are added to. Expand first; contract in a later release.
import type { Kysely } from 'kysely'
import { sql } from 'kysely'
import type { Migration } from 'kysely/migration'

const first: Migration = {
  up: async (db: Kysely<unknown>) => {
    const { schema } = db
    await schema
      .createTable('settings')
      .addColumn('name', 'text', (c) => c.primaryKey())
      .addColumn('value', 'text', (c) => c.notNull())
      .execute()
    await schema
      .createTable('artifacts')
      .addColumn('digest', 'text', (c) => c.primaryKey())
      .addColumn('bytes', 'bigint', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .execute()
    await schema
      .createTable('releases')
      .addColumn('app', 'text', (c) => c.notNull())
      .addColumn('version', 'text', (c) => c.notNull())
      .addColumn('digest', 'text', (c) => c.notNull())
      .addColumn('artifact', 'text', (c) => c.notNull().references('artifacts.digest'))
      .addColumn('run', 'text', (c) => c.notNull())
      .addColumn('created_at', 'bigint', (c) => c.notNull())
      .addPrimaryKeyConstraint('releases_key', ['app', 'version'])
      .execute()
    await schema
      .createTable('rollouts')
      .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('app', 'text', (c) => c.notNull())
      .addColumn('environment', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('phase', 'text', (c) => c.notNull())
      .addColumn('generation', 'integer', (c) => c.notNull())
      .addColumn('over', 'integer', (c) => c.notNull())
      .addColumn('exposure', 'text', (c) => c.notNull())
      .addColumn('started_at', 'bigint', (c) => c.notNull())
      .addColumn('ended_at', 'bigint')
      .execute()
    await sql`create unique index one_rollout_under_way on rollouts (app, environment) where over = 0`.execute(db)
    await schema.createIndex('rollouts_by_scope').on('rollouts').columns(['app', 'environment', 'id']).execute()
    await transitionsAndBeside(db)
  },
}

const transitionsAndBeside = async ({ schema }: Kysely<unknown>): Promise<void> => {
  await schema
    .createTable('transitions')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('rollout', 'integer', (c) => c.notNull().references('rollouts.id'))
    .addColumn('generation', 'integer', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('phase', 'text', (c) => c.notNull())
    .addColumn('step', 'integer')
    .addColumn('text', 'text', (c) => c.notNull())
    .addUniqueConstraint('one_transition_per_generation', ['rollout', 'generation'])
    .execute()
  await schema
    .createTable('measurements')
    .addColumn('rollout', 'integer', (c) => c.primaryKey().references('rollouts.id'))
    .addColumn('body', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .execute()
  await schema
    .createTable('commands')
    .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
    .addColumn('rollout', 'integer', (c) => c.notNull().references('rollouts.id'))
    .addColumn('kind', 'text', (c) => c.notNull())
    .addColumn('actor', 'text', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('handled_at', 'bigint')
    .execute()
  await schema
    .createTable('rejections')
    .addColumn('digest', 'text', (c) => c.primaryKey())
    .addColumn('app', 'text', (c) => c.notNull())
    .addColumn('rollout', 'integer', (c) => c.notNull())
    .addColumn('reason', 'text', (c) => c.notNull())
    .addColumn('at', 'bigint', (c) => c.notNull())
    .addColumn('lifted_at', 'bigint')
    .addColumn('lifted_by', 'text')
    .addColumn('lifted_reason', 'text')
    .execute()
}

const collected: Migration = {
  up: async ({ schema }: Kysely<unknown>) => {
    await schema.alterTable('artifacts').addColumn('collected_at', 'bigint').execute()
    await schema.createIndex('rollouts_by_end').on('rollouts').column('ended_at').execute()
  },
}

const ordersForALeg: Migration = {
  up: (db: Kysely<unknown>) => db.schema.alterTable('commands').addColumn('leg', 'integer').execute(),
}

/** Null for rollouts that were accepted before it was kept. */
const asked: Migration = {
  up: async ({ schema }: Kysely<unknown>) => {
    await schema.alterTable('rollouts').addColumn('asked_by', 'text').execute()
    await schema.alterTable('rollouts').addColumn('asked_reason', 'text').execute()
  },
}

const sources: Migration = {
  up: ({ schema }: Kysely<unknown>) =>
    schema
      .createTable('source_states')
      .addColumn('rollout', 'integer', (c) => c.primaryKey().references('rollouts.id'))
      .addColumn('body', 'text', (c) => c.notNull())
      .addColumn('at', 'bigint', (c) => c.notNull())
      .execute(),
}

const observations: Migration = {
  up: async (db: Kysely<unknown>) => {
    await db.schema
      .createTable('observations')
      .addColumn('id', 'integer', (c) => c.primaryKey().autoIncrement())
      .addColumn('app', 'text', (c) => c.notNull())
      .addColumn('environment', 'text', (c) => c.notNull())
      .addColumn('over', 'integer', (c) => c.notNull())
      .addColumn('body', 'text', (c) => c.notNull())
      .addColumn('judge', 'text')
      .execute()
    await sql`create unique index one_observation_under_way on observations (app, environment) where over = 0`.execute(
      db,
    )
  },
}

export const migrations: Record<string, Migration> = {
  '0001-first': first,
  '0002-collected': collected,
  '0003-orders-for-a-leg': ordersForALeg,
  '0004-asked': asked,
  '0005-sources': sources,
  '0006-observations': observations,
}
