import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EdgeFile } from '@humdrum/contract/edge-control.ts'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { identityOf, livingStat } from '../../process-identity.ts'
import type { EdgeProcessPlan } from './edge-process.ts'
import { ensureEdge, findEdge } from './edge-process.ts'
import { stopEdge } from './edge-router.ts'

const edgeCommand = [process.execPath, fileURLToPath(new URL('../../../edge/main.ts', import.meta.url))] as const

let home: string
let folder: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'edge-process-'))
  folder = join(home, 'edge')
})
afterEach(async () => {
  await stopEdge(folder, 0)
  rmSync(home, { recursive: true })
})

const plan = (over: Partial<EdgeProcessPlan> = {}): EdgeProcessPlan => ({
  folder,
  command: edgeCommand,
  port: 0,
  ...over,
})

const started = async (over: Partial<EdgeProcessPlan> = {}): Promise<{ edge: EdgeFile; adopted: boolean }> => {
  const result = await ensureEdge(plan(over))
  if (!result.ok) throw new Error(`${result.fault.code}: ${result.fault.reason}`)
  return result.value
}

const sleeper = (): ChildProcess & { readonly pid: number } => {
  const child = spawn('sleep', ['60'])
  onTestFinished(() => void child.kill('SIGKILL'))
  if (child.pid === undefined) throw new Error('sleep did not start')
  return Object.assign(child, { pid: child.pid })
}

const ticksOf = (pid: number): number => Number(livingStat(pid)?.startTicks)

const edgeFile = (over: Partial<EdgeFile>): string => {
  const about = { host: '127.0.0.1', port: 1, controlPort: 1, token: 'x', version: '0.1.0', epoch: 'e' }
  return JSON.stringify({ ...about, pid: 1, startTime: 1, ...over })
}

/** Leaves the file of an earlier edge. */
const leave = (content: string): void => {
  mkdirSync(folder)
  writeFileSync(join(folder, 'edge.json'), content)
}

test('starts an edge of its own, keeps its folder private, and finds it again', async () => {
  const first = await started()
  expect(first.adopted).toBe(false)
  expect(findEdge(folder)).toEqual(first.edge)
  expect(first.edge.port).toBeGreaterThan(0)
  expect((await fetch(`http://127.0.0.1:${first.edge.port}/`)).status).toBeGreaterThanOrEqual(400)
  expect(statSync(folder).mode & 0o777).toBe(0o700)
  for (const name of ['edge.json', 'edge.log']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  expect(await started({ command: ['false'] })).toEqual({ edge: first.edge, adopted: true })
})

test('an edge that is gone is not adopted', async () => {
  const child = sleeper()
  leave(edgeFile({ pid: child.pid, startTime: ticksOf(child.pid) }))
  expect(findEdge(folder)?.pid).toBe(child.pid)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(findEdge(folder)).toBeNull()
  expect((await started()).adopted).toBe(false)
})

test('a process that got the number of a dead edge is neither adopted nor ended', async () => {
  const child = sleeper()
  leave(edgeFile({ pid: child.pid, startTime: ticksOf(child.pid) - 1 }))
  expect(findEdge(folder)).toBeNull()
  const { edge, adopted } = await started()
  expect(adopted).toBe(false)
  expect(edge.pid).not.toBe(child.pid)
  await stopEdge(folder, 0)
  expect(identityOf(child.pid)).not.toBeNull()
})

test.for(['', '{"pid":', '{"pid":1}', edgeFile({ pid: -1 })])('knows no edge by the file %j', (content) => {
  leave(content)
  expect(findEdge(folder)).toBeNull()
})

const refusalOf = async (over: Partial<EdgeProcessPlan>) => {
  const result = await ensureEdge(plan(over))
  if (result.ok) throw new Error('it started')
  expect(findEdge(folder)).toBeNull()
  return result.fault
}

test('says which port is in use, and how to take another', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  expect(await refusalOf({ port })).toEqual({
    code: 'HD1105',
    reason: `${port}, which the edge wants`,
    next: expect.stringContaining('--edge-port 0'),
  })
})

