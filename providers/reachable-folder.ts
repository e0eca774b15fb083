// Makes a folder that the users of apps can go through to what is theirs, but not list. Folders that were there before keep
// the rights that they have.
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** Every folder that is made on the way is 0711: chmod, because the umask would take bits from a mode given at creation. */
export const makeReachable = (folder: string): void => {
  if (existsSync(folder)) return
  makeReachable(dirname(folder))
  const made = mkdirSync(folder, { recursive: true, mode: 0o711 }) // nothing when another server was faster
  if (made !== undefined) chmodSync(folder, 0o711)
}
