// What the home of a server shows by itself, whether a server runs or not: is it ours, is the store in it whole as far as
// that can be told without opening it, is there room.
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { diskRoom, memoryRoom } from '@humdrum/contract/room.ts'
import type { Finding } from '@humdrum/core/doctor/finding.ts'
import { broken, fine, judgeDisk, judgeMemory, look } from '@humdrum/core/doctor/finding.ts'

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
const isMissing = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'

export const homeFindings = (home: string): readonly Finding[] => {
  const found = homeFinding(home)
  if (!existsSync(home)) return [found, judgeMemory(memoryRoom())]
  return [found, ...storeFindings(join(home, 'store.db')), ...disks(home), judgeMemory(memoryRoom())]
}

const homeFinding = (home: string): Finding => {
  const another = 'or choose another home with --home'
  try {
    const about = statSync(home)
    if (!about.isDirectory())
      return broken({ id: 'home', says: `${home} is no folder`, next: `move it away, ${another}` })
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK)
    const { uid, mode } = about
    const own = process.getuid?.() ?? uid
    if (uid !== own) {
      const next = `run humdrum as its owner, ${another}`
      return look({ id: 'home', says: `${home} belongs to the user ${uid}, and you are ${own}`, next })
    }
    const rights = (mode & 0o777).toString(8).padStart(3, '0')
    if ((mode & 0o077) !== 0) {
      const says = `others may look into ${home} (rights ${rights}), where the token lies`
      return look({ id: 'home', says, next: `chmod 700 ${home}` })
    }
    return fine({ id: 'home', says: `${home}, yours alone` })
  } catch (cause) {
    if (isMissing(cause))
      return look({ id: 'home', says: `${home} is not there: nothing was started with it yet`, next: 'humdrum up' })
    return broken({
      id: 'home',
      says: `it cannot be used: ${messageOf(cause)}`,
      next: `check its owner and rights, ${another}`,
    })
  }
}

/** Every SQLite file that has a page begins so. */
const signature = 'SQLite format 3\0'

const storeFindings = (file: string): readonly Finding[] => {
  try {
    const handle = openSync(file, 'r')
    try {
      const head = Buffer.alloc(signature.length)
      const length = readSync(handle, head, 0, head.length, 0)
      if (length === 0 || head.toString('latin1') === signature)
        return [fine({ id: 'store', says: 'it is there, and it is a store' })]
      const next = 'the edge and the apps go on; humdrum down ends them, then begin anew: humdrum up --home ANOTHER'
      return [broken({ id: 'store', says: `${file} is damaged: it does not begin as a store does`, next })]
    } finally {
      closeSync(handle)
    }
  } catch (cause) {
    if (isMissing(cause)) return []
    return [broken({ id: 'store', says: `it cannot be read: ${messageOf(cause)}`, next: 'check its owner and rights' })]
  }
}

/** Releases lie beside the home, or where the system keeps such things, when a server runs as root. */
const disks = (home: string): readonly Finding[] => {
  const releases = [join(home, 'releases'), `${home}.releases`, '/var/lib/humdrum/releases'].find(existsSync)
  return [
    judgeDisk('disk.home', diskRoom(home)),
    ...(releases === undefined ? [] : [judgeDisk('disk.releases', diskRoom(releases))]),
  ]
}
