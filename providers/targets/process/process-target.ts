// The target `process`: instances are detached processes of this machine, which outlive the server and are found again. It
// knows nothing of rollouts, weights or requests.
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Fault, failed, ok, type Result } from '@humdrum/core/errors.ts'
import { type Digest, type Scope, scopeKey } from '@humdrum/core/ids.ts'
import type { ReleaseSpec, Target, Wish } from '@humdrum/core/ports.ts'
import type { Fence } from '@humdrum/core/routing/route.ts'
import { makeReachable } from '../../reachable-folder.ts'
import { adopt } from './adopt.ts'
import { missingVariables, type Variables } from './app-environment.ts'
import { type AppLog, type LogEntry, openAppLog } from './app-log.ts'
import { openAppUsers } from './app-user.ts'
import { type InstanceRecord, openRecords, scopeOf } from './instance-record.ts'
import { followLogs, type LogQuery, readLogs } from './log-reader.ts'
import { type LogTail, openLogTail } from './log-tail.ts'
import { type MemoryUse, memoryUse } from './memory-use.ts'
import { defaultPace, type Pace } from './pace.ts'
import { membersOf, signal } from './process-group.ts'
import { type ArtifactSource, type Supervised, type Surroundings, supervise, watchAdopted } from './supervise.ts'

export type ProcessTargetOptions = {
  /** Private: records, raw output, logs, user ids. */
  readonly stateDir: string
  readonly artifacts: ArtifactSource
  /** Where apps get the folders that they may write to (`work-APP`); must be traversable by others when `asRoot`. */
  readonly workDir: string
  /** The server's variables: for `${env:NAME}`, PATH, LANG and TZ alone. Asked at every start. */
  readonly environment: () => Variables
  /** Run every app as a user of its own. */
  readonly asRoot: boolean
  readonly pace?: Partial<Pace>
  /** 10 MB and 5 older files unless told. */
  readonly logs?: { readonly fileBytes?: number; readonly keptFiles?: number }
  readonly now?: () => number
}

export type ProcessTarget = Target & {
  readLogs(query: LogQuery): AsyncIterable<LogEntry>
  /** The newest lines, then every new one until the signal. */
  followLogs(query: LogQuery, signal: AbortSignal): AsyncIterable<LogEntry>
  /** Of every instance of the scope that runs. */
  memoryOf(scope: Scope): Promise<readonly MemoryUse[]>
  /** Of every instance there is, in whatever state. */
  artifactsInUse(): ReadonlySet<Digest>
  /** Waits for the instances that were ready when the target was opened: until all are so again, at most this long. */
  untilRestored(timeoutMs: number): Promise<{ readonly ready: number; readonly of: number }>
  /** Stops every instance of every scope, each within its own time; nothing starts any more. How many there were. */
  stopAll(): Promise<number>
  /** The server lets go: timers end, processes go on, and the next target on this folder adopts them. */
  close(): void
}

/** All that the verbs share. */
type Floor = {
  readonly near: Surroundings
  readonly log: AppLog
  readonly rawDir: string
  readonly instances: Map<string, { readonly supervised: Supervised; readonly tail: LogTail }>
}

const tailOf = ({ log, rawDir }: Pick<Floor, 'log' | 'rawDir'>, record: InstanceRecord): LogTail => {
  const origin = { ...scopeOf(record), release: record.release.version, instance: record.id }
  return openLogTail(rawDir, record.id, (lines) => log.append(origin, lines))
}

const takeCharge = (
  floor: Floor,
  record: InstanceRecord,
  adopted: ReturnType<typeof watchAdopted> | null,
): Supervised => {
  const tail = tailOf(floor, record)
  const supervised = supervise(floor.near, { record, adopted, tail })
  floor.instances.set(record.id, { supervised, tail })
  void supervised.ended.then(() => {
    if (!floor.near.closed.aborted) floor.instances.delete(record.id)
  })
  return supervised
}

/**
 * Takes away an instance that was only intended, after a second look: the server may have been killed in the instant in
 * which the process existed and did not carry its mark yet.
 */
