// The log of every environment: lines of JSON in a file that is rotated, and whoever listens. It does not know processes.
import { appendFileSync, mkdirSync, readdirSync, renameSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { shiftOlder } from '@humdrum/contract/log-file.ts'
import type { AppName, EnvironmentName, Scope, Version } from '@humdrum/core/ids.ts'
import type { Line, Stream } from './log-tail.ts'

export type LogEntry = {
  /** ISO 8601, UTC: when the server read it, which is when it was written unless the server was away. */
  readonly time: string
  readonly release: Version
  readonly instance: string
  readonly stream: Stream
  readonly line: string
}

export type LogOrigin = Scope & { readonly release: Version; readonly instance: string }
export type LogListener = (origin: Scope, entries: readonly LogEntry[]) => void

export type AppLog = {
  /** Throws the error of the file system; then the last of the lines are not written, and none in half. */
  append(origin: LogOrigin, lines: readonly Line[]): void
  listen(listener: LogListener): () => void
  environmentsOf(app: AppName): readonly EnvironmentName[]
  /** The files of an environment, the newest first. */
  filesOf(scope: Scope): readonly string[]
}

export type AppLogOptions = {
  readonly folder: string
  readonly fileBytes: number
  readonly keptFiles: number
  readonly now: () => number
}

const suffix = '.jsonl'
// Lines in one write: a burst of many short ones is not to make a file far larger than its limit.
const atOnce = 200

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

// Names come parsed; this is the last fence before they become a path.
const pathPart = (name: string): string => {
  if (!/^[a-z0-9-]+$/.test(name)) throw new Error(`${JSON.stringify(name)} is no name for a folder`)
  return name
}

const rotate = (path: string, keptFiles: number): void => {
  shiftOlder(path, keptFiles)
  renameSync(path, `${path}.1`)
}

const appendWhole = (path: string, text: string): void => {
  const before = sizeOf(path)
  try {
    appendFileSync(path, text, { mode: 0o600 })
  } catch (error) {
    if (sizeOf(path) > before) truncateSync(path, before) // half a line would spoil the next one
    throw error
  }
}

/** The logs below a folder: APP/ENVIRONMENT.jsonl, then .1 (newer) to .N (older). */
export const openAppLog = ({ folder, fileBytes, keptFiles, now }: AppLogOptions): AppLog => {
  const listeners = new Set<LogListener>()
  const folderOf = (app: AppName): string => join(folder, pathPart(app))
  const pathOf = ({ app, environment }: Scope): string => join(folderOf(app), `${pathPart(environment)}${suffix}`)
  const appendSome = (origin: LogOrigin, lines: readonly Line[]): void => {
    const { app, environment, release, instance } = origin
    const time = new Date(now()).toISOString()
    const entries = lines.map(({ stream, line }): LogEntry => ({ time, release, instance, stream, line }))
    const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
    const path = pathOf(origin)
    const size = sizeOf(path)
    if (size > 0 && size + Buffer.byteLength(text) > fileBytes) rotate(path, keptFiles)
    appendWhole(path, text)
    for (const listener of listeners) listener({ app, environment }, entries)
  }
  return {
    append: (origin, lines) => {
      mkdirSync(folderOf(origin.app), { recursive: true, mode: 0o700 })
      for (let from = 0; from < lines.length; from += atOnce) appendSome(origin, lines.slice(from, from + atOnce))
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    environmentsOf: (app) => {
      const names = statSync(folderOf(app), { throwIfNoEntry: false }) === undefined ? [] : readdirSync(folderOf(app))
      return names
        .filter((name) => name.endsWith(suffix))
        .map((name) => name.slice(0, -suffix.length) as EnvironmentName)
    },
    filesOf: (scope) => {
      const path = pathOf(scope)
      const older = Array.from({ length: keptFiles }, (_, index) => `${path}.${index + 1}`)
      return [path, ...older].filter((file) => statSync(file, { throwIfNoEntry: false }) !== undefined)
    },
  }
}
