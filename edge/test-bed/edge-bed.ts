// The edge within the process of a test: table and engine on a free port, in a folder of their own. Without control
// interface; what it logged can be read.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { ReleaseReport, Route, RouteReport } from '@humdrum/core/routing/route.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { createRandom } from '../choose.ts'
import type { Engine } from '../engines/node/node-engine.ts'
import { startNodeEngine } from '../engines/node/node-engine.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Table } from '../table.ts'
import { openTable } from '../table.ts'

export type EdgeBed = AsyncDisposable & {
  readonly port: number
  readonly folder: string
  readonly table: Table
  readonly engine: Engine
  /** Messages, with their further words. */
  readonly logged: string[]
  put(route: Route): void
  report(): RouteReport
  /** What became of one release; throws when it is not reported. */
  release(version: string): ReleaseReport
}

/** Surroundings of a test: the real clocks, chance from a fixed seed, a log that is kept. */
export const surroundingsOf = (logged: string[], changes: Partial<Surroundings> = {}): Surroundings => ({
  monotonicMs: () => performance.now(),
  wallClock: () => Date.now() as Instant,
  random: createRandom(Uint32Array.of(1, 2, 3, 4)),
  log: (_level, message, more) => void logged.push(`${message} ${JSON.stringify(more ?? {})}`),
  headTimeoutMs: 10_000,
  ...changes,
})

export const openEdgeBed = async (changes: Partial<Surroundings> = {}): Promise<EdgeBed> => {
  const logged: string[] = []
  const folder = mkdtempSync(join(tmpdir(), 'edge-'))
  const table = openTable({ ...surroundingsOf(logged, changes), folder, epoch: 'test' })
  const engine = await startNodeEngine({ host: '127.0.0.1', port: 0, find: table.find })
  const report = (): RouteReport => {
    const [only] = table.report()
    if (only === undefined) throw new Error('there is no route')
    return only
  }
  return {
    ...{ port: engine.port, folder, table, engine, logged, report },
    put: (route) => {
      if (table.apply(route) === null) throw new Error('the order is older than what is in force')
    },
    release: (version) => {
      const found = report().releases.find(({ release }) => release === version)
      if (found === undefined) throw new Error(`${version} is not reported`)
      return found
    },
    [Symbol.asyncDispose]: async () => {
      table.close()
      await engine.close(0)
      rmSync(folder, { recursive: true })
    },
  }
}
