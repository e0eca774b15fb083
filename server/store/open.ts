// Opens the embedded store: node:sqlite under Kysely, WAL, every commit on disk before it counts. Says after each commit
// that something changed, so that nobody in this process has to poll for it.
import type { SQLInputValue } from 'node:sqlite'
import { DatabaseSync } from 'node:sqlite'
import { FaultError } from '@humdrum/core/errors.ts'
import type { SqliteDatabase } from 'kysely'
import { Kysely, SqliteDialect } from 'kysely'
import { Migrator } from 'kysely/migration'
import { migrations } from './migrations.ts'
import type { Tables } from './tables.ts'

export type Db = Kysely<Tables>

export type Store = {
  readonly db: Db
  /** Called after every change that was committed; answers how to end it. */
  onChange(listener: () => void): () => void
  changed(): void
  /** Called when a person asked for something: that wants to be carried out at once. It is a change as well. */
  onOrder(listener: () => void): () => void
  ordered(): void
  close(): Promise<void>
}

/** `file` may be `:memory:`. Fails with HD1106 when the file is no store, is damaged, or is newer than this version. */
export const openStore = async (file: string): Promise<Store> => {
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: adapt(openDatabase(file)) }) })
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest()
  if (error !== undefined) {
    await db.destroy()
    if (error instanceof Error && error.message.startsWith('corrupted migrations')) throw newerStore(file, error)
    throw new Error('the store could not be brought to this version', { cause: error })
  }
  const [changes, orders] = [createCall(), createCall()]
  return {
    db,
    onChange: changes.listen,
    changed: changes.call,
    onOrder: orders.listen,
    ordered: () => {
      orders.call()
      changes.call()
    },
    close: () => db.destroy(),
  }
}

const createCall = () => {
  const listeners = new Set<() => void>()
  return {
    listen: (listener: () => void) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    call: () => {
      for (const listener of listeners) listener()
    },
  }
}

const openDatabase = (file: string): DatabaseSync => {
  const database = new DatabaseSync(file)
  try {
    database.exec(
      'pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 5000; pragma foreign_keys = on',
    )
    return database
  } catch (cause) {
    database.close()
    throw isNoStore(cause) ? brokenStore(file, cause) : cause
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB; extended codes keep them in the low byte. */
const isNoStore = (cause: unknown): cause is Error =>
  cause instanceof Error && 'errcode' in cause && [11, 26].includes(Number(cause.errcode) & 0xff)

const brokenStore = (file: string, cause: Error): FaultError => {
  // An older copy would not do: the edge refuses orders of a store that knows fewer rollouts than it has seen.
  const next =
    'the edge and the apps go on; humdrum down with this --home ends them, then begin anew: humdrum up --home ANOTHER'
  return new FaultError({ code: 'HD1106', reason: `${file} is damaged (${cause.message})`, next }, { cause })
}

const newerStore = (file: string, cause: Error): FaultError => {
  const next = 'run the version of Humdrum that wrote it, or a newer one'
  return new FaultError({ code: 'HD1106', reason: `${file} was written by a newer Humdrum`, next }, { cause })
}

const adapt = (database: DatabaseSync): SqliteDatabase => ({
  close: () => database.close(),
  prepare: (text) => {
    // SQLite rolls back by itself when the disk is full; to ask again would fail and hide why.
    const isDone = text === 'rollback' && !database.isTransaction
    const statement = database.prepare(isDone ? 'select 1' : text)
    const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[]
    return {
      reader: statement.columns().length > 0,
      all: (parameters) => statement.all(...values(parameters)),
      run: (parameters) => statement.run(...values(parameters)),
      iterate: (parameters) => statement.iterate(...values(parameters)) as IterableIterator<unknown>,
    }
  },
})
