// The server as a process, with a real edge: what it holds, what it refuses, and what goes on without it.
import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))

let folder: string
let home: string
let started: ChildProcess[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-'))
  chmodSync(folder, 0o755)
  home = join(folder, 'home')
  started = []
})

afterEach(async () => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL')
  for (const child of started) if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  if (existsSync(home)) await run('--down')
  rmSync(folder, { recursive: true })
})

type Running = { readonly child: ChildProcess; readonly said: () => string; readonly ended: Promise<number | null> }

const start = (...more: readonly string[]): Running => {
  const child = spawn(process.execPath, [main, '--home', home, '--port', '0', '--edge-port', '0', ...more])
  started.push(child)
  const pieces: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => pieces.push(String(piece)))
  const ended = once(child, 'close').then(([code]): number | null => code)
  return { child, said: () => pieces.join(''), ended }
}

/** Runs one that is expected to end by itself. */
const run = async (...more: readonly string[]): Promise<{ readonly code: number | null; readonly said: string }> => {
  const { ended, said } = start(...more)
  return { code: await ended, said: said() }
}

const serving = async (...more: readonly string[]): Promise<Running> => {
  const running = start(...more)
  await expect.poll(running.said, { timeout: 15_000 }).toContain('serves on')
  return running
}

const cliFile = (): { readonly url: string; readonly token: string; readonly pid: number } =>
  JSON.parse(readFileSync(join(home, 'cli.json'), 'utf8'))

const ask = (path: string): Promise<Response> =>
  fetch(`${cliFile().url}${path}`, { headers: { authorization: `Bearer ${cliFile().token}` } })

const edgeFile = (): { readonly pid: number; readonly port: number } =>
  JSON.parse(readFileSync(join(home, 'edge/edge.json'), 'utf8'))

const edgePid = (): number => edgeFile().pid

