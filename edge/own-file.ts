// The file that says where this edge is: the only way by which a server finds it. One that was broken or taken away is written
// again; one that names another edge is left alone.
import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import { edgeFileSchema } from '@humdrum/contract/edge-control.ts'
import { readJson, writeDurablyOrOver } from './durable-file.ts'

/** More often than a server that finds none tries to start another. */
const everyMs = 500

/** Writes it, and keeps it until what is answered is called. */
export const keepOwnFile = (path: string, file: EdgeFile): (() => void) => {
  const text = JSON.stringify(file)
  writeDurablyOrOver(path, text)
  const keeping = setInterval(() => {
    try {
      if (!isSound(path)) writeDurablyOrOver(path, text)
    } catch {
      // The disk is full, or the home is gone: it is tried again, and what is served is served.
    }
  }, everyMs)
  return () => clearInterval(keeping)
}

const isSound = (path: string): boolean => {
  try {
    return edgeFileSchema.safeParse(readJson(path)).success
  } catch {
    return false
  }
}
