// Puts the edge together: table, engine and control interface, and the file that says where they are. Knows neither
// arguments nor signals.
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { createRandom } from './choose.ts'
import { startControl } from './control.ts'
import { startNodeEngine } from './engines/node/node-engine.ts'
import type { Log } from './log.ts'
import { keepOwnFile } from './own-file.ts'
import manifest from './package.json' with { type: 'json' }
import type { Surroundings } from './surroundings.ts'
import { openTable } from './table.ts'

/** How long a release may take until the head of its answer. */
const headTimeoutMs = 60_000
/** What is in flight at a shutdown has so long; then it is cut, and has this long to say goodbye. */
const graceMs = 10_000
const goodbyeMs = 1_500

type EdgeOptions = { readonly home: string; readonly host: string; readonly port: number; readonly log: Log }

export type Edge = {
  /** Finishes what is in flight; called again it changes nothing. */
  shutdown(): void
  /** Resolves when all is over, whoever asked for it. */
  readonly ended: Promise<void>
}

/** Serves as soon as it resolves; rejects with the system's error when it cannot listen. */
export const serve = async ({ home, host, port, log }: EdgeOptions): Promise<Edge> => {
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const [epoch, token] = [randomUUID(), randomBytes(32).toString('base64url')]
  const table = openTable({ ...surroundings(log), folder: home, epoch })
  const engine = await startNodeEngine({ host, port, find: table.find })

  const end = async (): Promise<void> => {
    log('info', 'shutting down')
    const cutting = setTimeout(() => table.close(), graceMs)
    await engine.close(graceMs + goodbyeMs)
    clearTimeout(cutting)
    table.persist()
    control.close()
    log('info', 'ended')
  }
  const asked = Promise.withResolvers<void>()
  const shutdown = (): void => asked.resolve()
  const control = await startControl({ table, token, epoch, publicPort: engine.port, log, onShutdown: shutdown })
  const { version } = manifest
  const about = { pid: process.pid, host, port: engine.port, controlPort: control.port, version, epoch }
  const file: EdgeFile = { ...about, startTime: startTimeOf('/proc/self/stat'), token }
  const leaveFile = keepOwnFile(join(home, 'edge.json'), file)
  log('info', 'serving', about)
  return { shutdown, ended: asked.promise.then(leaveFile).then(end) }
}

const surroundings = (log: Log): Surroundings => ({
  monotonicMs: () => performance.now(),
  wallClock: () => Date.now() as Instant,
  random: createRandom(crypto.getRandomValues(new Uint32Array(4))),
  log,
  headTimeoutMs,
})

/** Field 22 of a stat line, in which the second, in parentheses, may hold anything; null where there is no such file. */
const startTimeOf = (path: string): number | null => {
  try {
    const stat = readFileSync(path, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19])
  } catch {
    return null // a system without /proc
  }
}
