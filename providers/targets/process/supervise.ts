// The life of one instance: launched, probed until ready, watched, restarted after a crash, stopped at the end. Everything
// that matters is in its record before it is done. It does not know what is wished for, nor of any other instance.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Fault, faults, type Result } from '@humdrum/core/errors.ts'
import type { AppName, Digest } from '@humdrum/core/ids.ts'
import type { Instance } from '@humdrum/core/ports.ts'
import { identityOf, isAlive, type KnownProcess } from '../../process-identity.ts'
import { appEnvironment, type Variables } from './app-environment.ts'
import type { AppUser } from './app-user.ts'
import { untilReady } from './health.ts'
import type { InstanceRecord, Records } from './instance-record.ts'
import { ensureWorkFolder, freePort, launch } from './launch.ts'
import type { LogTail } from './log-tail.ts'
import type { Pace } from './pace.ts'
import { membersOf, signal } from './process-group.ts'

/** Where the bytes come from: a verified, read-only folder of an artifact. */
export type ArtifactSource = { readonly place: (artifact: Digest) => Promise<Result<string>> }

/** What an instance finds around it. */
export type Surroundings = {
  readonly records: Records
  readonly artifacts: ArtifactSource
  readonly environment: () => Variables
  /** Null when apps run as the server's own user. */
  readonly userOf: ((app: AppName) => AppUser) | null
  /** Below it every app has a folder that it may write to. */
  readonly workDir: string
  readonly portsInUse: Set<number>
  readonly pace: Pace
  readonly now: () => number
  /** The server lets go: nothing more is done, and processes live on. */
  readonly closed: AbortSignal
}

export type Supervised = {
  readonly record: () => InstanceRecord
  readonly view: () => Instance
  /** Begins to stop it; done when `ended` resolves. */
  readonly stop: () => void
  readonly ended: Promise<void>
}

/** A process that was started or adopted; `exit` tells in words how it ended. */
type Living = { readonly known: KnownProcess; readonly exit: Promise<string> }

/** What the parts below share: the record as it is now, and how to change it. */
type Life = {
  readonly near: Surroundings
  readonly tail: LogTail
  readonly record: () => InstanceRecord
  /** Throws when the disk refuses. */
  readonly save: (change: Partial<InstanceRecord>) => void
  /** Why it is not ready yet, in words. In memory alone: it is asked again soon. */
  readonly onTrouble: (words: string) => void
  /** The stop was asked for, or the server lets go. */
  readonly interrupt: AbortSignal
}

const workFolderOf = (near: Pick<Surroundings, 'workDir'>, app: AppName): string => join(near.workDir, `work-${app}`)

const pause = (ms: number, interrupt: AbortSignal): Promise<void> =>
  delay(ms, undefined, { signal: interrupt }).catch(() => {}) // an interrupt ends it early, and is looked at next

/** Resolves at the interrupt; `over` ends the wait for good, so that no listener stays. */
const whenAborted = (interrupt: AbortSignal, over: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (interrupt.aborted) return resolve()
    interrupt.addEventListener('abort', () => resolve(), { once: true, signal: over })
  })

/** Changes the record where the disk may be full: what is in memory goes on, and adoption copes with an older record. */
const note = (life: Life, change: Partial<InstanceRecord>): void => {
  try {
    life.save(change)
  } catch {
    // `save` changes the memory first. A record that stayed behind is mended by the mark in the process's environment.
  }
}

/** A process of an earlier server: it is nobody's child now, so it is looked at again and again, and its exit code is lost. */
export const watchAdopted = (known: KnownProcess, near: Pick<Surroundings, 'pace' | 'closed'>): Living => {
  const watch = async (): Promise<string> => {
    while (isAlive(known) && !near.closed.aborted) await pause(near.pace.watchMs, near.closed)
    return 'ended, how is not known: an earlier server had started it'
  }
  return { known, exit: watch() }
}

type Started = { readonly living: Living } | { readonly reason: string }

/** Follows `the last one`, as `exited with code 1` does. */
const refusedStart = ({ code, reason }: Fault): string => `could not be started: ${faults[code].sentence}: ${reason}`

