// Room that the store keeps for itself, so that orders and steps can be written on a full disk: free pages within the
// database, and a write-ahead log that has its length already. SQLite fills both before it asks the file system for more,
// and nobody else can take them. A file system that writes every block to a new place (btrfs, ZFS) keeps no such promise.
import { sql } from 'kysely'
import type { Db } from './open.ts'

const reservedBytes = 4 * 1_024 * 1_024
/** 1.6 MB, so that the log never comes near its length: after a checkpoint it is written from its start again. */
const checkpointPages = 400

/** Makes the room anew. Throws on a full disk; what was left of it then stays. */
export const reserveRoom = (db: Db): Promise<void> =>
  db.connection().execute(async (connection) => {
    await sql`pragma wal_autocheckpoint = ${sql.lit(checkpointPages)}`.execute(connection)
    await sql`drop table if exists reserve`.execute(connection) // of a kill
    await sql`create table reserve (room blob)`.execute(connection)
    await sql`insert into reserve values (zeroblob(${sql.lit(reservedBytes)}))`.execute(connection)
    await sql`drop table reserve`.execute(connection)
  })

/** Whether half of it was used. */
export const isRoomShort = async (db: Db): Promise<boolean> => {
  const { rows } = await sql<{ free: number; size: number }>`
    select freelist_count as free, page_size as size from pragma_freelist_count, pragma_page_size`.execute(db)
  return rows.every(({ free, size }) => free * size < reservedBytes / 2)
}
