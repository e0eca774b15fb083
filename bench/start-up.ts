// The packed bundle as a user gets it: seconds from `humdrum up` to ready, and what server and edge hold in memory.
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { HomeServer } from '@humdrum/cli/home.ts'
import { readHomeServer } from '@humdrum/cli/home.ts'
import { edgeFileSchema } from '@humdrum/contract/edge-control.ts'

export type StartUp = { readonly readyMs: number; readonly serverRssMb: number; readonly edgeRssMb: number }

/** Packs, installs in an empty folder without the network, and starts it `runs` times; answers every run. */
export const startUps = async (runs: number): Promise<readonly StartUp[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'humdrum-packed-'))
  chmodSync(folder, 0o711) // releases of a home that nobody else can reach would be left in a folder of the system
  const checkout = fileURLToPath(new URL('..', import.meta.url))
  try {
    execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
      cwd: checkout,
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [tarball = ''] = readdirSync(folder)
    execFileSync('tar', ['-xzf', tarball], { cwd: folder })
    const results: StartUp[] = []
    for (let run = 0; run < runs; run += 1)
      results.push(await startUp(join(folder, 'package'), join(folder, `home${run}`)))
    return results
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const startUp = async (installed: string, home: string): Promise<StartUp> => {
  const began = performance.now()
  const child = spawn(
    process.execPath,
    [join(installed, 'cli/bin/humdrum.js'), 'up', '--home', home, '--port', '0', '--edge-port', '0'],
    { stdio: 'ignore' },
  )
  const server = await untilReady(home)
  const readyMs = performance.now() - began
  await new Promise((resolve) => setTimeout(resolve, 2_000)) // memory at rest, after the engine's first turns
  const edge = edgeFileSchema.parse(JSON.parse(readFileSync(join(home, 'edge/edge.json'), 'utf8')))
  const result = { readyMs, serverRssMb: rssMb(server.pid), edgeRssMb: rssMb(edge.pid) }
  const ended = new Promise((resolve) => child.once('exit', resolve))
  execFileSync(process.execPath, [join(installed, 'cli/bin/humdrum.js'), 'down', '--home', home], { stdio: 'ignore' })
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
