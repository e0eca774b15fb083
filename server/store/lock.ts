// One server per home: an exclusive SQLite lock on a file of its own, which the kernel frees when the process dies.
import { DatabaseSync } from 'node:sqlite'

export type HomeLock = { release(): void }

/** Null when another process holds the home. */
export const lockHome = (file: string): HomeLock | null => {
  const database = new DatabaseSync(file)
  try {
    database.exec('pragma journal_mode = delete; pragma busy_timeout = 0; begin exclusive')
    return { release: () => database.close() }
  } catch (cause) {
    database.close()
    if (isBusy(cause)) return null
    throw cause
  }
}

/** SQLITE_BUSY is 5; its extended codes keep it in the low byte. */
const isBusy = (cause: unknown): boolean =>
  cause instanceof Error && 'errcode' in cause && (Number(cause.errcode) & 0xff) === 5
