// Turns what one instance wrote (two raw files, appended by the process itself) into lines. Where it stands is kept on disk,
// after the lines were taken: after a kill lines may come twice, but none is lost. It does not know where lines go.
import { closeSync, openSync, readSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { formatBytes } from '@humdrum/core/bytes.ts'
import { readJson, writeAtomically } from './instance-record.ts'

export type Stream = 'stdout' | 'stderr'
export type Line = { readonly stream: Stream; readonly line: string }

export type LogTail = {
  readonly output: Readonly<Record<Stream, string>>
  /** Takes a bounded piece; true when there is more at once. */
  turn(): boolean
  /** Takes all that is left, a last line without its end too: for a process that ended. */
  finish(): void
  remove(): void
}

type Position = { readonly offset: number /** Within a line that was cut already. */; readonly skipping: boolean }
type Positions = Record<Stream, Position>

const pieceBytes = 256 * 1_024
const longestLineBytes = 64 * 1_024
const truncateBytes = 1_024 * 1_024
// More than the log keeps of an environment: what lies deeper would be rotated away as soon as it was read.
const longestBacklogBytes = 64 * 1_024 * 1_024
const streams = ['stdout', 'stderr'] as const
const start: Position = { offset: 0, skipping: false }

const textOf = (bytes: Buffer): string => {
  if (bytes.length <= longestLineBytes) return bytes.toString().replace(/\r$/, '')
  const kept = bytes
    .subarray(0, longestLineBytes)
    .toString()
    .replace(/\ufffd+$/, '')
  return `${kept}… (cut at ${longestLineBytes / 1_024} KiB)`
}

type Cut = { readonly lines: readonly string[]; readonly position: Position }

/** The lines of a piece that begins at `position`. `last`: nothing follows, so an open line is one too. */
export const cutLines = (piece: Buffer, position: Position, last: boolean): Cut => {
  const lines: string[] = []
  let { skipping } = position
  let at = 0
  for (let end = piece.indexOf(10); end !== -1; end = piece.indexOf(10, at)) {
    if (!skipping) lines.push(textOf(piece.subarray(at, end)))
    skipping = false
    at = end + 1
  }
  const rest = piece.length - at
  const tooLong = rest > longestLineBytes
  if (rest > 0 && !skipping && (tooLong || last)) lines.push(textOf(piece.subarray(at)))
  if (tooLong || last || skipping) at = piece.length
  return { lines, position: { offset: position.offset + at, skipping: !last && (skipping || tooLong) } }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

const readPiece = (path: string, offset: number): Buffer => {
  const file = openSync(path, 'r')
  try {
    const piece = Buffer.alloc(pieceBytes)
    return piece.subarray(0, readSync(file, piece, 0, pieceBytes, offset))
  } finally {
    closeSync(file)
  }
}

const isPosition = (value: unknown): value is Position =>
  typeof value === 'object' &&
  value !== null &&
  'offset' in value &&
  Number.isSafeInteger(value.offset) &&
  'skipping' in value

const loadPositions = (path: string): Positions => {
  const kept = readJson(path)
  const of = (stream: Stream): Position => {
    const value: unknown = typeof kept === 'object' && kept !== null ? Reflect.get(kept, stream) : null
    return isPosition(value) ? value : start
  }
  return { stdout: of('stdout'), stderr: of('stderr') }
}

/** The tail of one instance. `take` may throw (a full disk): then nothing moved, and the same lines come again. */
export const openLogTail = (folder: string, id: string, take: (lines: readonly Line[]) => void): LogTail => {
  const output = { stdout: join(folder, `${id}.out`), stderr: join(folder, `${id}.err`) }
  const keptIn = join(folder, `${id}.tail.json`)
  let positions = loadPositions(keptIn)
  const moveTo = (stream: Stream, position: Position): void => {
    positions = { ...positions, [stream]: position }
    writeAtomically(keptIn, positions)
  }
  /**
   * Takes the newest piece alone: nobody read for long, or it comes faster than it is read. The file is emptied first, as it
   * may be what fills the disk: then nothing can be written before.
   */
  const leaveOut = (stream: Stream, leftBytes: number, offset: number): void => {
    const { lines } = cutLines(readPiece(output[stream], offset), { offset, skipping: true }, true)
    truncateSync(output[stream])
    moveTo(stream, start)
    const note = `… (${formatBytes(leftBytes)} left out here: more than the log keeps)`
    take([note, ...lines].map((line) => ({ stream, line })))
  }
  const turnOf = (stream: Stream, last: boolean): boolean => {
    const size = sizeOf(output[stream])
    const from = positions[stream].offset > size ? start : positions[stream]
    if (size === from.offset) return false
    if (size - from.offset > longestBacklogBytes) {
      leaveOut(stream, size - pieceBytes - from.offset, size - pieceBytes)
      return false
    }
    const piece = readPiece(output[stream], from.offset)
    const reached = from.offset + piece.length
    const { lines, position } = cutLines(piece, from, last && reached >= size)
    if (position.offset === from.offset) return false
    if (lines.length > 0) take(lines.map((line) => ({ stream, line })))
    moveTo(stream, position)
    // First the place, then the cut: a kill in between repeats lines, the other way round it would skip some. What the app
    // writes between the look and the cut is lost: a few microseconds once in a megabyte.
    if (position.offset > truncateBytes && sizeOf(output[stream]) === position.offset) {
      moveTo(stream, { ...position, offset: 0 })
      truncateSync(output[stream])
      return false
    }
    return reached < size
  }
  return {
    output,
    turn: () => streams.map((stream) => turnOf(stream, false)).includes(true),
    finish: () => {
      for (const stream of streams) while (turnOf(stream, true));
    },
    remove: () => {
      for (const path of [output.stdout, output.stderr, keptIn]) rmSync(path, { force: true })
    },
  }
}
