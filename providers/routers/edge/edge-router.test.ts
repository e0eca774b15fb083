import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AppName, EnvironmentName, RolloutId, Version } from '@humdrum/core/ids.ts'
import type { Route } from '@humdrum/core/routing/route.ts'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { livingStat } from '../../process-identity.ts'
import type { EdgeProcessPlan } from './edge-process.ts'
import type { EdgeRouter } from './edge-router.ts'
import { createEdgeRouter, stopEdge } from './edge-router.ts'

const command = [process.execPath, fileURLToPath(new URL('../../../edge/main.ts', import.meta.url))] as const
const v1 = 'v1' as Version

let home: string
let folder: string
let routers: EdgeRouter[]

beforeEach(() => {
  routers = []
  home = mkdtempSync(join(tmpdir(), 'edge-router-'))
  folder = join(home, 'edge')
})
afterEach(async () => {
  for (const router of routers) await router.close()
  await stopEdge(folder, 0)
  rmSync(home, { recursive: true })
})

/** It starts no edge any more once the test is over. */
const opened = (over: Partial<EdgeProcessPlan> = {}): EdgeRouter => {
  const router = createEdgeRouter({ folder, command, port: 0, ...over })
  routers.push(router)
  return router
}

/** A router with its edge. */
const started = async (over: Partial<EdgeProcessPlan> = {}): Promise<EdgeRouter> => {
  const router = opened(over)
  const result = await router.start()
  if (!result.ok) throw new Error(`${result.fault.code}: ${result.fault.reason}`)
  return router
}

const listening = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> => {
  const server: Server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

const greeting = (): Promise<number> => listening((_request, response) => response.end('hello'))

const routeTo = (port: number, generation = 1): Route => ({
  app: 'shop' as AppName,
  environment: 'production' as EnvironmentName,
  fence: { rollout: 1 as RolloutId, generation },
  hosts: [],
  stable: { release: v1, endpoints: [{ instance: 'v1-1', host: '127.0.0.1', port }], wanted: 1 },
  candidate: null,
  draining: [],
  grant: null,
  warmup: null,
  judge: null,
  shield: 'unreachable',
  unit: 'request',
  rescued: 0,
})

const ok = { ok: true, value: null }
const textAt = async (url: string): Promise<string> => (await fetch(url)).text()

test('makes a route so, and observes it as it is applied', async () => {
  const router = await started()
  expect(router.url()).toBe(`http://127.0.0.1:${router.edge()?.port}`)
  expect(await router.observe()).toEqual([])
  expect(router.isReachable()).toBe(true)
  const route = routeTo(await greeting())
  expect(await router.converge(route)).toEqual(ok)
  expect(await router.converge(route)).toEqual(ok)
  expect(await router.observe()).toMatchObject([{ app: 'shop', fence: route.fence, stable: 'v1', weight: 0 }])
  expect(await textAt(router.url())).toBe('hello')
})

test('an older order is refused, and changes nothing', async () => {
  const router = await started()
  await router.converge(routeTo(await greeting(), 2))
  expect(await router.converge(routeTo(9, 1))).toEqual({
    ok: false,
    fault: { code: 'HD5003', reason: 'r-1 at generation 1 is older than what is in force' },
  })
  expect(await textAt(router.url())).toBe('hello')
})

test('an order that is none is a bug, told with what the edge says of it', async () => {
  const router = await started()
  const fault = { code: 'HD9999', reason: expect.stringMatching(/^the edge answered 400: not a route: hosts/) }
  expect(await router.converge({ ...routeTo(9), hosts: ['Shop Example'] })).toEqual({ ok: false, fault })
})

test('an edge that is killed is started again on its port, and serves what it served', async () => {
  const router = await started()
  const route = routeTo(await greeting())
  await router.converge(route)
  expect(await router.observe()).toHaveLength(1)
  const before = router.edge()
  if (before === null) throw new Error('no edge lives')
  process.kill(before.pid, 'SIGKILL')
  await expect.poll(router.edge).toBeNull()
  expect(await router.converge(route)).toMatchObject({ ok: false, fault: { code: 'HD5001' } })
  expect(router.isReachable()).toBe(false)
  await expect.poll(router.observe, { timeout: 15_000 }).toMatchObject([{ stable: 'v1' }])
  expect(router.isReachable()).toBe(true)
  expect(router.edge()).toMatchObject({ port: before.port })
  expect(router.edge()?.pid).not.toBe(before.pid)
  expect(await textAt(router.url())).toBe('hello')
})

const killEdge = (router: EdgeRouter): void => {
  const edge = router.edge()
  if (edge === null) throw new Error('no edge lives')
  process.kill(edge.pid, 'SIGKILL')
}

/** Whoever looks calls nothing of the router: that alone would start the edge. */
const isListening = (port: number | undefined): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  )

