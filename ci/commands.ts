// Runs commands as a user would in a shell of their own: without what npm put into the environment for its scripts.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'

export type Answer = { readonly code: number; readonly output: string; readonly errors: string }

/** Throws what was expected, with what was said instead. */
export const assert = (holds: boolean, what: string, answer?: Answer): void => {
  if (holds) return
  const said = answer === undefined ? '' : `\n  code ${answer.code}\n  ${answer.output}${answer.errors}`
  throw new Error(`${what}${said}`)
}

const isFromNpm = (folder: string): boolean => /node_modules\/\.bin\/?$|node-gyp-bin\/?$/.test(folder)

/** The environment that npm was started in: a checkout's own programs are not found by accident. */
export const userEnvironment = (more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv => {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|INIT_CWD$|NODE$|NODE_OPTIONS$|HUMDRUM_)/i.test(name),
  )
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !isFromNpm(folder))
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter), ...more }
}

type Call = {
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  readonly timeoutMs?: number
  /** How long the output may stay open when the command itself has ended. */
  readonly graceMs?: number
}

/** What a command said and how it ended; a command that fails is an answer, one that takes too long has the code -1. */
export const run = async (command: string, args: readonly string[], call: Call): Promise<Answer> => {
  const child = spawn(command, args, { cwd: call.cwd, env: call.env, stdio: ['ignore', 'pipe', 'pipe'] })
  await once(child, 'spawn')
  const closed = once(child, 'close')
  const [output, errors] = [text(child.stdout), text(child.stderr)]
  const timer = setTimeout(() => child.kill('SIGKILL'), call.timeoutMs ?? 60_000)
  const [code] = (await once(child, 'exit')) as [number | null] // as Node documents the event
  clearTimeout(timer)
  const patience = new AbortController()
  const kept = wait(call.graceMs ?? 3_000, 'kept', { signal: patience.signal, ref: false }).catch(() => 'closed')
  const end = await Promise.race([closed.then(() => 'closed'), kept])
  patience.abort()
  if (end === 'kept') throw new Error(`${command} ${args.join(' ')} ended, and left a program that holds its output`)
  return { code: code ?? -1, output: await output, errors: await errors }
}
