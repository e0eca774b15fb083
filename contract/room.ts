// How much room there is on this machine: memory, and the file systems on which a home lies. Measured the same way by the
// server and by the command line, which looks where no server runs.
import { statfsSync } from 'node:fs'
import { totalmem } from 'node:os'
import type { Disk, Memory } from '@humdrum/core/doctor/finding.ts'

/** What may be had without pushing others out, within the limit of a container. */
export const memoryRoom = (): Memory => {
  const limit = process.constrainedMemory()
  const totalBytes = limit > 0 && limit < totalmem() ? limit : totalmem()
  return { availableBytes: Math.min(process.availableMemory(), totalBytes), totalBytes }
}

/** What is left for whoever is not root, as `df` counts it. */
export const diskRoom = (path: string): Disk => {
  const { bsize, blocks, bfree, bavail } = statfsSync(path)
  return { path, freeBytes: bavail * bsize, totalBytes: (blocks - bfree + bavail) * bsize }
}
