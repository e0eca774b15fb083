// The one tar that a folder's content stands for: entries sorted by their bytes, no times, no owners, two modes. The same
// content gives the same bytes wherever and whenever it was made; its sha256 is the artifact's digest.
import { createHash } from 'node:crypto'
import { lstat, open, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Header, Pax } from 'tar'

export type FolderEntry = { readonly path: string } & (
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly executable: boolean; readonly bytes: number }
  | { readonly kind: 'symlink'; readonly target: string }
)

const blockBytes = 512
const readBytes = 256 * 1_024
const atOnce = 16

const entryOf = async (root: string, path: string): Promise<FolderEntry> => {
  const stat = await lstat(join(root, path))
  if (stat.isDirectory()) return { path, kind: 'folder' }
  if (stat.isSymbolicLink()) return { path, kind: 'symlink', target: await readlink(join(root, path)) }
  if (stat.isFile()) return { path, kind: 'file', executable: (stat.mode & 0o100) !== 0, bytes: stat.size }
  throw new Error(`${join(root, path)} is neither file, folder nor link`)
}

/** Everything below a folder, sorted by the bytes of the path; folders come before what they hold. */
export const listFolder = async (root: string): Promise<readonly FolderEntry[]> => {
  const entries: FolderEntry[] = []
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const names = await readdir(join(root, folder))
    for (let from = 0; from < names.length; from += atOnce) {
      const few = names.slice(from, from + atOnce)
      const found = await Promise.all(few.map((name) => entryOf(root, folder === '' ? name : `${folder}/${name}`)))
      entries.push(...found)
      folders.push(...found.filter(({ kind }) => kind === 'folder').map(({ path }) => path))
    }
  }
  const keyed = entries.map((entry) => ({ entry, key: Buffer.from(entry.path) }))
  return keyed.sort((one, other) => Buffer.compare(one.key, other.key)).map(({ entry }) => entry)
}

const describe = (entry: FolderEntry) => {
  const fixed = { uid: 0, gid: 0, uname: '', gname: '', mtime: new Date(0) }
  switch (entry.kind) {
    case 'folder':
      return { ...fixed, path: `${entry.path}/`, type: 'Directory', mode: 0o755, size: 0 } as const
    case 'file':
      return {
        ...fixed,
        path: entry.path,
        type: 'File',
        mode: entry.executable ? 0o755 : 0o644,
        size: entry.bytes,
      } as const
    case 'symlink':
      return { ...fixed, path: entry.path, type: 'SymbolicLink', mode: 0o777, size: 0, linkpath: entry.target } as const
  }
}

const headOf = (entry: FolderEntry): Buffer => {
  const header = new Header(describe(entry))
  const block = Buffer.alloc(blockBytes)
  if (!header.encode(block)) return block
  const { path, linkpath, size } = header
  const long = { ...(path === undefined ? {} : { path }), ...(linkpath === undefined ? {} : { linkpath }) }
  return Buffer.concat([new Pax({ ...long, ...(size === undefined ? {} : { size }) }).encode(), block])
}

async function* contentOf(path: string, bytes: number): AsyncGenerator<Buffer, void, void> {
  const file = await open(path, 'r')
  try {
    let left = bytes
    while (left > 0) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(left, readBytes)))
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`)
      left -= bytesRead
      yield buffer.subarray(0, bytesRead)
    }
    const padding = (blockBytes - (bytes % blockBytes)) % blockBytes
    if (padding > 0) yield Buffer.alloc(padding)
  } finally {
    await file.close()
  }
}

/** The normalised tar of a folder, piece by piece. `entries` must come from `listFolder`. */
export async function* normalisedTar(
  root: string,
  entries: readonly FolderEntry[],
): AsyncGenerator<Buffer, void, void> {
  for (const entry of entries) {
    yield headOf(entry)
    if (entry.kind === 'file' && entry.bytes > 0) yield* contentOf(join(root, entry.path), entry.bytes)
  }
  yield Buffer.alloc(2 * blockBytes)
}

/** The sha256 of a folder's normalised tar, in hexadecimal digits. */
export const folderHash = async (root: string): Promise<string> => {
  const hash = createHash('sha256')
  for await (const piece of normalisedTar(root, await listFolder(root))) hash.update(piece)
  return hash.digest('hex')
}