const discard = async (floor: Floor, record: InstanceRecord): Promise<void> => {
  const { closed, records, pace } = floor.near
  await delay(pace.secondLookMs, undefined, { signal: closed }).catch(() => {}) // closed: the next target does it
  if (closed.aborted) return
  for (const pid of membersOf(record.id, null)) signal(pid, 'SIGKILL')
  tailOf(floor, record).remove()
  records.remove(record.id)
}

/** What an instance wrote goes with it; a record that could not be read took no note of it. */
const removeStrayOutput = ({ near, rawDir }: Floor): void => {
  const known = new Set(near.records.all().map(({ id }) => id))
  for (const name of readdirSync(rawDir)) if (!known.has(name.split('.')[0] ?? '')) rmSync(join(rawDir, name))
}

type Adopted = {
  /** What was ready then, so that an edge may be sending requests to it. */
  readonly served: readonly Supervised[]
  /** Resolves when what was only intended was looked for a second time. */
  readonly settled: Promise<unknown>
}

/** Takes charge of what an earlier target left. */
const adoptAll = (floor: Floor): Adopted => {
  const { near } = floor
  const discards: Promise<void>[] = []
  const served: Supervised[] = []
  for (const id of near.records.unreadable()) {
    for (const pid of membersOf(id, null)) signal(pid, 'SIGKILL')
    near.records.remove(id)
  }
  removeStrayOutput(floor)
  for (const record of near.records.all()) {
    const found = adopt(record, near.now())
    if (found.kind === 'discarded') {
      discards.push(discard(floor, record))
      continue
    }
    near.portsInUse.add(found.record.port)
    const adopted = takeCharge(floor, found.record, found.kind === 'living' ? watchAdopted(found.process, near) : null)
    if (record.ready) served.push(adopted)
  }
  return { served, settled: Promise.all(discards) }
}

const untilReady = async (served: readonly Supervised[], { pace, closed }: Surroundings, timeoutMs: number) => {
  const readyOnes = (): number => served.filter(({ view }) => view().state === 'ready').length
  const deadline = performance.now() + timeoutMs
  while (readyOnes() < served.length && performance.now() < deadline && !closed.aborted) await delay(pace.watchMs)
  return { ready: readyOnes(), of: served.length }
}

const newRecord = ({ app, environment }: Scope, release: ReleaseSpec): InstanceRecord => ({
  format: 1,
  id: `i-${randomBytes(6).toString('hex')}`,
  app,
  environment,
  release,
  phase: 'launching',
  port: 0,
  process: null,
  ready: false,
  restarts: 0,
  lastExit: null,
  stopBy: null,
  signalled: false,
})

/** One word for a release as it runs: the same version with another command is not the same instance. */
const specKey = ({ version, artifact, run }: ReleaseSpec): string =>
  JSON.stringify([version, artifact, run.command, Object.entries(run.env).sort(), run.health, run.stop])

const usefulness = { ready: 3, starting: 2, crashed: 1, stopping: 0 } as const

/** Brings one release to its number. Gives back what kept it from that. */
const satisfy = (floor: Floor, scope: Scope, { release, instances, without }: Wish): Fault | null => {
  const key = specKey(release)
  if (without !== null) for (const one of inScope(floor, scope)) if (one.record().id === without) one.stop()
  const present = inScope(floor, scope)
    .filter(({ record }) => record().phase !== 'stopping' && specKey(record().release) === key)
    .sort((one, other) => usefulness[other.view().state] - usefulness[one.view().state])
  for (const surplus of present.slice(instances)) surplus.stop()
  const missing = instances - present.length
  if (missing <= 0) return null
  const unset = missingVariables(release.run, floor.near.environment())
  const place = release.version
  if (unset.length > 0) return failed('HD4103', `${unset.join(', ')} (release ${place} asks for it)`, { place }).fault
  try {
    for (let count = 0; count < missing; count += 1) takeCharge(floor, newRecord(scope, release), null)
    return null
  } catch (error) {
    const full = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT')
    if (full) return failed('HD1107', 'no instance can be started', { place }).fault
    throw error
  }
}

const inScope = ({ instances }: Floor, scope: Scope): readonly Supervised[] =>
  [...instances.values()]
    .map(({ supervised }) => supervised)
    .filter(({ record }) => scopeKey(scopeOf(record())) === scopeKey(scope))

