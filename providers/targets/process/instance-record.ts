// What is kept on disk of every instance, so that a server that was killed at any instant finds again what it started: the
// intent is written before the process exists, and the record goes only after the last process is gone. No resolved
// variable ever gets in here.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AppName, EnvironmentName, Scope } from '@humdrum/core/ids.ts'
import type { ReleaseSpec } from '@humdrum/core/ports.ts'
import type { KnownProcess } from '../../process-identity.ts'

export type InstanceRecord = {
  readonly format: 1
  readonly id: string
  readonly app: AppName
  readonly environment: EnvironmentName
  readonly release: ReleaseSpec
  /** `launching`: a process may exist that is not written down yet; it carries the id in HUMDRUM_INSTANCE. */
  readonly phase: 'launching' | 'running' | 'crashed' | 'stopping'
  readonly port: number
  readonly process: KnownProcess | null
  readonly ready: boolean
  /** Starts after an end that was watched. */
  readonly restarts: number
  readonly lastExit: string | null
  /** Milliseconds since the epoch at which a stop turns into SIGKILL. */
  readonly stopBy: number | null
  /** SIGTERM was sent: a second one makes many programs quit at once. */
  readonly signalled: boolean
}

export type Records = {
  /** Atomic; a record that was saved survives the death of the server at the next instruction. */
  save(record: InstanceRecord): void
  remove(id: string): void
  all(): readonly InstanceRecord[]
  /** Ids whose record cannot be read (a power cut): nothing is known of them but the id. */
  unreadable(): readonly string[]
}

export const scopeOf = (record: InstanceRecord): Scope => ({ app: record.app, environment: record.environment })

/** Replaces a file in one step; readable by its owner alone. */
export const writeAtomically = (path: string, content: unknown): void => {
  const draft = `${path}.draft`
  writeFileSync(draft, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  renameSync(draft, path)
}

/** A JSON file as it was written; null when it is not there or not whole. */
export const readJson = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

const isRecord = (value: unknown, id: string): value is InstanceRecord =>
  typeof value === 'object' &&
  value !== null &&
  'format' in value &&
  value.format === 1 &&
  'id' in value &&
  value.id === id

/** The records of a folder, which is made when it is missing. Synchronous: no await may come between intent and act. */
export const openRecords = (folder: string): Records => {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(folder)) if (name.endsWith('.draft')) rmSync(join(folder, name)) // of a kill
  const pathOf = (id: string): string => join(folder, `${id}.json`)
  const ids = (): string[] =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length))
  return {
    save: (record) => writeAtomically(pathOf(record.id), record),
    remove: (id) => rmSync(pathOf(id), { force: true }),
    all: () =>
      ids().flatMap((id) => {
        const value = readJson(pathOf(id))
        return isRecord(value, id) ? [value] : []
      }),
    unreadable: () => ids().filter((id) => !isRecord(readJson(pathOf(id)), id)),
  }
}
