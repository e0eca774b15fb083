// The edge as a real process: how it starts, what it says about itself, and what is left of it after kill -9.
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import { edgeFileSchema, edgeReportSchema } from '@humdrum/contract/edge-control.ts'
import type { Route, RouteReport } from '@humdrum/core/routing/route.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, dial } from './test-bed/client.ts'
import { deafPort, startInstance } from './test-bed/instance.ts'
import { at, fence, granted, judged, order } from './test-bed/order.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

let home: string
let started: ChildProcess[]
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'edge-'))
  started = []
})
afterEach(async () => {
  for (const child of started) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  for (const child of started) if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  rmSync(home, { recursive: true })
})

type Running = {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<number | null>
  readonly edge: EdgeFile
}

const start = (...words: readonly string[]) => {
  const child = spawn(process.execPath, [main, ...words])
  started.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (text += String(piece)))
  const ended = once(child, 'close').then(([code]): number | null => code)
  return { child, said: () => text, ended }
}

const edgeFile = (): EdgeFile | null => {
  try {
    return edgeFileSchema.parse(JSON.parse(readFileSync(join(home, 'edge.json'), 'utf8')))
  } catch {
    return null
  }
}

/** An edge that is ready: its file names it. */
const serving = async (port = 0): Promise<Running> => {
  const running = start('--home', home, '--port', String(port))
  await expect.poll(() => edgeFile()?.pid, { timeout: 15_000 }).toBe(running.child.pid)
  const edge = edgeFile()
  if (edge === null) throw new Error('no edge.json')
  return { ...running, edge }
}

/** `call(edge, 'GET /report')` */
const call = (edge: EdgeFile, what: string, route?: Route): Promise<Response> => {
  const [method = '', path = ''] = what.split(' ')
  const headers = { authorization: `Bearer ${edge.token}` }
  const body = route === undefined ? null : JSON.stringify(route)
  return fetch(`http://127.0.0.1:${edge.controlPort}${path}`, { method, headers, body })
}

const put = async (edge: EdgeFile, route: Route): Promise<void> => {
  expect((await call(edge, 'PUT /routes/shop/production', route)).status).toBe(200)
}

const report = async (edge: EdgeFile): Promise<RouteReport> => {
  const [only] = edgeReportSchema.parse(await (await call(edge, 'GET /report')).json()).routes
  if (only === undefined) throw new Error('no route')
  return only
}

const killed = async ({ child }: Running): Promise<void> => {
  child.kill('SIGKILL')
  await once(child, 'exit')
}