/** Everything that takes time comes first; from the intent to the written pid there is no await. */
const start = async (life: Life, preferredPort: number | null): Promise<Started> => {
  const { near, tail } = life
  const { id, app, environment, release } = life.record()
  const folder = await near.artifacts.place(release.artifact)
  if (!folder.ok) return { reason: refusedStart(folder.fault) }
  near.portsInUse.delete(life.record().port)
  const port = await freePort(near.portsInUse, preferredPort)
  if (life.interrupt.aborted) return { reason: 'was not started: no longer wanted' }
  near.portsInUse.add(port)
  const home = workFolderOf(near, app)
  const env = appEnvironment(
    release.run,
    { app, environment, release: release.version, instance: id, port, home },
    near.environment(),
  )
  if (!env.ok) return { reason: refusedStart(env.fault) }
  const user = near.userOf?.(app) ?? null
  ensureWorkFolder(home, user)
  life.save({ phase: 'launching', port, process: null, ready: false })
  const { pid, exit } = launch({
    command: release.run.command,
    folder: folder.value,
    env: env.value,
    user,
    output: tail.output,
  })
  if (pid === null) return { reason: await exit }
  // Null when it ended already: then `exit` is about to tell, and until then nobody else can have the number.
  const known = { pid, started: identityOf(pid) ?? 'ended at once' }
  note(life, { phase: 'running', process: known })
  return { living: { known, exit } }
}

/** Watches a process until it ended (then in words how) or until the interrupt (then null). */
const attend = async (life: Life, living: Living): Promise<string | null> => {
  const { pace } = life.near
  const over = new AbortController()
  const { port, release, ready } = life.record()
  const probing = ready
    ? Promise.resolve(false)
    : untilReady({
        port,
        path: release.run.health.path,
        everyMs: pace.probeMs,
        timeoutMs: pace.probeTimeoutMs,
        signal: AbortSignal.any([over.signal, life.interrupt]),
        onTrouble: life.onTrouble,
      })
  const noted = probing.then((isReady) => isReady && note(life, { ready: true }))
  const outcome = await Promise.race([living.exit, whenAborted(life.interrupt, over.signal).then(() => null)])
  over.abort()
  await noted
  return life.interrupt.aborted ? null : outcome
}

const killAll = (pids: readonly number[]): void => {
  for (const pid of pids) signal(pid, 'SIGKILL')
}

/** Takes away what an ended leader left: its group, and what carries its mark. */
const clear = async (life: Life, living: Living | null): Promise<void> => {
  const { near, record } = life
  const left = (): readonly number[] => membersOf(record().id, living?.known.pid ?? null)
  for (let pids = left(); pids.length > 0 && !near.closed.aborted; pids = left()) {
    killAll(pids)
    await pause(near.pace.watchMs, near.closed)
  }
}

/** SIGTERM to the group, and SIGKILL to whatever lives at the deadline. Returns when nothing lives, or when the server lets go. */
const terminate = async (life: Life, living: Living): Promise<void> => {
  const { near, record } = life
  const { pid } = living.known
  if (!record().signalled && isAlive(living.known)) {
    signal(-pid, 'SIGTERM')
    note(life, { signalled: true })
  }
  const stopBy = record().stopBy ?? near.now()
  const ended = new AbortController()
  const gone = living.exit.then(() => ended.abort())
  await Promise.race([gone, pause(Math.max(0, stopBy - near.now()), AbortSignal.any([near.closed, ended.signal]))])
  if (!near.closed.aborted && isAlive(living.known) && near.now() >= stopBy) signal(-pid, 'SIGKILL')
  // Others of the group may still finish their work after the leader: they have the same deadline.
  for (
    let pids = membersOf(record().id, pid);
    pids.length > 0 && !near.closed.aborted;
    pids = membersOf(record().id, pid)
  ) {
    if (near.now() >= stopBy) killAll(pids)
    await pause(near.pace.watchMs, near.closed)
  }
}

/** The back-off between crashes: doubles, and starts anew after an instance was well for long enough. */
const createBackoff = ({ backoffMs, longestBackoffMs, healthyMs }: Pace) => {
  let nextMs = backoffMs
  return {
    next: (readyForMs: number): number => {
      if (readyForMs >= healthyMs) nextMs = backoffMs
      const ms = nextMs
      nextMs = Math.min(longestBackoffMs, nextMs * 2)
      return ms
    },
  }
}

