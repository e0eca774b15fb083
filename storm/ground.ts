// Where the storm takes place: a site of the demo, and what lives on it, found as an administrator would find it: by the
// files and processes of this machine. It asks the server nothing.
import { spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readHomeServer } from '@humdrum/cli/home.ts'
import { waitUntilGone } from '@humdrum/cli/process-gone.ts'
import type { Site } from '@humdrum/demo/site.ts'
import { isAlive } from '@humdrum/providers/process-identity.ts'
import { findEdge } from '@humdrum/providers/routers/edge/edge-process.ts'
import type { InstanceRecord } from '@humdrum/providers/targets/process/instance-record.ts'
import { readJson } from '@humdrum/providers/targets/process/instance-record.ts'
import { placesIn } from '@humdrum/server/config.ts'

export type Ground = {
  readonly site: Site
  readonly edgePort: number
  /** Writes a line of the journal. */
  readonly note: (app: string | null, text: string) => void
}

export const serverPid = ({ site }: Ground): number | null => readHomeServer(site.home)?.pid ?? null
export const edgePid = ({ site }: Ground): number | null => findEdge(placesIn(site.home).edge)?.pid ?? null

export const instancesOn = ({ site }: Ground): readonly InstanceRecord[] => {
  const folder = join(placesIn(site.home).target, 'instances')
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return names.flatMap((name) => (readJson(join(folder, name)) as InstanceRecord | null) ?? [])
}

export const isServing = ({ phase, ready, process }: InstanceRecord): boolean =>
  phase === 'running' && ready && process !== null && isAlive(process)

/** False when it was gone already. */
export const send = (pid: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean => {
  try {
    return process.kill(pid, signal)
  } catch {
    return false // it ended by itself
  }
}

export const kill = async (pid: number): Promise<void> => {
  send(pid, 'SIGKILL')
  await waitUntilGone(pid, 10_000)
}

/** As a supervisor does: again and again, until it serves. */
export const startServer = async ({ site, edgePort, note }: Ground): Promise<void> => {
  for (let tries = 1; ; tries += 1) {
    try {
      return await site.up(edgePort)
    } catch (cause) {
      note(null, `the server did not start: ${String(cause)}`)
      if (tries === 10) throw cause
      await sleep(500)
    }
  }
}

const edgeMain = fileURLToPath(new URL('../edge/main.ts', import.meta.url))

/** An edge without a server, as a supervisor of its own would begin it. */
export const startEdge = ({ site, edgePort }: Ground): void => {
  const folder = placesIn(site.home).edge
  const log = openSync(join(folder, 'edge.log'), 'a')
  const parameters = [edgeMain, '--home', folder, '--port', String(edgePort)]
  spawn(process.execPath, parameters, { detached: true, stdio: ['ignore', log, log] }).unref()
  closeSync(log)
}

/** Whether somebody takes connections on the port of the edge. */
export const isListening = ({ edgePort }: Ground): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(edgePort, '127.0.0.1')
    const over = (listens: boolean): void => {
      socket.destroy()
      resolve(listens)
    }
    socket.once('connect', () => over(true)).once('error', () => over(false))
  })
