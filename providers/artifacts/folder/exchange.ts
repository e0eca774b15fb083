// Puts a sound folder in the place of one that changed on the disk. It does not know what either holds.
import { chmod, lstat, mkdir, readdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFolder } from './seal.ts'

/**
 * The folder itself stays: an instance that was started in it goes on finding its files there, where a removed one would leave
 * it without any. A kill in between leaves a folder that is not whole, and is exchanged again. `aside` is a name for what goes.
 */
export const exchange = async (folder: string, sound: string, aside: string): Promise<void> => {
  if (!(await lstat(folder)).isDirectory()) {
    await rename(folder, aside)
    await rename(sound, folder)
    return removeFolder(aside)
  }
  await mkdir(aside, { mode: 0o700 })
  await moveAll(folder, aside)
  await moveAll(sound, folder)
  await chmod(folder, 0o555)
  await removeFolder(aside)
}

/** A sealed folder lets nothing out, and is not moved as long as it is sealed: `..` in it would change. */
const moveAll = async (from: string, to: string): Promise<void> => {
  await chmod(from, 0o755)
  await chmod(to, 0o755)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const target = join(to, entry.name)
    if (entry.isDirectory()) await chmod(join(from, entry.name), 0o755)
    await rename(join(from, entry.name), target)
    if (entry.isDirectory()) await chmod(target, 0o555)
  }
}