const script = (text: string): EdgeProcessPlan['command'] => ['/bin/sh', '-c', text, 'sh']

test.for([
  ['that ends with a word', script('echo one; echo no luck >&2; exit 3'), 'it ended at once (code 3): no luck'],
  ['that ends without a word', script('exit 3'), 'it ended at once (code 3)'],
  ['that is killed', script('kill -9 $$'), 'it ended at once (SIGKILL)'],
  ['that is not there', ['/nowhere/edge'] as const, 'it ended at once (spawn /nowhere/edge ENOENT)'],
] as const)('a command %s is no edge, and it says why', async ([, command, reason]) => {
  expect(await refusalOf({ command })).toEqual({ code: 'HD5001', reason, next: `read ${join(folder, 'edge.log')}` })
})

test('what an earlier edge said is no word about this one', async () => {
  mkdirSync(folder)
  writeFileSync(join(folder, 'edge.log'), 'the port is in use: 127.0.0.1:80  [HD1105]\n')
  expect(await refusalOf({ command: script('exit 1') })).toMatchObject({
    code: 'HD5001',
    reason: 'it ended at once (code 1)',
  })
})

test('a command that says nothing is given up, and ended', async () => {
  const command = script('echo $$ > "$2/pid"; exec sleep 60')
  const refusing = refusalOf({ command, startTimeoutMs: 1_000 })
  const pidFile = (): string => readFileSync(join(folder, 'pid'), { encoding: 'utf8', flag: 'a+' })
  await expect.poll(pidFile, { timeout: 5_000, interval: 10 }).toMatch(/^\d+\n$/)
  const pid = Number(pidFile())
  onTestFinished(() => void (identityOf(pid) !== null && process.kill(pid, 'SIGKILL')))
  expect(await refusing).toMatchObject({ code: 'HD5001', reason: 'it did not start in time' })
  expect(identityOf(pid)).toBeNull()
})

test('one that somebody else starts is waited for, and none is started beside it', async () => {
  const waiting = ensureEdge(plan({ command: null }))
  const child = spawn(edgeCommand[0], [edgeCommand[1], '--home', folder, '--port', '0'], { stdio: 'ignore' })
  const result = await waiting
  expect(result).toMatchObject({ ok: true, value: { edge: { pid: child.pid }, adopted: false } })
})

test('one that somebody else should have started is missed when the time is over', async () => {
  const fault = { code: 'HD5001', next: expect.stringContaining('systemctl status humdrum-edge') }
  expect(await refusalOf({ command: null, startTimeoutMs: 50 })).toMatchObject(fault)
})

/** Nothing of this process runs for a while, as after SIGSTOP. */
const standStill = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test('whoever stood still while the edge started does not end it for being late', async () => {
  const begunAt = performance.now()
  const starting = ensureEdge(plan({ startTimeoutMs: 500 }))
  while (performance.now() - begunAt < 600 || findEdge(folder) === null) standStill(20)
  expect(await starting).toEqual({ ok: true, value: { edge: findEdge(folder), adopted: false } })
})

test('where somebody else was quicker to start an edge, that one is adopted', async () => {
  const other = `"${edgeCommand.join('" "')}" --home "$2" --port 0`
  const command = script(`${other} & while [ ! -s "$2/edge.json" ]; do sleep 0.05; done; exit 1`)
  expect(await started({ command })).toEqual({ edge: findEdge(folder), adopted: true })
})

test('an edge that takes any port takes the one that it had, and another one when somebody is there', async () => {
  const { edge: first } = await started()
  await stopEdge(folder)
  const { edge: second } = await started()
  expect(second.port).toBe(first.port)
  await stopEdge(folder)
  const other = createServer().listen(first.port, '127.0.0.1')
  onTestFinished(() => void other.close())
  await once(other, 'listening')
  expect((await started()).edge.port).not.toBe(first.port)
})