test.for(['that was started here', 'that was adopted'])(
  'an edge %s and is killed is started again unasked',
  async (whose) => {
    const first = await started()
    const port = first.edge()?.port
    const router = whose === 'that was adopted' ? await started() : first
    if (router !== first) first.close()
    killEdge(router)
    await expect.poll(() => isListening(port), { timeout: 5_000, interval: 10 }).toBe(false)
    await expect.poll(() => isListening(port), { timeout: 15_000 }).toBe(true)
  },
)

test('whoever let go starts no edge again', async () => {
  const router = await started()
  router.close()
  killEdge(router)
  await expect.poll(router.edge).toBeNull()
  rmSync(join(folder, 'edge.log')) // whatever is started would make it
  expect(await router.observe()).toBeNull()
  expect(existsSync(join(folder, 'edge.log'))).toBe(false)
})

test('an edge of an earlier server is adopted with what it does', async () => {
  const route = routeTo(await greeting())
  await (await started()).converge(route)
  const next = opened({ command: ['false'] })
  expect(await next.start()).toEqual({ ok: true, value: { adopted: true } })
  expect(await next.observe()).toMatchObject([{ stable: 'v1' }])
  expect(await textAt(next.url())).toBe('hello')
})

test('while no edge lives nothing is observed or delivered, and nobody is told that it went well', async () => {
  const router = opened({ command: ['false'] })
  expect(await router.start()).toMatchObject({ ok: false, fault: { code: 'HD5001' } })
  expect(await router.observe()).toBeNull()
  expect(await router.converge(routeTo(9))).toMatchObject({ ok: false, fault: { code: 'HD5001' } })
  expect([router.isReachable(), router.edge(), router.url()]).toEqual([false, null, ''])
})

test('a stop waits for what is in flight, and nothing starts the edge again', async () => {
  const router = await started()
  const asked = Promise.withResolvers<ServerResponse>()
  const port = await listening(({ url }, response) => (url === '/slow' ? asked.resolve(response) : response.end()))
  await router.converge(routeTo(port))
  const slow = fetch(`${router.url()}/slow`, { headers: { connection: 'close' } })
  const response = await asked.promise
  const stopped = router.stop()
  await expect.poll(() => fetch(router.url()).catch(() => 'refused')).toBe('refused')
  expect(router.edge()).not.toBeNull()
  response.end('finished')
  expect(await (await slow).text()).toBe('finished')
  await stopped
  expect(router.edge()).toBeNull()
  rmSync(join(folder, 'edge.log')) // whatever is started would make it
  expect(await router.observe()).toBeNull()
  expect(existsSync(join(folder, 'edge.log'))).toBe(false)
})

test('an edge that hangs is ended all the same', async () => {
  const router = await started()
  const pid = router.edge()?.pid ?? 0
  onTestFinished(() => void (livingStat(pid) !== null && process.kill(pid, 'SIGKILL')))
  process.kill(pid, 'SIGSTOP')
  await stopEdge(folder, 0)
  expect(livingStat(pid)).toBeNull()
})

/** A control interface that gives everybody the same answer, in the name of a process that only sleeps. */
const answering = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<EdgeRouter> => {
  const controlPort = await listening(answer)
  const { pid = 0 } = spawn('sleep', ['60'])
  const startTime = Number(livingStat(pid)?.startTicks)
  const about = { host: '::1', port: 8_080, token: 'x', version: '9.9.9', epoch: 'e' }
  mkdirSync(folder)
  writeFileSync(join(folder, 'edge.json'), JSON.stringify({ ...about, controlPort, pid, startTime }))
  return opened({ command: ['false'] })
}

test.for([
  ['of another version', '{"cells":[]}'],
  ['that is no JSON', 'hello'],
])('a report %s is none', async ([, body]) => {
  const router = await answering((_request, response) => response.end(body))
  expect(await router.start()).toEqual({ ok: true, value: { adopted: true } })
  expect(router.url()).toBe('http://[::1]:8080')
  expect(await router.observe()).toBeNull()
  expect(router.isReachable()).toBe(false)
})

test('an answer that breaks off is none', async () => {
  const router = await answering((_request, response) => {
    response.writeHead(200, { 'content-length': 99 })
    response.write('{"epoch":', () => response.destroy())
  })
  expect(await router.observe()).toBeNull()
  expect(await router.converge(routeTo(9))).toMatchObject({ ok: false, fault: { code: 'HD5001' } })
})
