// The home folder: private, and held by one server at a time. Unpacked releases lie outside it where apps run as another
// user, in a folder which that user can reach.

import { createHash, randomBytes } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import { placesIn } from './config.ts'
import type { Store } from './store/open.ts'
import { getSetting, putSetting } from './store/records.ts'

/** Makes the home, or takes it as ours. A folder that holds other things stays as it is: HD1106. */
export const prepareHome = (home: string): Result<null> => {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    if (!isOurs(home) && !isVacant(home)) {
      const next = 'choose an empty or a new folder with --home'
      return failed('HD1106', `${home} holds other things and is no home`, { next })
    }
    chmodSync(home, 0o700)
    return ok(null)
  } catch (cause) {
    return failed(
      codeOf(cause) === 'ENOSPC' ? 'HD1107' : 'HD1106',
      `${home}: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  }
}

// Files that only a server or an edge writes: a folder may well be named `edge` in a folder of somebody else.
const isOurs = (home: string): boolean => {
  const { lock, store, cli, edge } = placesIn(home)
  return [lock, store, cli, join(edge, 'edge.json')].some((file) => existsSync(file))
}

// What others write into a home before a server looks at it makes no folder a home: the command line its log, a person the
// variables for a service.
const isVacant = (home: string): boolean =>
  readdirSync(home).every((name) => name.startsWith('server.log') || name === 'server.env')

/** Nothing was ever kept here: the folder is not there, or empty. */
export const isUnused = (home: string): boolean => {
  try {
    return isVacant(home)
  } catch (cause) {
    return codeOf(cause) === 'ENOENT' // anything else is told by whoever prepares the home
  }
}

const codeOf = (cause: unknown): unknown => (cause instanceof Error && 'code' in cause ? cause.code : null)

const systemReleases = '/var/lib/humdrum/releases'

/**
 * Where releases are unpacked: in the home where apps run as its owner; else beside it, or where the system keeps such things.
 * Never the same for two homes, as each removes what it does not need. ($HOME is no help there: it may be set to anything.)
 */
export const releasesFolder = (home: string, asRoot: boolean): string => {
  if (!asRoot) return join(home, 'releases')
  if (home === join(userInfo().homedir, '.humdrum')) return systemReleases
  const ancestors = (folder: string): readonly string[] =>
    dirname(folder) === folder ? [folder] : [folder, ...ancestors(dirname(folder))]
  const isReachable = ancestors(dirname(home)).every((folder) => (statSync(folder).mode & 0o001) !== 0)
  return isReachable
    ? `${home}.releases`
    : join(systemReleases, createHash('sha256').update(home).digest('hex').slice(0, 12))
}

export type CliFile = { readonly url: string; readonly token: string; readonly pid: number }

const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex')

/** The token of this home: the one that the file holds while the store knows it, else a new one. */
export const claimToken = async (store: Store, file: string): Promise<{ token: string; hash: string }> => {
  const known = readToken(file)
  const hash = await getSetting(store.db, 'tokenHash')
  if (known !== null && hash === hashOf(known)) return { token: known, hash }
  const token = randomBytes(32).toString('base64url')
  await putSetting(store.db, 'tokenHash', hashOf(token))
  return { token, hash: hashOf(token) }
}

const readToken = (file: string): string | null => {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return typeof content === 'object' && content !== null && 'token' in content && typeof content.token === 'string'
      ? content.token
      : null
  } catch {
    return null // none yet, or not ours any more: a new one is made
  }
}

/** Written again where somebody took it away or broke it: without it nobody finds the server, nor could end it. */
export const keepCliFile = (file: string, content: CliFile): void => {
  try {
    if (existsSync(file) && readFileSync(file, 'utf8') === textOf(content)) return
    writeCliFile(file, content)
  } catch {
    // The disk is full, or the home is gone: it is tried again.
  }
}

const textOf = (content: CliFile): string => `${JSON.stringify(content)}\n`

/** Never half written: the command line may read it at any instant. */
export const writeCliFile = (file: string, content: CliFile): void => {
  writeFileSync(`${file}.new`, textOf(content), { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
