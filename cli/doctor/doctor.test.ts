// A real server, edge and app, and what breaks on real machines: a port that somebody took, rights, garbage in the store,
// processes that were killed or stopped, an older copy of the store. In this order, on one home.
import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import process from 'node:process'
import type { Finding } from '@humdrum/core/doctor/finding.ts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../connect.ts'
import { readHomeServer } from '../home.ts'
import { processState } from '../process-state.ts'
import type { TestPlace } from '../test-place.ts'
import { testPlace, until } from '../test-place.ts'
import { readEdgeFile } from './edge-findings.ts'

const config = `version: 1
app: greeter
run: { command: node greet.mjs, health: { timeout: 20s }, stop: { timeout: 2s } }
environments: { production: { rollout: { strategy: allAtOnce, bake: { for: 0s } } } }
`
const code = `import { createServer } from 'node:http'
createServer((_, response) => response.end('hello')).listen(Number(process.env.PORT))
`

let place: TestPlace
beforeAll(() => {
  place = testPlace({ 'app/humdrum.yaml': config, 'app/greet.mjs': code })
})
afterAll(() => place[Symbol.asyncDispose]())

const inApp = (line: string) => place.run(line, { cwd: join(place.folder.path, 'app') })

const doctor = async () => {
  const { code: exit, out } = await inApp('doctor --json')
  const answer: { findings: readonly Finding[]; exit: number } = JSON.parse(out)
  expect(answer.exit).toBe(exit)
  return { exit, of: new Map(answer.findings.map((finding) => [finding.id, finding])), all: answer.findings }
}

// Never 0, which would mean the whole group of the tests.
const known = (one: { readonly pid: number } | null): number => {
  if (one === null) throw new Error('there is none')
  return one.pid
}
const serverPid = (): number => known(readHomeServer(place.home))
const edgePid = (): number => known(readEdgeFile(place.home))

const endServer = async (signal: NodeJS.Signals): Promise<void> => {
  const pid = serverPid()
  process.kill(pid, signal)
  await until(() => processState(pid) === null)
}

const up = async (): Promise<void> => {
  const { code: exit, err } = await inApp('up --detach --port 0 --edge-port 0')
  expect({ exit, err }).toEqual({ exit: 0, err: '' })
}

test('where nothing was ever started, nothing is broken', async () => {
  const { exit, of } = await doctor()
  expect(exit).toBe(0)
  expect(of.get('home')?.verdict).toBe('look')
  expect(of.get('server')).toMatchObject({ verdict: 'look', next: 'humdrum up' })
})

test('a server, an edge and an app that are well give one list, with an id once per thing', async () => {
  await up()
  expect((await inApp('deploy --wait=bake')).code).toBe(0)
  const { exit, all, of } = await doctor()
  expect(all.filter(({ verdict, id }) => verdict === 'broken' && !id.startsWith('disk'))).toEqual([])
  expect(exit).toBe(all.some(({ verdict }) => verdict === 'broken') ? 1 : 0)
  expect(new Set(all.map(({ id, of: what }) => `${id} ${what}`)).size).toBe(all.length)
  expect([...of.keys()]).toEqual(
    expect.arrayContaining([
      ...['node', 'home', 'port.api', 'port.edge', 'server', 'version.server', 'edge', 'version.edge', 'edge.files'],
      ...['store', 'edge.agrees', 'instances', 'clock.history', 'disk.home', 'disk.releases', 'memory'],
    ]),
  )
  expect(of.get('port.edge')?.says).toContain(`is held by our own, pid ${edgePid()}`)
  expect(of.get('instances')).toMatchObject({ of: 'greeter/production', says: '1 of 1 of v1 ready' })
  expect((await inApp('doctor')).out).toMatch(/^ok {6}edge\.agrees .*routes, orders and weights are as wanted$/m)
})

test('a home that others may look into is worth a look, and breaks nothing', async () => {
  chmodSync(place.home, 0o755)
  const { of } = await doctor()
  expect(of.get('home')).toMatchObject({ verdict: 'look', next: `chmod 700 ${place.home}` })
  expect(of.get('server')?.verdict).toBe('ok')
  chmodSync(place.home, 0o700)
})

test('an edge that was stopped by a signal is told, and goes on as advised', async () => {
  process.kill(edgePid(), 'SIGSTOP')
  const { exit, of } = await doctor()
  expect(exit).toBe(1)
  expect(of.get('edge')).toMatchObject({ verdict: 'broken', next: `let it go on: kill -CONT ${edgePid()}` })
  expect(of.get('server')?.verdict).toBe('ok')
  process.kill(edgePid(), 'SIGCONT')
  await until(async () => (await doctor()).of.get('edge.agrees')?.verdict === 'ok')
})

