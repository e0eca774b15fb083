// Makes an unpacked folder read-only, and takes such a folder away again. It does not look at what the files hold.
import { chmod, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type FolderEntry, listFolder } from './normalised-tar.ts'

const sealedMode = (entry: FolderEntry): number =>
  entry.kind === 'folder' || (entry.kind === 'file' && entry.executable) ? 0o555 : 0o444

/** Files 0444 or 0555, folders 0555: chmod, because the umask would take bits from a mode given at creation. */
export const seal = async (root: string): Promise<void> => {
  for (const entry of await listFolder(root)) {
    if (entry.kind !== 'symlink') await chmod(join(root, entry.path), sealedMode(entry))
  }
  await chmod(root, 0o555)
}

const openFolders = async (root: string): Promise<void> => {
  await chmod(root, 0o700)
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (entry.isDirectory()) await openFolders(join(root, entry.name))
  }
}

/** Removes a folder, also a sealed one: its owner may take entries out of it only after a chmod. */
export const removeFolder = async (root: string): Promise<void> => {
  await openFolders(root).catch(() => {}) // it is not there, or is no folder of ours: the next line says what matters
  await rm(root, { recursive: true, force: true })
}
