// A tar becomes a folder, strictly: what the rules refuse stops it, and links are made last so that no file is ever
// written through one. It does not know what the folder is for; the caller removes what a failure leaves.
import { link, mkdir, open, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { FaultError } from '@humdrum/core/errors.ts'
import { Parser, type ReadEntry } from 'tar'
import { createEntryTree, type EntryTree, type Limits, quoted, refuse } from './entry-tree.ts'
import { judgeExtendedHeader, tarBlocks } from './tar-blocks.ts'

export type Unpacking = { readonly source: Readable; readonly into: string; readonly limits: Limits }

const writeFile = async (entry: ReadEntry, path: string): Promise<void> => {
  const mode = ((entry.mode ?? 0) & 0o100) === 0 ? 0o644 : 0o755
  const file = await open(path, 'wx', mode)
  try {
    // One that was given up while nobody waited for it would neither end nor fail: so it is asked before every wait.
    const stillWanted = (): unknown => entry.destroyed && refuse('the rest is not wanted')
    stillWanted()
    for await (const chunk of entry) {
      await file.writeFile(chunk)
      stillWanted()
    }
  } finally {
    await file.close()
  }
}

type Place = { readonly tree: EntryTree; readonly into: string; readonly made: Set<string> }

// One call per folder: 200,000 files of a few folders would otherwise ask the disk 200,000 times.
const ensureFolder = async ({ made }: Place, path: string): Promise<void> => {
  if (made.has(path)) return
  await mkdir(path, { recursive: true })
  made.add(path)
}

const take = async (place: Place, entry: ReadEntry): Promise<void> => {
  const { tree, into } = place
  switch (entry.type) {
    case 'File':
    case 'OldFile':
    case 'ContiguousFile': {
      const path = join(into, tree.add(entry.path, { kind: 'file', bytes: entry.size }))
      await ensureFolder(place, dirname(path))
      return writeFile(entry, path)
    }
    case 'Directory':
      await ensureFolder(place, join(into, tree.add(entry.path, { kind: 'folder', explicit: true })))
      break
    case 'SymbolicLink':
      tree.add(entry.path, { kind: 'symlink', target: entry.linkpath ?? '' })
      break
    case 'Link':
      tree.add(entry.path, { kind: 'hardlink', target: entry.linkpath ?? '' })
      break
    default:
      refuse(`${quoted(entry.path)} is a ${entry.type}, neither file, folder nor link`)
  }
  entry.resume()
}

/** A parser whose every complaint and every entry ends in `failure`, or in a file. */
const createFeed = (place: Place) => {
  const failure = Promise.withResolvers<never>()
  failure.promise.catch(() => {}) // it is raced against; a late one is told by whoever waits
  const parser = new Parser({ strict: true })
  const seen = { end: false, givenUp: false, entry: null as ReadEntry | null, work: Promise.resolve() }
  const guard = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      failure.reject(error)
    }
  }
  parser.on('error', (error: Error) =>
    guard(() => refuse(`it is not a sound tar (${error.message.replace(/^[A-Z_]+: /, '')})`)),
  )
  parser.on('meta', (header: string) => guard(() => judgeExtendedHeader(header)))
  parser.on('ignoredEntry', (entry: ReadEntry) =>
    guard(() => refuse(`${quoted(entry.path)} is of the kind ${entry.type}, neither file, folder nor link`)),
  )
  parser.on('eof', () => {
    seen.end = true
  })
  parser.on('entry', (entry: ReadEntry) => {
    seen.work = seen.work.then(() => {
      if (seen.givenUp) return
      seen.entry = entry
      return take(place, entry)
    })
    seen.work.catch((error: unknown) => failure.reject(error))
  })
  return { parser, failure: failure.promise, seen }
}

type Feed = ReturnType<typeof createFeed>

/** Gives the parser the whole source, at its pace. What follows the end mark is padding: it is read and dropped. */
const feed = async ({ parser, failure, seen }: Feed, blocks: AsyncIterable<Buffer>): Promise<void> => {
  for await (const piece of blocks) {
    if (seen.end) continue
    const drained = Promise.withResolvers<void>()
    parser.once('drain', drained.resolve)
    // A drain in the midst of the write is good only if the write asks for none.
    if (!parser.write(piece)) await Promise.race([drained.promise, failure])
    parser.off('drain', drained.resolve)
    await Promise.race([failure, Promise.resolve()])
  }
  const ended = Promise.withResolvers<void>()
  parser.once('end', ended.resolve)
  parser.end()
  await Promise.race([ended.promise, failure])
  await Promise.race([seen.work, failure])
  if (!seen.end) refuse('it breaks off before its end mark')
}

/** Errors of the source are not errors of this machine: the upload ended early. */
async function* readable(source: Readable): AsyncGenerator<Buffer, void, void> {
  try {
    // Whoever sent it is still to get an answer on the same connection, so the source is not destroyed on a refusal.
    for await (const chunk of source.iterator({ destroyOnReturn: false })) yield chunk
  } catch (cause) {
    throw new FaultError({ code: 'HD3003', reason: 'the upload ended early' }, { cause })
  }
}

/** Unpacks a plain tar into an existing, empty folder. Throws FaultError HD3003, or the error of the file system. */
export const unpack = async ({ source, into, limits }: Unpacking): Promise<void> => {
  const tree = createEntryTree(limits)
  const work = createFeed({ tree, into, made: new Set([into]) })
  try {
    await feed(work, tarBlocks(readable(source), limits.bytes))
  } catch (error) {
    work.seen.givenUp = true
    work.seen.entry?.destroy()
    await work.seen.work.catch(() => {}) // told already, by the error that is thrown below
    throw error
  }
  const { hardlinks, symlinks } = tree.finish()
  for (const { path, target } of hardlinks) {
    await mkdir(dirname(join(into, path)), { recursive: true })
    await link(join(into, target), join(into, path))
  }
  for (const { path, target } of symlinks) {
    await mkdir(dirname(join(into, path)), { recursive: true })
    await symlink(target, join(into, path))
  }
}