const finishLog = (tail: LogTail): void => {
  try {
    tail.finish()
  } catch {
    // A full disk: the lines stay in the raw file, and come later or, at the end of the instance, are given up.
  }
}

/** Lives until the stop was asked for or the server lets go; returns the process that is still there. */
const live = async (life: Life, adopted: Living | null): Promise<Living | null> => {
  const backoff = createBackoff(life.near.pace)
  if (life.interrupt.aborted) return adopted // its stop was asked for by an earlier server
  if (adopted === null && life.record().phase === 'crashed') await clear(life, null)
  // A start that was refused is no crash, nor is an end that nobody watched: both are the machine's doing, a reboot say.
  let hasCrashed = false
  for (let living = adopted; !life.interrupt.aborted; living = null) {
    if (hasCrashed) note(life, { restarts: life.record().restarts + 1 })
    // After an end that nobody watched, an edge that is up without the server still sends requests to the port that it had.
    // After a crash that port may be refused for a minute, for the sake of connections that have ended (TIME_WAIT).
    const preferredPort: number | null = hasCrashed ? null : life.record().port || null
    const started: Started = living === null ? await start(life, preferredPort).catch(inability) : { living }
    if (life.interrupt.aborted) return 'living' in started ? started.living : null
    const since = life.near.now()
    const reason = 'living' in started ? await attend(life, started.living) : started.reason
    if (reason === null) return 'living' in started ? started.living : null
    const readyForMs = life.record().ready ? life.near.now() - since : 0
    if ('living' in started) await clear(life, started.living)
    if (life.interrupt.aborted) return null
    finishLog(life.tail)
    note(life, { phase: 'crashed', process: null, ready: false, lastExit: reason })
    hasCrashed = 'living' in started
    await pause(backoff.next(readyForMs), life.interrupt)
  }
  return null
}

// A full disk, no more processes: trouble of the machine, told as the reason and tried again after the back-off.
const inability = (error: unknown): Started => ({
  reason: `could not be started (${error instanceof Error ? error.message : String(error)})`,
})

const viewOf = (record: InstanceRecord, trouble: string | null): Instance => {
  const { id, release, port, phase, ready, restarts } = record
  const lastExit = record.lastExit ?? (ready ? null : trouble)
  const state =
    phase === 'stopping' || phase === 'crashed' ? phase : phase === 'running' && ready ? 'ready' : 'starting'
  return { id, release: release.version, host: '127.0.0.1', port, state, restarts, lastExit }
}

export type Beginning = { readonly record: InstanceRecord; readonly adopted: Living | null; readonly tail: LogTail }

/** Takes charge of an instance: a new one (its record is saved here, and a disk that refuses throws), or one that was found. */
export const supervise = (near: Surroundings, { record: first, adopted, tail }: Beginning): Supervised => {
  let record = first
  let trouble: string | null = null
  const stopAsked = new AbortController()
  const life: Life = {
    near,
    tail,
    record: () => record,
    save: (change) => {
      record = { ...record, ...change }
      near.records.save(record)
    },
    onTrouble: (words) => {
      trouble = words
    },
    interrupt: AbortSignal.any([near.closed, stopAsked.signal]),
  }
  life.save({})
  if (record.phase === 'stopping') stopAsked.abort()
  const run = async (): Promise<void> => {
    const living = await live(life, adopted)
    const stopping = stopAsked.signal.aborted
    if (stopping && living !== null) await terminate(life, living)
    if (stopping && living === null) await clear(life, null)
    if (near.closed.aborted || !stopping) return
    finishLog(tail)
    tail.remove()
    near.records.remove(record.id)
    near.portsInUse.delete(record.port)
  }
  return {
    record: () => record,
    view: () => viewOf(record, trouble),
    stop: () => {
      if (stopAsked.signal.aborted) return
      note(life, { phase: 'stopping', ready: false, stopBy: near.now() + record.release.run.stop.timeoutMs })
      stopAsked.abort()
    },
    ended: run(),
  }
}
