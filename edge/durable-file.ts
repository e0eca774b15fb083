// Files that are whole at every instant, also when the power goes: written beside, synced, renamed, the folder synced.
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Replaces a file, readable by its owner alone. Blocks until it is on the disk. */
export const writeDurably = (path: string, text: string): void => {
  const beside = `${path}.new`
  const file = openSync(beside, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600)
  try {
    writeAll(file, Buffer.from(text))
  } finally {
    closeSync(file)
  }
  renameSync(beside, path)
  syncFolder(dirname(path))
}

/**
 * The same, but on a full disk over the old file, if there is one: it needs no new space. In one piece and as long as the
 * old one, so that whoever reads it meanwhile reads JSON.
 */
export const writeDurablyOrOver = (path: string, json: string): void => {
  try {
    writeDurably(path, json)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC' && existsSync(path))) throw error
    const file = openSync(path, constants.O_WRONLY)
    try {
      const bytes = Buffer.from(json)
      const rest = Buffer.alloc(Math.max(0, fstatSync(file).size - bytes.length), ' ')
      writeAll(file, Buffer.concat([bytes, rest]))
    } finally {
      closeSync(file)
    }
  }
}

const writeAll = (file: number, bytes: Buffer): void => {
  for (let offset = 0; offset < bytes.length; ) offset += writeSync(file, bytes, offset)
  fsyncSync(file)
}

const syncFolder = (path: string): void => {
  const folder = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** The JSON in a file; undefined when there is no such file. Throws on what is not JSON. */
export const readJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
    throw cause
  }
}
