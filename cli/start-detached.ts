// Starts a server in a session of its own, with its words in a log of the home, and waits until it serves. A server that
// cannot serve says why here, as it would on a terminal.
import { spawn } from 'node:child_process'
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { rotateLarge } from '@humdrum/contract/log-file.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import type { ExitCode } from './exit-code.ts'
import { exitCode } from './exit-code.ts'
import { commandOn, readHomeServer } from './home.ts'
import type { LocalInvocation } from './invocation.ts'
import { waitUntilGone } from './process-gone.ts'
import { whileWaiting } from './render/waiting.ts'
import { findRunningServer } from './running-server.ts'

export type DetachedStart = {
  readonly home: string
  readonly command: readonly [program: string, ...parameters: string[]]
  readonly patienceMs?: number
}

/** Fails with HD1106 when the home cannot be used, HD1108 when the server does not serve in time. */
export const startDetached = async (invocation: LocalInvocation, start: DetachedStart): Promise<ExitCode> => {
  const { terminal, home: given } = invocation
  const starting = launch(start)
  const work = waitUntilReady(start, starting)
  const outcome = await whileWaiting(terminal.err, { words: () => 'starting the server and the edge', work })
  if (outcome === 'ready') {
    const next = `  what it says     ${starting.log}\n  stop everything  ${commandOn(given, 'down')}\n`
    terminal.out.write(`${greetingIn(starting.words())}\n${next}`)
    return exitCode.well
  }
  const words = starting.words()
  if (outcome === 'ended' && words.includes('[HD1104]')) {
    const next = `${commandOn(given, 'status')}; where that gets no answer: ${commandOn(given, 'doctor')}`
    throw new FaultError({
      code: 'HD1104',
      reason: `${start.home}, and did not answer when this one was to start`,
      next,
    })
  }
  if (outcome === 'ended' && /\[HD\d{4}\]/.test(words)) {
    terminal.err.write(words)
    return exitCode.failure
  }
  if (outcome === 'late') await starting.stop()
  const reason = outcome === 'late' ? 'it was not ready in time and was stopped' : 'it ended at once'
  throw new FaultError({
    code: 'HD1108',
    reason: `${reason}: ${words.trim() || 'it said nothing'}`,
    next: `read ${starting.log}`,
  })
}

/** Where it serves, without what happened since. */
const greetingIn = (words: string): string => /^.* serves on .*(?:\n {2}.*)*/m.exec(words)?.[0] ?? ''

type Starting = {
  readonly pid: number
  readonly log: string
  readonly hasEnded: () => boolean
  /** What it wrote since it was started. */
  readonly words: () => string
  readonly stop: () => Promise<void>
}

const launch = ({ home, command: [program, ...parameters] }: DetachedStart): Starting => {
  const log = join(home, 'server.log')
  const file = openLog(home, log)
  const from = fstatSync(file).size
  const server = spawn(program, parameters, { cwd: home, detached: true, stdio: ['ignore', file, file] })
  closeSync(file)
  let ended = false
  server.once('exit', () => {
    ended = true
  })
  server.unref()
  const { pid } = server
  if (pid === undefined) throw new FaultError({ code: 'HD1108', reason: `${program} could not be started` })
  return {
    pid,
    log,
    hasEnded: () => ended,
    words: () => readFileSync(log).subarray(from).toString(),
    stop: async () => {
      server.kill('SIGTERM')
      if (!(await waitUntilGone(pid, 5_000))) server.kill('SIGKILL')
    },
  }
}

const openLog = (home: string, log: string): number => {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    rotateLarge(log) // now, and not while its end is read for what this server says
    return openSync(log, 'a', 0o600)
  } catch (cause) {
    const reason = `${log}: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new FaultError({ code: 'HD1106', reason }, { cause })
  }
}

type Outcome = 'ready' | 'ended' | 'late'

const waitUntilReady = async ({ home, patienceMs = 20_000 }: DetachedStart, starting: Starting): Promise<Outcome> => {
  const deadline = Date.now() + patienceMs
  while (!starting.hasEnded()) {
    // The file of an earlier server lies there until this one has written its own.
    const isOurs = readHomeServer(home)?.pid === starting.pid
    if (isOurs && (await findRunningServer(home, 'readyz')) !== null) return 'ready'
    if (Date.now() >= deadline) return 'late'
    await sleep(25)
  }
  return 'ended'
}
