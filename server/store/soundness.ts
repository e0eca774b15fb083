// Whether a store is whole: asked of one that went through a lot. Repairs nothing.
import { sql } from 'kysely'
import type { Db } from './open.ts'
import { openCommands } from './records.ts'

/** What is wrong with the file or with what it holds, in words; empty when nothing is. */
export const unsoundness = async (db: Db): Promise<readonly string[]> => {
  const { rows } = await sql<{ readonly integrity_check: string }>`pragma integrity_check`.execute(db)
  const broken = rows.map((row) => row.integrity_check).filter((text) => text !== 'ok')
  const forgotten = (await openCommands(db)).map(({ kind, rollout }) => `nobody handled ${kind} of r-${rollout}`)
  return [...broken.map((text) => `the store: ${text}`), ...forgotten]
}