/** In one step, without an await: two calls for one scope never mix. */
const converge = (floor: Floor, scope: Scope, wishes: readonly Wish[]): Result<null> => {
  const wished = new Set(wishes.map(({ release }) => specKey(release)))
  for (const instance of inScope(floor, scope)) if (!wished.has(specKey(instance.record().release))) instance.stop()
  const troubles = wishes.map((wish) => satisfy(floor, scope, wish)).filter((fault) => fault !== null)
  const [first] = troubles
  return first === undefined ? ok(null) : { ok: false, fault: first }
}

const isOlder = (fence: Fence, than: Fence): boolean =>
  fence.rollout === than.rollout ? fence.generation < than.generation : fence.rollout < than.rollout

/** Looks at what the apps wrote; a full disk leaves it for the next time. */
const takeLines = ({ instances }: Floor): void => {
  for (const { tail } of instances.values()) {
    try {
      for (let turns = 0; turns < 4 && tail.turn(); turns += 1);
    } catch {
      // The lines are still in the raw file, and nothing moved: the next look takes them.
    }
  }
}

const openFloor = (options: ProcessTargetOptions, closed: AbortSignal): Floor => {
  const { stateDir, artifacts, environment, workDir, asRoot } = options
  const now = options.now ?? Date.now
  const rawDir = join(stateDir, 'raw')
  mkdirSync(rawDir, { recursive: true, mode: 0o700 })
  makeReachable(workDir)
  const near: Surroundings = {
    records: openRecords(join(stateDir, 'instances')),
    artifacts,
    environment,
    userOf: asRoot ? openAppUsers(join(stateDir, 'app-users.json')) : null,
    workDir,
    portsInUse: new Set(),
    pace: { ...defaultPace, ...options.pace },
    now,
    closed,
  }
  const { fileBytes = 10_000_000, keptFiles = 5 } = options.logs ?? {}
  return {
    near,
    rawDir,
    log: openAppLog({ folder: join(stateDir, 'logs'), fileBytes, keptFiles, now }),
    instances: new Map(),
  }
}

/**
 * Opens the target on a folder and adopts what lives there. One target at a time may have a folder open.
 *
 * @example
 * const target = createProcessTarget({ stateDir, artifacts, workDir: releasesDir, environment: () => process.env, asRoot: false })
 * await target.converge({ app, environment }, [{ release, instances: 2 }], { rollout, generation: 1 })
 */
export const createProcessTarget = (options: ProcessTargetOptions): ProcessTarget => {
  const letGo = new AbortController()
  const floor = openFloor(options, letGo.signal)
  const adopted = adoptAll(floor)
  const newest = new Map<string, Fence>()
  const mode = { ending: false }
  const look = setInterval(() => takeLines(floor), floor.near.pace.tailMs).unref()
  return {
    place: async (_, artifact) => {
      const placed = await options.artifacts.place(artifact)
      return placed.ok ? ok(null) : placed
    },
    observe: async (scope) => inScope(floor, scope).map(({ view }) => view()),
    converge: async (scope, wishes, fence) => {
      if (mode.ending) return failed('HD5002', 'all instances are being stopped')
      const seen = newest.get(scopeKey(scope))
      if (seen !== undefined && isOlder(fence, seen)) return ok(null)
      newest.set(scopeKey(scope), fence)
      return converge(floor, scope, wishes)
    },
    memoryOf: async (scope) => inScope(floor, scope).flatMap(({ record }) => memoryUse(record()) ?? []),
    untilRestored: (timeoutMs) => untilReady(adopted.served, floor.near, timeoutMs),
    readLogs: (query) => readLogs(floor.log, query),
    followLogs: (query, signal) => followLogs(floor.log, query, signal),
    artifactsInUse: () =>
      new Set([...floor.instances.values()].map(({ supervised }) => supervised.record().release.artifact)),
    stopAll: async () => {
      mode.ending = true
      const all = [...floor.instances.values()].map(({ supervised }) => supervised)
      for (const { stop } of all) stop()
      await Promise.all([adopted.settled, ...all.map(({ ended }) => ended)])
      return all.length
    },
    close: () => {
      clearInterval(look)
      mode.ending = true
      letGo.abort()
    },
  }
}
