import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { identityOf, isAlive, parseProcessStat } from './process-identity.ts'

const sleeper = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })

const listener =
  'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => console.log(s.address().port))'

test('a living process has one identity, that stays', () => {
  const identity = identityOf(process.pid)
  expect(identity).not.toBeNull()
  expect(identityOf(process.pid)).toBe(identity)
})

test('two processes never share an identity together with a pid, and a dead one has none', async () => {
  const child = sleeper()
  const pid = child.pid ?? 0
  const started = identityOf(pid) ?? ''
  expect(isAlive({ pid, started })).toBe(true)
  expect(isAlive({ pid, started: `${started}1` })).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(identityOf(pid)).toBeNull()
  expect(isAlive({ pid, started })).toBe(false)
})

test('a name with spaces and parentheses does not shift the fields', () => {
  const rest = Array.from({ length: 30 }, (_, index) => 100 + index).join(' ')
  const stat = parseProcessStat(`4711 (a) b (c)) S 1 4711 ${rest}`)
  expect(stat).toEqual({ state: 'S', group: 4711, threads: 114, startTicks: '116' })
})

test.skipIf(process.platform !== 'linux')(
  'a process that is killed is alive until it holds its port no more',
  async () => {
    for (let round = 0; round < 20; round += 1) {
      const child = spawn(process.execPath, ['-e', listener], { stdio: ['ignore', 'pipe', 'ignore'] })
      const [port] = await once(child.stdout, 'data')
      child.kill('SIGKILL')
      while (identityOf(child.pid ?? 0) !== null) await new Promise((resolve) => setImmediate(resolve))
      const next = createServer().listen(Number(port), '127.0.0.1')
      await once(next, 'listening')
      next.close()
    }
  },
  30_000,
)

test('nonsense is nobody', () => {
  for (const pid of [0, -1, 1.5, Number.NaN]) expect(identityOf(pid)).toBeNull()
  expect(parseProcessStat('')).toBeNull()
})