describe('its start', () => {
  test('it says who and where it is, for the owner of its folder alone, once it serves', async () => {
    const { child, edge, said } = await serving()
    const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8')
    expect(edge.startTime).toBe(Number(stat.split(') ')[1]?.split(' ')[19]))
    expect(edge).toMatchObject({ host: '127.0.0.1', version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
    expect(Buffer.from(edge.token, 'base64url').length).toBe(32)
    expect(statSync(join(home, 'edge.json')).mode & 0o777).toBe(0o600)
    expect((await ask(edge.port)).status).toBe(404)
    expect((await call(edge, 'GET /report')).status).toBe(200)
    expect(said()).toMatch(/^{"time":"[^"]+","level":"info","message":"serving",/)
    expect(said()).not.toContain(edge.token)
  })

  test('a port in use: one line with its code, and nothing is left behind', async () => {
    await using other = await startInstance()
    const { ended, said } = start('--home', join(home, 'new'), '--port', String(other.port))
    expect(await ended).toBe(1)
    expect(said()).toBe(`humdrum edge: the port is in use: 127.0.0.1:${other.port}  [HD1105]\n`)
    expect(() => statSync(join(home, 'new', 'edge.json'))).toThrow('ENOENT')
  })

  test.each([
    ['no home', ['--port', '0']],
    ['a port that is none', ['--home', 'x', '--port', '70000']],
    ['an unknown option', ['--home', 'x', '--port', '0', '--weight', '1']],
  ])('%s: told in one line', async (_, words) => {
    const { ended, said } = start(...words)
    expect(await ended).toBe(2)
    expect(said()).toMatch(/^humdrum edge: wrong usage[^\n]*\[HD1002\]\n$/)
  })

  test('a home that cannot be: told in one line', async () => {
    writeFileSync(join(home, 'file'), '')
    const { ended, said } = start('--home', join(home, 'file'), '--port', '0')
    expect(await ended).toBe(1)
    expect(said()).toMatch(/^humdrum edge: [^\n]*file[^\n]*\n$/)
  })
})

describe('kill -9', () => {
  test('in the middle of a candidate: the next edge serves at once, the candidate at its fallback weight', async () => {
    await using stable = await startInstance((_, response) => response.end('v1'))
    await using candidate = await startInstance((_, response) => response.end('v2'))
    const first = await serving()
    const route = { stable: at('v1', stable.port), candidate: at('v2', candidate.port), judge: judged() }
    await put(first.edge, order({ ...route, grant: granted(1) }))
    expect((await ask(first.edge.port)).body).toBe('v2')
    await killed(first)
    const second = await serving(first.edge.port)
    expect(second.edge.port).toBe(first.edge.port)
    expect(second.edge.token).not.toBe(first.edge.token)
    expect((await ask(second.edge.port)).body).toBe('v1')
    const after = await report(second.edge)
    expect(after).toMatchObject({ weight: 0, lapsed: true, candidate: 'v2' })
    expect(after.epoch).not.toBe(first.edge.epoch)
    await put(second.edge, order({ ...route, grant: granted(1) }))
    expect((await ask(second.edge.port)).body).toBe('v2')
  })

  test('what stable answered for the candidate is still counted', async () => {
    await using stable = await startInstance((_, response) => response.end('v1'))
    const first = await serving()
    const route = { stable: at('v1', stable.port), candidate: at('v2', await deafPort()), judge: judged() }
    await put(first.edge, order({ ...route, grant: granted(0.5) }))
    let rescued = 0
    while (rescued < 2) rescued += (await ask(first.edge.port)).headers['humdrum-rescued'] === 'v2' ? 1 : 0
    await put(first.edge, order({ ...route, fence: fence(1, 2), grant: granted(0.5) }))
    await killed(first)
    const second = await serving()
    const { epoch, releases, ...after } = await report(second.edge)
    expect([after.rescued, after.judge?.errors.candidate.bad]).toEqual([2, 2])
    expect([epoch === first.edge.epoch, ...releases.map((one) => one.rescued)]).toEqual([false, 0, 0])
  })

  test('on a full disk: the next edge serves what is in its table, and says where it is', async () => {
    await using stable = await startInstance()
    const first = await serving()
    await put(first.edge, order({ stable: at('v1', stable.port) }))
    await killed(first)
    symlinkSync('/dev/full', join(home, 'edge.json.new')) // whatever is written there finds no space left
    const second = await serving()
    expect((await ask(second.edge.port)).body).toBe('hello')
    expect((await report(second.edge)).stable).toBe('v1')
  })

  test('after a trip: no grant of this rollout brings the candidate back', async () => {
    await using stable = await startInstance()
    const seen: number[] = []
    await using candidate = await startInstance((_, response) => {
      seen.push(response.writeHead(500).statusCode)
      response.end()
    })
    const first = await serving()
    const route = { stable: at('v1', stable.port), candidate: at('v2', candidate.port), judge: judged() }
    await put(first.edge, order({ ...route, grant: granted(0.8) }))
    let bad = 0
    for (let good = 0; good < 12; ) {
      const { status } = await ask(first.edge.port)
      good = status === 500 ? 0 : good + 1
      bad += status === 500 ? 1 : 0
    }
    await killed(first)
    expect(bad).toBe(seen.length)
    const second = await serving()
    const { trip } = await report(second.edge)
    expect(trip).toMatchObject({ metric: 'errors', candidate: { bad } })
    await put(second.edge, order({ ...route, fence: fence(1, 2), grant: granted(1) }))
    for (let count = 0; count < 20; count += 1) expect((await ask(second.edge.port)).status).toBe(200)
    expect(seen.length).toBe(bad)
    expect(await report(second.edge)).toMatchObject({ weight: 0, trip })
  })
})

test('its log is kept small, with no server anywhere', async () => {
  writeFileSync(join(home, 'edge.log'), 'x'.repeat(10_000_000))
  const log = openSync(join(home, 'edge.log'), 'a')
  started.push(spawn(process.execPath, [main, '--home', home, '--port', '0'], { stdio: ['ignore', log, log] }))
  closeSync(log)
  await expect.poll(() => existsSync(join(home, 'edge.log.1')), { timeout: 15_000 }).toBe(true)
  expect(statSync(join(home, 'edge.log')).size).toBeLessThan(10_000)
})

test('a server that is gone for good: the grant lapses and stable has all', async () => {
  await using stable = await startInstance((_, response) => response.end('v1'))
  await using candidate = await startInstance((_, response) => response.end('v2'))
  const { edge } = await serving()
  const route = { stable: at('v1', stable.port), candidate: at('v2', candidate.port) }
  await put(edge, order({ ...route, grant: granted(1, { ttlMs: 300 }) }))
  await expect.poll(async () => (await ask(edge.port)).body).toBe('v1')
  expect(await report(edge)).toMatchObject({ weight: 0, lapsed: true })
})

describe('its end', () => {
  test('what the judge knew outlives it', async () => {
    await using candidate = await startInstance()
    const first = await serving()
    await put(first.edge, order({ candidate: at('v2', candidate.port), grant: granted(1), judge: judged() }))
    for (let count = 0; count < 3; count += 1) await ask(first.edge.port)
    first.child.kill('SIGTERM')
    await first.ended
    const second = await serving()
    expect((await report(second.edge)).judge?.errors.candidate).toEqual({ requests: 3, bad: 0 })
  })

  /** A request that is half answered, and the rest of its answer. */
  const half = async () => {
    const opened = Promise.withResolvers<() => void>()
    const instance = await startInstance((_, response) => {
      response.write('begin')
      opened.resolve(() => response.end(' end'))
    })
    const running = await serving()
    await put(running.edge, order({ stable: at('v1', instance.port) }))
    const asked = ask(running.edge.port)
    return { ...running, instance, asked, finish: await opened.promise }
  }

  test.each(['POST /shutdown', 'SIGTERM', 'SIGINT'] as const)('%s: what is in flight is finished', async (way) => {
    const { child, edge, ended, said, instance, asked, finish } = await half()
    if (way === 'POST /shutdown') expect((await call(edge, way)).status).toBe(202)
    else child.kill(way)
    await expect.poll(() => dial(edge.port).then(() => 'taken', String)).toContain('ECONNREFUSED')
    finish()
    expect((await asked).body).toBe('begin end')
    expect(await ended).toBe(0)
    expect(said()).toMatch(/"message":"shutting down".*"message":"ended"}\n$/s)
    expect(edgeFile()?.port).toBe(edge.port)
    await instance[Symbol.asyncDispose]()
  })
})

test('a file that was broken or taken away leads to the same edge again, and one that names another is left alone', async () => {
  const { edge } = await serving()
  const path = join(home, 'edge.json')
  writeFileSync(path, 'garbage')
  await expect.poll(edgeFile, { timeout: 15_000 }).toEqual(edge)
  rmSync(path)
  await expect.poll(edgeFile, { timeout: 15_000 }).toEqual(edge)
  const other = { ...edge, pid: edge.pid + 1 }
  writeFileSync(path, JSON.stringify(other))
  await new Promise((resolve) => setTimeout(resolve, 1_200)) // nothing tells that nothing happens
  expect(edgeFile()).toEqual(other)
})
