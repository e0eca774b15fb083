// How fast people are served by the packed program, with real processes under load: from asking for a rollback to the last
// answer of the release that is left, from `humdrum deploy` to a started instance, and `humdrum status`.
import { randomBytes } from 'node:crypto'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isOver } from '@humdrum/core/rollout/state.ts'
import type { Packed, Site } from './packed.ts'
import { openSite } from './packed.ts'

const pauseMs = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A folder with an app in it, exposed all at once: nothing but what is measured takes time. */
const appFolder = ({ folder }: Packed, instances: number): string => {
  const app = mkdtempSync(join(folder, 'app-'))
  chmodSync(app, 0o755)
  const rollout = '{ strategy: allAtOnce, bake: { for: 0s }, standby: 1h }'
  const environment = `{ target: { instances: ${instances} }, rollout: ${rollout} }`
  const run = '{ command: node server.js, stop: { timeout: 3s } }'
  writeFileSync(
    join(app, 'humdrum.yaml'),
    `version: 1\napp: shop\nrun: ${run}\nenvironments: { production: ${environment} }\n`,
  )
  return app
}

const settled = async ({ client }: Site): Promise<void> => {
  for (;;) {
    const rollout = (await client.status()).environments[0]?.rollout
    if (rollout !== undefined && isOver(rollout)) {
      if (rollout.phase === 'Succeeded') return
      throw new Error(rollout.headline)
    }
    await pauseMs(20)
  }
}

/** Requests by the clock, whoever is still waiting; `onAnswer` is told the release that answered whole, and null otherwise. */
const startLoad = (url: string, perSecond: number, onAnswer: (release: string | null) => void) => {
  const agent = new Agent({ keepAlive: true })
  const going = new Set<Promise<void>>()
  let sent = 0
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const over = (release: string | null): void => {
        onAnswer(release)
        resolve()
      }
      get(`${url}/products`, { agent }, (response) => {
        response.resume()
        const { 'x-shop-release': release } = response.headers
        response.once('close', () => over(response.complete && response.statusCode === 200 ? String(release) : null))
      }).once('error', () => over(null))
    })
  const began = performance.now()
  const timer = setInterval(() => {
    for (; sent < ((performance.now() - began) * perSecond) / 1_000; sent += 1) {
      const answered = one().then(() => void going.delete(answered))
      going.add(answered)
    }
  }, 2)
  return {
    end: async (): Promise<number> => {
      clearInterval(timer)
      await Promise.all(going)
      agent.destroy()
      return sent
    },
  }
}

export type Rollbacks = {
  /** From sending the request to the last whole answer of what is left, as its users see it. */
  readonly lastAnswerMs: readonly number[]
  readonly requests: number
  readonly failed: number
}

/** One trial: a bad release over the good one, and back by `goBack` under load. */
export const rollbacks = async (
  packed: Packed,
  { trials, goBack }: { readonly trials: number; readonly goBack: (site: Site, app: string) => Promise<unknown> },
): Promise<Rollbacks> => {
  await using site = await openSite(packed)
  const app = appFolder(packed, 2)
  cpSync(fileURLToPath(new URL('../examples/shop/server.js', import.meta.url)), join(app, 'server.js'))
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
  const ship = async (version: string): Promise<void> => {
    writeFileSync(join(app, 'release.json'), JSON.stringify({ version, workMs: 8 }))
    await site.command(app, 'deploy', '--version', version, '--json')
    await settled(site)
  }
  await ship('good')
  const { url } = (await site.client.status()).edge
  const lastAnswerMs: number[] = []
  let [requests, failed] = [0, 0]
  for (let trial = 0; trial < trials; trial += 1) {
    const bad = `bad${trial}`
    await ship(bad)
    let last = 0
    const load = startLoad(url, 200, (release) => {
      if (release === null) failed += 1
      if (release === bad) last = performance.now()
    })
    await pauseMs(200)
    const began = performance.now()
    await goBack(site, app)
    await settled(site)
    await pauseMs(100)
    requests += await load.end()
    lastAnswerMs.push(last - began)
  }
  return { lastAnswerMs, requests, failed }
}

const largeServer = `import { createServer } from 'node:http'
const startedAt = String(performance.timeOrigin)
createServer((_, response) => response.end(startedAt)).listen(process.env.PORT)
process.once('SIGTERM', () => process.exit())
`

/** From the start of `humdrum deploy`, of 5 MB in 101 files, to the start of the later of two instances. */
export const deployOverheads = async (packed: Packed, site: Site, trials: number): Promise<readonly number[]> => {
  const app = appFolder(packed, 2)
  writeFileSync(join(app, 'server.js'), largeServer)
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }')
  mkdirSync(join(app, 'assets'))
  for (let file = 0; file < 100; file += 1) writeFileSync(join(app, `assets/${file}.bin`), randomBytes(50_000))
  const overheads: number[] = []
  for (let trial = 0; trial <= trials; trial += 1) {
    writeFileSync(join(app, 'assets/release'), String(trial))
    const began = performance.timeOrigin + performance.now()
    await site.command(app, 'deploy', '--json')
    await settled(site)
    const { url } = (await site.client.status()).edge
    const starts = await Promise.all(Array.from({ length: 6 }, async () => Number(await (await fetch(url)).text())))
    if (trial > 0) overheads.push(Math.max(...starts) - began) // the first one finds a server that has just started
  }
  return overheads
}

export const statusTimes = async ({ folder }: Packed, site: Site, runs: number): Promise<readonly number[]> => {
  const times: number[] = []
  for (let run = 0; run <= runs; run += 1) {
    const ms = await site.command(folder, 'status')
    if (run > 0) times.push(ms)
  }
  return times
}