test('an edge that was killed is there again under another number', async () => {
  const before = edgePid()
  process.kill(before, 'SIGKILL')
  await until(() => edgePid() !== before && processState(edgePid()) !== null)
  await until(async () => (await doctor()).of.get('edge.agrees')?.verdict === 'ok')
  expect((await doctor()).of.get('edge')).toMatchObject({
    verdict: 'ok',
    says: expect.stringContaining(`${edgePid()}`),
  })
})

test('a server that was stopped by a signal is told at once', async () => {
  process.kill(serverPid(), 'SIGSTOP')
  const { exit, of } = await doctor()
  process.kill(serverPid(), 'SIGCONT')
  expect(exit).toBe(1)
  expect(of.get('server')?.next).toBe(`let it go on: kill -CONT ${serverPid()}`)
  expect(of.get('edge')?.verdict).toBe('ok')
})

test('a store that is older than its edge is broken, and what is advised mends it', async () => {
  await endServer('SIGTERM')
  const copy = join(place.folder.path, 'copy.db')
  copyFileSync(join(place.home, 'store.db'), copy)
  await up()
  place.folder.write({ 'app/greet.mjs': `${code}// another` })
  expect((await inApp('deploy --wait=bake')).code).toBe(0)
  await endServer('SIGTERM')
  copyFileSync(copy, join(place.home, 'store.db'))
  await up()
  const { exit, of } = await doctor()
  expect(exit).toBe(1)
  expect(of.get('edge.agrees')).toMatchObject({ verdict: 'broken', of: 'greeter/production' })
  expect(of.get('edge.agrees')?.says).toMatch(/^the edge follows r-2 at \d+, newer than the store's r-1: /)
  await inApp('down')
  rmSync(join(place.home, 'edge', 'table.json'))
  await up()
  await until(async () => (await doctor()).of.get('edge.agrees')?.verdict === 'ok')
})

test('a port that somebody else took while the server was away is told with who it is', async () => {
  const url = new URL(readHomeServer(place.home)?.url ?? '')
  await endServer('SIGKILL')
  const taker = createServer((socket) => socket.destroy())
  // The last of its threads may hold the port for an instant longer than the process is seen.
  taker.on('error', () => {})
  await until(() => {
    if (!taker.listening) taker.listen(Number(url.port), '127.0.0.1')
    return taker.listening
  })
  const { exit, of } = await doctor()
  expect(exit).toBe(1)
  expect(of.get('port.api')).toMatchObject({
    verdict: 'broken',
    says: expect.stringContaining(`by pid ${process.pid}`),
  })
  expect(of.get('port.api')?.says).toContain(`${(taker.address() as AddressInfo).port} is held`)
  expect(of.get('server')?.verdict).toBe('broken')
  await new Promise((resolve) => taker.close(resolve))
  // The edge goes on without a server, and is looked over without one.
  expect((await doctor()).of.get('edge')).toMatchObject({
    verdict: 'ok',
    says: expect.stringContaining(`${edgePid()}`),
  })
})

test('an edge that was killed while no server was there is broken: nobody starts it again', async () => {
  const pid = edgePid()
  process.kill(pid, 'SIGKILL')
  await until(() => processState(pid) === null)
  const { exit, of } = await doctor()
  expect(exit).toBe(1)
  expect(of.get('edge')).toMatchObject({ verdict: 'broken', next: 'humdrum up starts it again' })
})

test('garbage in the store is told, with a server and without one', async () => {
  await up()
  const whole = readFileSync(join(place.home, 'store.db'))
  writeFileSync(join(place.home, 'store.db'), 'garbage '.repeat(20_000))
  expect((await doctor()).of.get('store')?.verdict).toBe('broken')
  await endServer('SIGKILL')
  const { exit, of } = await doctor()
  expect(exit).toBe(1)
  expect(of.get('store')).toMatchObject({ verdict: 'broken', says: expect.stringContaining('damaged') })
  writeFileSync(join(place.home, 'store.db'), whole)
  expect((await doctor()).of.get('store')?.verdict).toBe('ok')
})

test('what is to be typed names the home that was looked at', async () => {
  const other = join(place.folder.path, 'other')
  const { out, code: exit } = await inApp(`doctor --home ${other}`)
  expect(exit).toBe(0)
  expect(out).toContain(`humdrum up --home ${other}\n`)
  expect(() => connect({ home: other, variables: {} })).toThrow('no server answers')
})
