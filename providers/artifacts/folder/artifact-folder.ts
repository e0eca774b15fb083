// The content-addressed store of artifacts in a folder of this machine, and the unpacked, read-only folders that apps start
// from. It does not know apps, releases or versions: a digest is all it is asked for.
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream, mkdirSync, readdirSync } from 'node:fs'
import { access, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { FaultError, failed, ok, type Result } from '@humdrum/core/errors.ts'
import type { Digest } from '@humdrum/core/ids.ts'
import { makeReachable } from '../../reachable-folder.ts'
import type { Limits } from './entry-tree.ts'
import { exchange } from './exchange.ts'
import type { InTurn } from './in-turn.ts'
import { createInTurn } from './in-turn.ts'
import { folderHash, listFolder, normalisedTar } from './normalised-tar.ts'
import { listHeld, removeHeld } from './remove.ts'
import { removeFolder, seal } from './seal.ts'
import { unpack } from './unpack.ts'

export type Artifacts = {
  /**
   * Takes an uploaded plain tar in. The same content gives the same digest, whatever the order, owners and times of the upload.
   * Fails with HD3002 (nothing in it), HD3003 (refused, or broken off), HD1107; then nothing of it stays. The stream is
   * not destroyed on a refusal, so that its sender can still be answered; the caller ends it.
   */
  put(stream: Readable): Promise<Result<{ readonly digest: Digest; readonly bytes: number }>>
  /** The folder of the unpacked artifact, verified byte by byte; made, or healed from the blob, when need be. Fails with HD3004, HD3005, HD1107. */
  place(digest: Digest): Promise<Result<string>>
  /** Where `place` puts it. Says nothing about whether it is there. */
  folderOf(digest: Digest): string
  /** True when `place` could unpack it. The blob is not read for this. */
  has(digest: Digest): Promise<boolean>
  /** Every digest of which something lies here: a blob, also a corrupt one, or an unpacked folder. */
  list(): Promise<readonly Digest[]>
  /**
   * Takes away whatever lies here of an artifact, and answers how many bytes that were. Not when some of it was written
   * after the given time, in milliseconds since the epoch: then it answers 0. What a kill leaves is listed again, or is
   * removed at the next start.
   */
  remove(digest: Digest, writtenBefore: number): Promise<number>
}

export type ArtifactFolderOptions = {
  /** Private: blobs, and uploads under way. */
  readonly storeDir: string
  /** Where apps run: traversable by others (0711), not listable. */
  readonly releasesDir: string
  /** 200,000 entries and 2 GiB unless told. */
  readonly limits?: Partial<Limits>
}

const defaults: Limits = { entries: 200_000, bytes: 2 * 1_024 ** 3 }

type Store = {
  readonly limits: Limits
  readonly staging: string
  readonly blobs: string
  readonly releases: string
  /** By digest: what is being placed or moved in is not removed under somebody's hands. */
  readonly inTurn: InTurn
}

const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''

/** Runs a verb; expected failures come back as values, everything else is thrown on. */
const asResult = async <Value>(verb: () => Promise<Result<Value>>): Promise<Result<Value>> => {
  try {
    return await verb()
  } catch (error) {
    if (error instanceof FaultError) return { ok: false, fault: error.fault }
    switch (errorCode(error)) {
      case 'ENOSPC':
      case 'EDQUOT':
        return failed('HD1107', 'the artifact does not fit')
      // What one file system cannot hold (two names that differ only in case, a name that is too long) is the upload's matter.
      case 'EEXIST':
      case 'ENAMETOOLONG':
      case 'EILSEQ':
        return failed('HD3003', `this machine cannot hold one of its entries (${errorCode(error)})`)
      default:
        throw error
    }
  }
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

const hexOf = (digest: Digest): string => /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1] ?? ''

const persistFolder = async (path: string): Promise<void> => {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Writes the normalised tar of a folder to a new file, down to the disk. */
const writeTar = async (folder: string, path: string): Promise<{ hex: string; bytes: number } | null> => {
  const entries = await listFolder(folder)
  if (!entries.some(({ kind }) => kind !== 'folder')) return null
  const hash = createHash('sha256')
  let bytes = 0
  const tee = async function* () {
    for await (const piece of normalisedTar(folder, entries)) {
      hash.update(piece)
      bytes += piece.length
      yield piece
    }
  }
  await pipeline(
    Readable.from(tee(), { objectMode: false }),
    createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
  )
  return { hex: hash.digest('hex'), bytes }
}

/** What was unpacked to be written anew is what `place` would unpack again. It verifies it before anybody starts from it. */
const keepUnpacked = async ({ releases }: Store, draft: string, hex: string): Promise<void> => {
  const beside = join(releases, `.${hex}.${randomUUID()}`)
  try {
    if (await exists(join(releases, hex))) return
    await rename(draft, beside)
    await seal(beside)
    await rename(beside, join(releases, hex))
  } catch {
    await removeFolder(beside) // another file system, a full disk: then `place` unpacks the blob
  }
}

const put = async (store: Store, source: Readable): ReturnType<Artifacts['put']> => {
  const { staging, blobs, limits, inTurn } = store
  const draft = join(staging, randomUUID())
  try {
    await mkdir(draft, { mode: 0o700 })
    await unpack({ source, into: draft, limits })
    const written = await writeTar(draft, `${draft}.tar`)
    if (written === null) return failed('HD3002', 'it holds no file')
    // Also over a blob that is there: it holds the same, unless it went bad.
    await inTurn(written.hex, async () => {
      await rename(`${draft}.tar`, join(blobs, written.hex))
      await keepUnpacked(store, draft, written.hex)
    })
    await rm(join(blobs, `${written.hex}.corrupt`), { force: true })
    await persistFolder(blobs)
    return ok({ digest: `sha256:${written.hex}` as Digest, bytes: written.bytes })
  } finally {
    await rm(`${draft}.tar`, { force: true })
    await rm(draft, { recursive: true, force: true })
  }
}

const blobHash = async (path: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const piece of createReadStream(path)) hash.update(piece)
  return hash.digest('hex')
}

/** Unpacks a blob that is known to be sound beside its place, seals and verifies it, and then moves it there. */
const unpackBlob = async ({ blobs, releases, limits }: Store, hex: string): Promise<Result<string>> => {
  const draft = join(releases, `.${hex}.${randomUUID()}`)
  const source = createReadStream(join(blobs, hex))
  try {
    await mkdir(draft, { mode: 0o755 })
    // The store wrote the blob, with hard links turned into files and headers of its own: its limits are those of the upload.
    await unpack({ source, into: draft, limits: { ...limits, bytes: Number.POSITIVE_INFINITY } })
    await seal(draft)
    if ((await folderHash(draft)) !== hex) return failed('HD3004', `what was unpacked of sha256:${hex} differs from it`)
    const folder = join(releases, hex)
    if (await exists(folder)) await exchange(folder, draft, join(releases, `.${hex}.${randomUUID()}`))
    else await rename(draft, folder)
    return ok(folder)
  } finally {
    source.destroy()
    await removeFolder(draft)
  }
}

const isWhole = async (folder: string, hex: string): Promise<boolean> => {
  try {
    return (await folderHash(folder)) === hex
  } catch {
    return false // something lies in it that no artifact holds, or it changes under the eyes
  }
}

const place = async (store: Store, hex: string): Promise<Result<string>> => {
  const [folder, blob] = [join(store.releases, hex), join(store.blobs, hex)]
  const found = await exists(folder)
  if (found && (await isWhole(folder, hex))) return ok(folder)
  if (!(await exists(blob))) {
    return (await exists(`${blob}.corrupt`)) || found
      ? failed('HD3004', `the bytes of sha256:${hex} changed on the disk`)
      : failed('HD3005', `there is no sha256:${hex}`)
  }
  if ((await blobHash(blob)) !== hex) {
    await rename(blob, `${blob}.corrupt`) // so that `has` says no, and a new upload heals it
    return failed('HD3004', `the bytes of sha256:${hex} changed on the disk`)
  }
  return unpackBlob(store, hex)
}

const openStore = ({ storeDir, releasesDir, limits }: ArtifactFolderOptions): Store => {
  const store = {
    limits: { ...defaults, ...limits },
    staging: join(storeDir, 'staging'),
    blobs: join(storeDir, 'sha256'),
    releases: releasesDir,
    inTurn: createInTurn(),
  }
  for (const folder of [store.staging, store.blobs]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  makeReachable(releasesDir)
  return store
}

/** What a kill left half done. Hidden names in the releases folder are drafts, everything in staging is one. */
const removeDrafts = async (
  { staging, releases }: Store,
  names: { staging: string[]; releases: string[] },
): Promise<void> => {
  for (const name of names.staging) await rm(join(staging, name), { recursive: true, force: true })
  for (const name of names.releases) if (name.startsWith('.')) await removeFolder(join(releases, name))
}

/** Opens the store; makes its folders when need be. One server at a time may have it open. */
export const createArtifactFolder = (options: ArtifactFolderOptions): Artifacts => {
  const store = openStore(options)
  const drafts = { staging: readdirSync(store.staging), releases: readdirSync(store.releases) }
  const tidied = removeDrafts(store, drafts)
  tidied.catch(() => {}) // whoever puts or places next is told
  const underWay = new Map<string, Promise<Result<string>>>()
  const placeOnce = (hex: string): Promise<Result<string>> => {
    const work =
      underWay.get(hex) ??
      asResult(() => tidied.then(() => store.inTurn(hex, () => place(store, hex)))).finally(() => underWay.delete(hex))
    underWay.set(hex, work)
    return work
  }
  return {
    put: (stream) => {
      stream.on('error', () => {}) // one that breaks off before it is read is told when it is read
      return asResult(() => tidied.then(() => put(store, stream)))
    },
    place: async (digest) =>
      hexOf(digest) === '' ? failed('HD3005', `${digest} is no digest`) : placeOnce(hexOf(digest)),
    folderOf: (digest) => join(store.releases, hexOf(digest) || 'unknown'),
    has: async (digest) => hexOf(digest) !== '' && exists(join(store.blobs, hexOf(digest))),
    list: () => listHeld(store),
    remove: async (digest, writtenBefore) => {
      const hex = hexOf(digest)
      return hex === '' ? 0 : tidied.then(() => store.inTurn(hex, () => removeHeld(store, hex, writtenBefore)))
    },
  }
}
