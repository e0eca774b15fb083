// The log file of a process that goes on by itself: whoever starts it opens the file for append and hands it over as the
// process's output; from then on the process itself keeps it small, also while nobody else runs. It knows no log's content.
import { copyFileSync, fstatSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs'

type Limits = { readonly fileBytes: number; readonly keptFiles: number }

const usual: Limits = { fileBytes: 10_000_000, keptFiles: 5 }

const lookMs = 1_000
const output = 1

/** Moves PATH.1 to PATH.2 and so on; the oldest goes, and PATH.1 is free. */
export const shiftOlder = (path: string, keptFiles: number): void => {
  rmSync(`${path}.${keptFiles}`, { force: true })
  for (let index = keptFiles - 1; index > 0; index -= 1) {
    const from = `${path}.${index}`
    if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, `${path}.${index + 1}`)
  }
}

/**
 * Copies what a large file holds to PATH.1 and empties it, as its writer keeps it open. Without an await: the writer itself
 * loses nothing by it; what another process writes between copy and cut is lost. False when it could not be copied.
 */
export const rotateLarge = (path: string, { fileBytes, keptFiles }: Limits = usual): boolean => {
  if (sizeOf(path) < fileBytes) return true
  const draft = `${path}.new`
  try {
    copyFileSync(path, draft)
    shiftOlder(path, keptFiles)
    renameSync(draft, `${path}.1`)
    truncateSync(path)
    return true
  } catch {
    rmSync(draft, { recursive: true, force: true }) // a full disk
    return false
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

/** Keeps the file small while it is the output of this process. */
export const keepOutputSmall = (path: string): void => {
  let refusedAt = -1
  setInterval(() => {
    if (!isOutput(path)) return
    // On a full disk it does not grow: when it does, there is room again.
    const size = sizeOf(path)
    if (size !== refusedAt && !rotateLarge(path)) refusedAt = size
  }, lookMs).unref()
}

/** A terminal, a pipe and a journal are somebody else's to keep small. */
const isOutput = (path: string): boolean => {
  const [mine, file] = [fstatSync(output), statSync(path, { throwIfNoEntry: false })]
  return mine.ino === file?.ino && mine.dev === file.dev
}
