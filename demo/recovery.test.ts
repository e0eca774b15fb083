// The core promise under the worst that can happen: server, edge and both are killed with -9 in the middle of a rollout,
// under the requests of users, and it comes right. Real processes throughout.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readHomeServer } from '@humdrum/cli/home.ts'
import { waitUntilGone } from '@humdrum/cli/process-gone.ts'
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import { edgeReportSchema } from '@humdrum/contract/edge-control.ts'
import { isOver, waitsForPerson } from '@humdrum/core/rollout/state.ts'
import { grantTtlMs } from '@humdrum/core/routing/route.ts'
import { findEdge } from '@humdrum/providers/routers/edge/edge-process.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startLoad } from './load.ts'
import { deploy } from './ship.ts'
import type { Site } from './site.ts'
import { openSite } from './site.ts'
import { writeVariant } from './variants.ts'
import type { Outcome } from './visit.ts'

const config = `
version: 1
app: shop
run: { command: node server.js, health: { path: /healthz, timeout: 15s }, stop: { timeout: 5s } }
environments:
  production:
    target: { kind: process, instances: 1 }
    router: { kind: edge }
    rollout:
      steps: [{ setWeight: 50% }]
      analysis: { beta: 50%, metrics: [{ metric: errors }], minExposure: { requests: 10, time: 2s } }
      bake: { for: 500ms, holdback: 10% }
`
const firstStep = 500_000
const perSecond = 160
/** Only for a machine that is far too busy: what is waited for is waited for, and no longer. */
const timeoutMs = 90_000

/** Asks again until it is so. */
const until = async <Value>(what: string, ask: () => Promise<Value | null>, patienceMs = 30_000): Promise<Value> => {
  const deadline = performance.now() + patienceMs
  while (performance.now() < deadline) {
    const found = await ask()
    if (found !== null) return found
    await sleep(20)
  }
  throw new Error(`not within ${patienceMs / 1_000} s: ${what}`)
}

const quiet = { write: () => {}, isWatched: false, isLive: false, colours: false, columns: () => 80 }

/** The id of a rollout that was begun. */
const begin = async ({ connect, folder }: Site, version: string, fault = {}): Promise<string> => {
  const [source, file] = [join(folder, version), join(folder, 'recovery.yaml')]
  await writeFile(file, config)
  await writeVariant(source, { version, fault }, file)
  const { rollout } = await deploy({ connect, sink: quiet }, source, version)
  return rollout.id
}

const ended = async ({ connect }: Site, id: string): Promise<RolloutView> =>
  until(`${id} ends`, async () => {
    const view = await connect().getRollout(id)
    return isOver(view) || waitsForPerson(view) ? view : null
  })

const edgeOf = ({ home }: Site): EdgeFile | null => findEdge(join(home, 'edge'))

const reportOf = async (site: Site) => {
  const edge = edgeOf(site)
  if (edge === null) return null
  const headers = { authorization: `Bearer ${edge.token}` }
  const answer = await fetch(`http://127.0.0.1:${edge.controlPort}/report`, { headers }).catch(() => null)
  return answer === null ? null : (edgeReportSchema.parse(await answer.json()).routes[0] ?? null)
}

const atFirstStep = (site: Site) =>
  until('the edge applies the weight of the first step', async () => {
    const report = await reportOf(site)
    return report?.weight === firstStep ? report : null
  })

const kill = async (pid: number | undefined): Promise<void> => {
  if (pid === undefined) throw new Error('it does not live')
  process.kill(pid, 'SIGKILL')
  await waitUntilGone(pid, 5_000)
}

const killServer = ({ home }: Site): Promise<void> => kill(readHomeServer(home)?.pid)
const killEdge = (site: Site): Promise<void> => kill(edgeOf(site)?.pid)

/** When the public port of the edge answers again. */
const listensAgain = (address: string): Promise<number> =>
  until('the edge listens again', () =>
    fetch(address).then(
      async (answer) => {
        await answer.text()
        return Date.now()
      },
      () => null,
    ),
  )

type Users = AsyncDisposable & { readonly outcomes: readonly Outcome[]; leave(): Promise<void> }

const usersAt = (address: string): Users => {
  const outcomes: Outcome[] = []
  const load = startLoad({ url: address, perSecond, onOutcome: (outcome) => outcomes.push(outcome) })
  return { outcomes, leave: load.stop, [Symbol.asyncDispose]: load.stop }
}

