// What a look over the store asks of it: is its file whole, and when did it last change.
import { DatabaseSync } from 'node:sqlite'
import type { Db } from './open.ts'

/**
 * The first thing that is wrong with the file; null when it is whole. Opens it once more, for reading: an open store has
 * pages in memory that hide what became of the file. Reads every page, but for what indexes repeat.
 */
export const damageOf = (file: string): string | null => {
  try {
    const database = new DatabaseSync(file, { readOnly: true })
    try {
      const said = database.prepare('pragma quick_check(1)').get()?.['quick_check']
      return said === 'ok' ? null : String(said)
    } finally {
      database.close()
    }
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}

/** When something last happened to a rollout; null when nothing ever did. */
export const lastTransitionAt = async (db: Db): Promise<number | null> =>
  (
    await db
      .selectFrom('transitions')
      .select(({ fn }) => fn.max('at').as('at'))
      .executeTakeFirst()
  )?.at ?? null
