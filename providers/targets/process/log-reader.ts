// Reads logs back: the last lines, and then what comes. It never writes, and holds no more than was asked for.
import { close, openSync, read, statSync } from 'node:fs'
import { promisify } from 'node:util'
import type { AppName, EnvironmentName, Version } from '@humdrum/core/ids.ts'
import type { AppLog, LogEntry } from './app-log.ts'

export type LogQuery = {
  readonly app: AppName
  /** All environments of the app unless told. */
  readonly environment?: EnvironmentName
  readonly release?: Version
  /** At most so many of the newest lines. */
  readonly tail: number
}

type OpenFile = { readonly descriptor: number; readonly bytes: number }

const blockBytes = 256 * 1_024
const longestQueue = 10_000
const readFrom = promisify(read)
const closeFile = promisify(close)

/** Opened in one step, so that neither a rotation nor a new line comes in between. */
const snapshot = (log: AppLog, { app, environment }: LogQuery): readonly (readonly OpenFile[])[] =>
  (environment === undefined ? log.environmentsOf(app) : [environment]).map((name) =>
    log.filesOf({ app, environment: name }).map((path) => {
      const bytes = statSync(path).size
      return { descriptor: openSync(path, 'r'), bytes }
    }),
  )

async function* linesBackwards({ descriptor, bytes }: OpenFile): AsyncGenerator<string, void, void> {
  let held: Buffer = Buffer.alloc(0)
  for (let end = bytes; end > 0; ) {
    const from = Math.max(0, end - blockBytes)
    const { buffer, bytesRead } = await readFrom(descriptor, Buffer.alloc(end - from), 0, end - from, from)
    held = Buffer.concat([buffer.subarray(0, bytesRead), held])
    end = from
    const whole = from === 0 ? 0 : held.indexOf(10) + 1
    if (from > 0 && whole === 0) continue
    const lines = held.subarray(whole).toString().split('\n').reverse()
    for (const line of lines) if (line !== '') yield line
    held = held.subarray(0, whole)
  }
}

const parse = (line: string): LogEntry | null => {
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null && 'line' in value ? (value as LogEntry) : null
  } catch {
    return null // a line that a power cut left in half
  }
}

/** The newest entries of one environment, the newest first. */
const newest = async (files: readonly OpenFile[], { release, tail }: LogQuery): Promise<LogEntry[]> => {
  const entries: LogEntry[] = []
  for (const file of files) {
    for await (const line of linesBackwards(file)) {
      if (entries.length >= tail) return entries
      const entry = parse(line)
      if (entry !== null && (release === undefined || entry.release === release)) entries.push(entry)
    }
  }
  return entries
}

const readTail = async (files: readonly (readonly OpenFile[])[], query: LogQuery): Promise<readonly LogEntry[]> => {
  try {
    const found = await Promise.all(files.map((some) => newest(some, query)))
    const entries = found.flatMap((some) => some.reverse())
    if (found.length > 1) entries.sort((one, other) => (one.time < other.time ? -1 : one.time > other.time ? 1 : 0))
    return query.tail > 0 ? entries.slice(-query.tail) : []
  } finally {
    await Promise.all(files.flat().map(({ descriptor }) => closeFile(descriptor)))
  }
}

/** The newest lines that match, the oldest first. */
export async function* readLogs(log: AppLog, query: LogQuery): AsyncGenerator<LogEntry, void, void> {
  yield* await readTail(snapshot(log, query), query)
}

const leftOut = (entry: LogEntry, count: number): LogEntry => ({
  ...entry,
  stream: 'stderr',
  line: `… (${count} lines left out here: they came faster than they were read)`,
})

/** What came in and was not read yet; of a reader that is too slow the oldest is dropped, and it is told. */
const createQueue = () => {
  const waiting: LogEntry[] = []
  const queue = { dropped: 0, wake: () => {} }
  return {
    add: (entries: readonly LogEntry[]): void => {
      waiting.push(...entries)
      const surplus = waiting.length - longestQueue
      if (surplus > 0) queue.dropped += waiting.splice(0, surplus).length
      queue.wake()
    },
    take: (): readonly LogEntry[] => {
      const [first] = waiting
      const note = first !== undefined && queue.dropped > 0 ? [leftOut(first, queue.dropped)] : []
      queue.dropped = 0
      return [...note, ...waiting.splice(0)]
    },
    /** Resolves at the next entry, or at the signal. */
    more: (signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        if (waiting.length > 0 || signal.aborted) return resolve()
        const done = (): void => {
          signal.removeEventListener('abort', done)
          resolve()
        }
        queue.wake = done
        signal.addEventListener('abort', done)
      }),
  }
}

/** The newest lines that match, and then every new one until the signal: none is left out or doubled in between. */
export async function* followLogs(
  log: AppLog,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<LogEntry, void, void> {
  const queue = createQueue()
  const { app, environment, release } = query
  const stop = log.listen((origin, entries) => {
    if (origin.app !== app || (environment !== undefined && origin.environment !== environment)) return
    queue.add(release === undefined ? entries : entries.filter((entry) => entry.release === release))
  })
  try {
    yield* await readTail(snapshot(log, query), query)
    while (!signal.aborted) {
      await queue.more(signal)
      yield* queue.take()
    }
  } finally {
    stop()
  }
}