const portOf = (address: string): number => Number(new URL(address).port)

const bad = ({ dropped, status }: Outcome): boolean => dropped !== null || status === null || status >= 400
const after = (outcomes: readonly Outcome[], instant: number): readonly Outcome[] =>
  outcomes.filter(({ sentAt }) => sentAt > instant)
const releasesIn = (outcomes: readonly Outcome[]): ReadonlySet<string | null> =>
  new Set(outcomes.map(({ release }) => release))

// One site for all tests: to start one costs as much as a test. Each test ships a release of its own and leaves it over.
let site: Site
let url: string

beforeAll(async () => {
  site = await openSite()
  await site.up()
  url = (await site.connect().status()).edge.url
  expect((await ended(site, await begin(site, 'v1'))).phase).toBe('Succeeded')
}, timeoutMs)

afterAll(() => site.close(), timeoutMs)

test(
  'a server killed in the middle of a rollout takes nobody with it: the grant lapses, and the next server goes on',
  async () => {
    await using users = usersAt(url)
    const { outcomes } = users
    const id = await begin(site, 'v2')
    await atFirstStep(site)
    const killedAt = Date.now()
    await killServer(site)
    // An order that was on its way when the server died may have been in force a moment later.
    const lapsesBy = killedAt + grantTtlMs + 1_000
    await until('users are answered without a server', async () =>
      after(outcomes, lapsesBy).length > 50 ? true : null,
    )
    expect(await reportOf(site)).toMatchObject({ stable: 'v1', candidate: 'v2', weight: 0, lapsed: true, trip: null })
    expect(releasesIn(after(outcomes, lapsesBy))).toEqual(new Set(['v1']))
    expect(releasesIn(after(outcomes, killedAt))).toContain('v2')

    await site.up()
    expect(await ended(site, id)).toMatchObject({ phase: 'Succeeded', trip: null })
    await users.leave()
    expect(outcomes.filter(bad)).toEqual([])
  },
  timeoutMs,
)

test(
  'an edge killed in the middle of a rollout is started again on its port, and the rollout goes on',
  async () => {
    await using users = usersAt(url)
    const id = await begin(site, 'v3')
    await atFirstStep(site)
    const before = edgeOf(site)
    await killEdge(site)
    const listensAt = await listensAgain(url)
    expect(await ended(site, id)).toMatchObject({ phase: 'Succeeded', trip: null })
    await users.leave()
    expect(edgeOf(site)?.pid).not.toBe(before?.pid)
    expect(after(users.outcomes, listensAt).filter(bad)).toEqual([])
    expect(releasesIn(after(users.outcomes, listensAt))).toContain('v3')
  },
  timeoutMs,
)

test(
  'server and edge killed at once in the middle of a rollout: the next server starts the edge, and the rollout goes on',
  async () => {
    await using users = usersAt(url)
    const id = await begin(site, 'v4')
    await atFirstStep(site)
    await Promise.all([killServer(site), killEdge(site)])
    const listening = listensAgain(url)
    await site.up(portOf(url))
    const listensAt = await listening
    expect(await ended(site, id)).toMatchObject({ phase: 'Succeeded', trip: null })
    await users.leave()
    expect(after(users.outcomes, listensAt).filter(bad)).toEqual([])
  },
  timeoutMs,
)

test(
  'a bad release trips while nobody attends, the trip outlives both processes, and no request reaches it again',
  async () => {
    const id = await begin(site, 'v5', { fault: 'errors', share: 0.5 })
    await atFirstStep(site)
    await killServer(site)
    // Users come only now: whatever happens to the candidate, the edge does it alone.
    await using users = usersAt(url)
    const trip = await until('the edge trips', async () => (await reportOf(site))?.trip ?? null)
    await killEdge(site)
    const listening = listensAgain(url)
    await site.up(portOf(url))
    const listensAt = await listening
    expect(await ended(site, id)).toMatchObject({ phase: 'RolledBack', trip, rejected: true })
    await until('users are answered again', async () => (after(users.outcomes, listensAt).length > 100 ? true : null))
    await users.leave()
    expect(after(users.outcomes, listensAt).filter(bad)).toEqual([])
    expect(after(users.outcomes, trip.at).filter(({ release }) => release === 'v5')).toEqual([])
  },
  timeoutMs,
)
