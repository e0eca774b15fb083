// Starts the process of an instance: detached, in a group of its own, with its own environment, files and user. The record
// of it is the caller's matter, and so is everything that comes after.
import { spawn } from 'node:child_process'
import { chmodSync, chownSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AppUser } from './app-user.ts'
import { shellLine } from './shell-line.ts'

export type Launch = {
  readonly command: string
  readonly folder: string
  readonly env: Record<string, string>
  readonly user: AppUser | null
  readonly output: { readonly stdout: string; readonly stderr: string }
}

export type Launched = {
  /** Null when there is no process; `exit` then says why. */
  readonly pid: number | null
  /** How it ended, in words. */
  readonly exit: Promise<string>
}

/**
 * A port of 127.0.0.1 that is free at this instant and that this target has not given to another instance: the one that is
 * preferred, where it is one.
 */
export const freePort = async (taken: ReadonlySet<number>, preferred: number | null): Promise<number> => {
  if (preferred !== null && !taken.has(preferred) && (await isFree(preferred))) return preferred
  for (;;) {
    const port = await listenOnce(0)
    if (!taken.has(port)) return port
  }
}

const isFree = (port: number): Promise<boolean> =>
  listenOnce(port).then(
    () => true,
    () => false, // whatever keeps it from being ours: any other one will do
  )

/** The port that was listened on for an instant. */
const listenOnce = async (port: number): Promise<number> => {
  const server = createServer()
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject).listen(port, '127.0.0.1', resolve)
  await promise
  const address = server.address()
  await new Promise((closed) => server.close(closed))
  if (typeof address !== 'object' || address === null) throw new Error('a server on a port has no port')
  return address.port
}

/** The folder that the app may write to, its own alone. */
export const ensureWorkFolder = (path: string, user: AppUser | null): void => {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  if (user !== null) chownSync(path, user.uid, user.gid)
  chmodSync(path, 0o700)
}

const inWords = (code: number | null, signalName: string | null): string =>
  signalName === null ? `exited with code ${code}` : `was killed by ${signalName}`

/** Starts it, in one step without an await. Throws when the output files cannot be opened. */
export const launch = ({ command, folder, env, user, output }: Launch): Launched => {
  const [stdout, stderr] = [openSync(output.stdout, 'a', 0o600), openSync(output.stderr, 'a', 0o600)]
  try {
    const child = spawn('/bin/sh', ['-c', shellLine(command)], {
      cwd: folder,
      env,
      detached: true,
      stdio: ['ignore', stdout, stderr],
      ...(user ?? {}), // with a user given, libuv drops the supplementary groups too
    })
    const { promise: exit, resolve } = Promise.withResolvers<string>()
    child.once('exit', (code, signalName) => resolve(inWords(code, signalName)))
    child.once('error', (error) => resolve(`could not be started (${error.message})`))
    child.unref()
    return { pid: child.pid ?? null, exit }
  } finally {
    closeSync(stdout)
    closeSync(stderr)
  }
}
