// How full the file systems are that a server writes to. The only place that asks the system for it.
import { stat, statfs } from 'node:fs/promises'
import type { DiskUse } from '@humdrum/core/disk.ts'
import { everything, ppm } from '@humdrum/core/time.ts'

/** One for each file system, named by the first of the folders that lies on it. A folder that cannot be asked is left out. */
export const diskUse = async (folders: readonly string[]): Promise<readonly DiskUse[]> => {
  const byDevice = new Map<number, DiskUse>()
  for (const folder of folders) {
    const found = await ask(folder)
    if (found !== null && !byDevice.has(found.device)) byDevice.set(found.device, found.use)
  }
  return [...byDevice.values()]
}

const ask = async (folder: string): Promise<{ device: number; use: DiskUse } | null> => {
  try {
    const [{ dev }, { blocks, bfree, bavail, bsize }] = await Promise.all([stat(folder), statfs(folder)])
    const taken = blocks - bfree
    const usable = taken + bavail // without what is kept back for root
    const used = ppm(usable === 0 ? 0 : Math.floor((taken / usable) * everything))
    return { device: dev, use: { folder, used, freeBytes: bavail * bsize } }
  } catch {
    return null // gone, or a file system that cannot say: whatever writes there tells what is wrong
  }
}
