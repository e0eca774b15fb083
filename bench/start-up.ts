// The packed bundle as a user gets it: seconds from `humdrum up` to ready, and what server and edge hold in memory.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { HomeServer } from '@humdrum/cli/home.ts'
import { readHomeServer } from '@humdrum/cli/home.ts'
import { edgeFileSchema } from '@humdrum/contract/edge-control.ts'
import type { Packed } from './packed.ts'

export type StartUp = { readonly readyMs: number; readonly serverRssMb: number; readonly edgeRssMb: number }

/** Starts it `runs` times, each in a home of its own; answers every run. */
export const startUps = async (packed: Packed, runs: number): Promise<readonly StartUp[]> => {
  const results: StartUp[] = []
  for (let run = 0; run < runs; run += 1) results.push(await startUp(packed.program, join(packed.folder, `home${run}`)))
  return results
}

const startUp = async (program: string, home: string): Promise<StartUp> => {
  const began = performance.now()
  const child = spawn(process.execPath, [program, 'up', '--home', home, '--port', '0', '--edge-port', '0'], {
    stdio: 'ignore',
  })
  const server = await untilReady(home)
  const readyMs = performance.now() - began
  await new Promise((resolve) => setTimeout(resolve, 2_000)) // memory at rest, after the engine's first turns
  const edge = edgeFileSchema.parse(JSON.parse(readFileSync(join(home, 'edge/edge.json'), 'utf8')))
  const result = { readyMs, serverRssMb: rssMb(server.pid), edgeRssMb: rssMb(edge.pid) }
  const ended = new Promise((resolve) => child.once('exit', resolve))
  execFileSync(process.execPath, [program, 'down', '--home', home], { stdio: 'ignore' })
  await ended
  rmSync(home, { recursive: true, force: true })
  rmSync(`${home}.releases`, { recursive: true, force: true })
  return result
}

const untilReady = async (home: string): Promise<HomeServer> => {
  const deadline = performance.now() + 20_000
  while (performance.now() < deadline) {
    const server = readHomeServer(home)
    if (server !== null && (await isReady(server))) return server
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('the packed server was not ready in 20 s')
}

const isReady = ({ url, token }: HomeServer): Promise<boolean> =>
  fetch(`${url}/readyz`, { headers: { authorization: `Bearer ${token}` } }).then(
    ({ ok }) => ok,
    () => false, // not there yet
  )

const rssMb = (pid: number): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1_024
