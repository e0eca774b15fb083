// A place for tests that run the program itself, as a process: an app of somebody, a home, and an environment without what
// the test runner was started with. Whatever was started from here is ended with it, also when a test fails.
import type { ChildProcessByStdio } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { TemporaryFolder } from './temporary-folder.ts'
import { temporaryFolder } from './temporary-folder.ts'

export type Answer = { readonly code: number | null; readonly out: string; readonly err: string }

export type Running = {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly answer: Promise<Answer>
  /** Resolves when stdout holds these words; fails when it ended without them. */
  readonly says: (words: string) => Promise<void>
}

export type Call = {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  readonly ownGroup?: boolean
}

export type TestPlace = AsyncDisposable & {
  readonly folder: TemporaryFolder
  readonly home: string
  readonly start: (words: readonly string[], call?: Call) => Running
  /** `deploy --wait`: runs to the end. */
  readonly run: (line: string, call?: Call) => Promise<Answer>
  /** Processes that were started from here, or on another home, however far they went. */
  readonly processes: (home?: string) => readonly number[]
}

export const testPlace = (files: Readonly<Record<string, string>> = {}): TestPlace => {
  const folder = temporaryFolder(files)
  const home = join(folder.path, 'home')
  const start: TestPlace['start'] = (words, call = {}) => startProgram(words, { home, cwd: folder.path, ...call })
  const processes: TestPlace['processes'] = (of = folder.path) => processesOf(of)
  return {
    folder,
    home,
    start,
    processes,
    run: (line, call) => start(line.split(' '), call).answer,
    [Symbol.asyncDispose]: async () => {
      await until(() => {
        const left = processes()
        for (const pid of left) kill(pid)
        return left.length === 0
      })
      folder[Symbol.dispose]()
    },
  }
}

const program = fileURLToPath(new URL('./bin/humdrum.js', import.meta.url))

const startProgram = (words: readonly string[], call: Call & { readonly home: string }): Running => {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: call.cwd,
    // Dozens of processes read the same sources: only the first of a place compiles them.
    env: { ...plainEnvironment(), HUMDRUM_HOME: call.home, NODE_COMPILE_CACHE: `${call.home}.compiled`, ...call.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: call.ownGroup ?? false,
    timeout: 25_000,
    killSignal: 'SIGKILL',
  })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  const answer = once(child, 'close').then(() => ({ code: child.exitCode, ...said }))
  const says: Running['says'] = async (words) => {
    const hasEnded = answer.then(() => true)
    await until(async () => said.out.includes(words) || (await Promise.race([hasEnded, Promise.resolve(false)])))
    if (!said.out.includes(words)) throw new Error(`it ended without "${words}": ${JSON.stringify(said)}`)
  }
  return { child, answer, says }
}

const plainEnvironment = (): Record<string, string | undefined> => {
  const isForeign = (name: string): boolean =>
    /^(npm_|vitest|node_env$|node_options$|humdrum_|ci$|no_color$|force_color$)/i.test(name)
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !isForeign(name)))
}

/** By what they were started with, where they work, and what is in their environment. A zombie has none of it. */
const processesOf = (folder: string): readonly number[] => {
  const holds = (read: () => string): boolean => {
    try {
      return read().includes(folder)
    } catch {
      return false // it ended meanwhile
    }
  }
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter((entry) =>
      [
        () => readFileSync(`/proc/${entry}/cmdline`, 'utf8'),
        () => readlinkSync(`/proc/${entry}/cwd`),
        () => readFileSync(`/proc/${entry}/environ`, 'utf8'),
      ].some(holds),
    )
    .map(Number)
}

const kill = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // it ended meanwhile
  }
}

/** Fails after 15 seconds. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 15_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it did not happen in time')
    await sleep(25)
  }
}
