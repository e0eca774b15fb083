// A file of a few megabytes in the home that is given up when the disk is full, so that a server can start there and the
// record of an instance can be written. The store needs none of it: it keeps room of its own, which nobody else can take.
import { randomBytes } from 'node:crypto'
import { existsSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const ballastBytes = 4 * 1_024 * 1_024
/** Below this not even a few small files are sure to fit. */
const fullBytes = 512 * 1_024

const fileIn = (home: string): string => join(home, 'ballast')

/** False when there is none. */
export const giveUpBallast = (home: string): boolean => {
  if (!existsSync(fileIn(home))) return false
  rmSync(fileIn(home))
  return true
}

/** Makes it where there is room, gives it up where there is none. */
export const keepBallast = (home: string): 'kept' | 'given up' | 'missing' => {
  const { bavail, bsize } = statfsSync(home)
  const freeBytes = bavail * bsize
  if (freeBytes < fullBytes && giveUpBallast(home)) return 'given up'
  if (freeBytes > 4 * ballastBytes && !existsSync(fileIn(home))) makeBallast(fileIn(home))
  return existsSync(fileIn(home)) ? 'kept' : 'missing'
}

/** Of chance, so that no file system packs it. */
const makeBallast = (file: string): void => {
  try {
    writeFileSync(file, randomBytes(ballastBytes), { mode: 0o600 })
  } catch (cause) {
    rmSync(file, { force: true })
    throw cause
  }
}
