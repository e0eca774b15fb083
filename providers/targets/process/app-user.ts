// A user id of its own for every app, when the server is root. No account is made: the ids are numbers that no person has,
// from the range that systemd keeps for such use. What the files of the app are, is not known here.
import { createHash } from 'node:crypto'
import { FaultError } from '@humdrum/core/errors.ts'
import type { AppName } from '@humdrum/core/ids.ts'
import { readJson, writeAtomically } from './instance-record.ts'

export type AppUser = { readonly uid: number; readonly gid: number }

const first = 61_184
const count = 65_519 - first + 1

const isUid = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= first && Number(value) < first + count

// Where the search begins differs by home, so that two servers of one machine hardly ever meet.
const wanted = (app: AppName, file: string): number =>
  createHash('sha256').update(`${file}\0${app}`).digest().readUInt32BE() % count

/** Who runs an app: the same id for ever, kept in the file. Throws HD5002 when all 4,336 are taken. */
export const openAppUsers = (file: string): ((app: AppName) => AppUser) => {
  const kept = readJson(file)
  const uids = new Map<string, number>(
    Object.entries(kept ?? {}).filter((pair): pair is [string, number] => isUid(pair[1])),
  )
  return (app) => {
    const known = uids.get(app)
    if (known !== undefined) return { uid: known, gid: known }
    const taken = new Set(uids.values())
    const start = wanted(app, file)
    for (let step = 0; step < count; step += 1) {
      const uid = first + ((start + step) % count)
      if (taken.has(uid)) continue
      writeAtomically(file, Object.fromEntries([...uids, [app, uid]]))
      uids.set(app, uid)
      return { uid, gid: uid }
    }
    throw new FaultError({ code: 'HD5002', reason: `all ${count} user ids for apps are taken` })
  }
}