const isRunning = (pid: number): boolean => {
  try {
    return !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

const occupied = async (): Promise<{ readonly port: number; readonly free: () => void }> => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  return { port: (other.address() as AddressInfo).port, free: () => other.close() }
}

test('is ready as soon as it can be found, keeps its home to itself, and the store knows a hash of the token alone', async () => {
  await serving()
  expect((await ask('/readyz')).status).toBe(200)
  expect(statSync(home).mode & 0o777).toBe(0o700)
  expect(statSync(join(home, 'cli.json')).mode & 0o777).toBe(0o600)
  const { token } = cliFile()
  const stored = readdirSync(home).filter((name) => name.startsWith('store.db'))
  const bytes = Buffer.concat(stored.map((name) => readFileSync(join(home, name)))).toString('latin1')
  expect(bytes).toContain(createHash('sha256').update(token).digest('hex'))
  expect(bytes).not.toContain(token)
})

test('a second server on one home says so, and the first one goes on', async () => {
  await serving()
  const before = cliFile()
  const second = await run()
  expect(second).toMatchObject({
    code: 1,
    said: expect.stringMatching(/a server runs on this home already.*\[HD1104\]/),
  })
  expect(cliFile()).toEqual(before)
  expect((await ask('/livez')).status).toBe(200)
})

test('ended by Ctrl-C it leaves the edge, and the next one adopts it under the same token', async () => {
  const first = await serving()
  const [pid, { token }] = [edgePid(), cliFile()]
  first.child.kill('SIGINT')
  expect(await first.ended).toBe(0)
  expect(first.said()).toMatch(/server stopped; the edge and the apps keep serving on http:\/\/127\.0\.0\.1:\d+/)
  expect(isRunning(pid)).toBe(true)
  const second = await serving()
  expect(second.said()).toContain('the edge went on meanwhile')
  expect(edgePid()).toBe(pid)
  expect(cliFile().token).toBe(token)
})

// Whoever ends a group of processes, and whoever passes a signal on, may both reach it.
test('asked to end twice it still says its last words', async () => {
  const server = await serving()
  server.child.kill('SIGTERM')
  server.child.kill('SIGTERM')
  setTimeout(() => server.child.kill('SIGTERM'), 5) // two at once may be taken for one
  expect(await server.ended).toBe(0)
  expect(server.said()).toContain('server stopped')
})

test('an edge that dies is started again on the port that it had, also while there is no app', async () => {
  await serving()
  const [pid, port] = [edgePid(), edgeFile().port]
  process.kill(pid, 'SIGKILL')
  await expect.poll(edgePid, { timeout: 15_000 }).not.toBe(pid)
  await expect.poll(async () => (await ask('/readyz')).status).toBe(200)
  expect(edgeFile().port).toBe(port)
})

test('is found again where somebody broke the file that leads to it', async () => {
  await serving()
  const before = cliFile()
  writeFileSync(join(home, 'cli.json'), '{"url":')
  await expect.poll(() => readFileSync(join(home, 'cli.json'), 'utf8'), { timeout: 15_000 }).not.toBe('{"url":')
  expect(cliFile()).toEqual(before)
})

test('refuses a port that is in use, and leaves nothing half started', async () => {
  const other = await occupied()
  try {
    const refused = await run('--port', String(other.port))
    expect(refused.code).toBe(1)
    expect(refused.said).toContain('[HD1105]')
    expect(refused.said).toContain(String(other.port))
    expect(existsSync(join(home, 'edge/edge.json'))).toBe(false)
    expect(existsSync(join(home, 'cli.json'))).toBe(false)
    const edgeRefused = await run('--edge-port', String(other.port))
    expect(edgeRefused).toMatchObject({ code: 1, said: expect.stringMatching(/--edge-port 0/) })
    expect(existsSync(join(home, 'cli.json'))).toBe(false)
  } finally {
    other.free()
  }
  await serving()
})

test('--down ends what outlived a server, and says when there is nothing', async () => {
  const first = await serving()
  const pid = edgePid()
  expect(await run('--down')).toMatchObject({ code: 1, said: expect.stringContaining('[HD1104]') })
  first.child.kill('SIGKILL')
  await first.ended
  expect(isRunning(pid)).toBe(true)
  expect(await run('--down')).toMatchObject({ code: 0, said: expect.stringContaining('and the edge') })
  expect(isRunning(pid)).toBe(false)
  expect(await run('--down')).toMatchObject({ code: 0, said: 'nothing was running\n' })
})

test('--restore makes a new home its own, and leaves the apps of a running server to that server', async () => {
  expect(await run('--restore')).toMatchObject({ code: 0, said: 'no app was ready here before\n' })
  await serving()
  expect(await run('--restore')).toMatchObject({ code: 0, said: expect.stringContaining('attends to the apps itself') })
  expect((await ask('/livez')).status).toBe(200)
})

test.for([
  ['a port that is none', ['--port', '70000'], /\[HD1002\]/],
  ['an option that it does not know', ['--prot', '1'], /\[HD1002\]/],
] as const)('refuses %s without a stack trace', async ([, options, code]) => {
  const refused = await run(...options)
  expect(refused.code).toBe(1)
  expect(refused.said).toMatch(code)
  expect(refused.said).not.toMatch(/\n\s+at /)
})

test('refuses a home that is a file', async () => {
  writeFileSync(home, '')
  expect(await run()).toMatchObject({ code: 1, said: expect.stringMatching(/\[HD1106\]/) })
  rmSync(home)
})

test('refuses a store that is no store', async () => {
  const first = await serving()
  first.child.kill('SIGTERM')
  await first.ended
  await run('--down')
  writeFileSync(join(home, 'store.db'), 'this is no database, and has never been one'.repeat(100))
  expect(await run()).toMatchObject({ code: 1, said: expect.stringMatching(/store\.db.*\[HD1106\]/) })
})

test('the log of one that was started in the background is kept small', async () => {
  mkdirSync(home)
  writeFileSync(join(home, 'server.log'), 'x'.repeat(10_000_000))
  const log = openSync(join(home, 'server.log'), 'a')
  const words = [main, '--home', home, '--port', '0', '--edge-port', '0']
  started.push(spawn(process.execPath, words, { stdio: ['ignore', log, log] }))
  closeSync(log)
  await expect.poll(() => existsSync(join(home, 'server.log.1')), { timeout: 15_000 }).toBe(true)
  expect(statSync(join(home, 'server.log')).size).toBeLessThan(10_000)
})

test.skipIf(!inject('canMount'))('does not start on a full disk, and says so', async () => {
  execFileSync('mkdir', [home])
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', home])
  try {
    const refused = await run()
    expect(refused).toMatchObject({ code: 1, said: expect.stringMatching(/the disk is full.*\[HD1107\]/) })
    expect(refused.said).not.toMatch(/\n\s+at /)
  } finally {
    execFileSync('umount', [home])
    rmSync(home, { recursive: true })
  }
})

test.skipIf(!inject('canMount'))(
  'a disk that got full meanwhile does not keep it from starting: the home gives up its ballast',
  async () => {
    execFileSync('mkdir', [home])
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', home])
    try {
      const first = await serving()
      await expect.poll(() => existsSync(join(home, 'ballast'))).toBe(true)
      first.child.kill('SIGTERM')
      await first.ended
      expect(() => writeFileSync(join(home, 'filler'), Buffer.alloc(50_000_000))).toThrow('ENOSPC')
      await serving()
      expect((await ask('/readyz')).status).toBe(200)
      expect(existsSync(join(home, 'ballast'))).toBe(false)
    } finally {
      for (const child of started) child.kill('SIGKILL')
      await run('--down')
      execFileSync('umount', ['-l', home])
      rmSync(home, { recursive: true })
    }
  },
)
