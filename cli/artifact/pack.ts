// The folder that is deployed, as a stream of tar. Order, times and owners do not matter here: the server normalises them.
import { opendir, realpath, stat } from 'node:fs/promises'
import { join, matchesGlob, normalize } from 'node:path'
import type { AppConfig } from '@humdrum/contract/config/app-config.ts'
import { visible } from '@humdrum/contract/config/problem.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { create } from 'tar'

export type Packed = {
  readonly tar: ReadableStream<Uint8Array>
  /** Why packing broke off, once the stream failed: the upload only sees that it did. */
  readonly failure: () => FaultError | null
  /** True when all of it was taken: what is waited for from then on is the server. */
  readonly isSent: () => boolean
}

/** Whether an entry becomes part of the artifact; `path` is relative to what is packed. */
export type Keep = (path: string) => boolean

/** The folder to pack, and what of it. Fails with HD3002 when there is nothing to deploy, HD3003 where something cannot be. */
export const chooseOutput = async (config: AppConfig, folder: string): Promise<{ root: string; keep: Keep }> => {
  const output = config.build?.output ?? '.'
  const wanted = join(folder, output)
  const found = await stat(wanted).catch(() => null)
  const nothing = (reason: string, next?: string): FaultError =>
    new FaultError({ code: 'HD3002', reason, ...(next === undefined ? {} : { next }) })
  if (found === null) throw nothing(`there is no ${output}`)
  if (!found.isDirectory()) throw nothing(`${output} is not a folder`)
  const root = await realpath(wanted)
  // `ignore` speaks of the folder of humdrum.yaml; what a build wrote elsewhere is meant to be deployed.
  const keep = keeping(normalize(`${output}/`) === './' ? config.ignore : [])
  if (await holdsFiles(root, keep)) return { root, keep }
  if (config.build !== null) throw nothing(`${output} is empty`)
  throw nothing('the folder is empty, or all of it is ignored', 'check ignore in humdrum.yaml')
}

const keeping =
  (ignore: readonly string[]): Keep =>
  (path) =>
    !path.split('/').includes('.git') && !ignore.some((glob) => covers(glob, path))

const covers = (glob: string, path: string): boolean =>
  matchesGlob(plainDots(path), plainDots(normalize(glob).replace(/\/+$/, '')))

/** To globs a hidden file is none; who ignores `config/**` means `config/.env` above all. */
const plainDots = (text: string): string => text.replaceAll('.', '\u{e000}')

/** Whether there is anything to deploy. Looks at all of it: a pipe would be waited for, and no artifact can hold one. */
const holdsFiles = async (root: string, keep: Keep): Promise<boolean> => {
  const folders = ['']
  let found = false
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of await opendir(join(root, folder))) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (!keep(path)) continue
      const place = visible(path)
      if (path.includes('\u{fffd}')) throw new FaultError({ code: 'HD3003', reason: 'its name is not UTF-8', place })
      if (entry.isDirectory()) folders.push(path)
      else if (entry.isFile() || entry.isSymbolicLink()) found = true
      else throw new FaultError({ code: 'HD3003', reason: 'it is no file, no folder and no link', place })
    }
  }
  return found
}

/** Packs as it is read. `onBytes` gets the size so far. */
export const packFolder = ({ root, keep }: { root: string; keep: Keep }, onBytes: (bytes: number) => void): Packed => {
  let failure: FaultError | null = null
  let sent = false
  const relative = (path: string): string => normalize(path).replace(/\/$/, '')
  // The folder itself as the one entry: names that begin with @ would be taken for archives.
  const pack = create({ cwd: root, portable: true, filter: (path) => relative(path) === '.' || keep(relative(path)) }, [
    '.',
  ])
  const pieces = async function* (): AsyncGenerator<Uint8Array, void, void> {
    let bytes = 0
    pack.on('error', () => {}) // one that comes after the stream was given up is told by the first
    try {
      for await (const piece of pack) {
        bytes += piece.length
        onBytes(bytes)
        yield piece
      }
      sent = true
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      failure = new FaultError({ code: 'HD3003', reason: `packing ${root}: ${reason}` }, { cause })
      throw failure
    }
  }
  return { tar: ReadableStream.from(pieces()), failure: () => failure, isSent: () => sent }
}
