import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { chooseInShop, gapMs, startLoad } from './load.ts'
import type { Asked, Outcome } from './visit.ts'

type Tiny = AsyncDisposable & { readonly url: string; readonly server: Server }

const startTiny = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Tiny> => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const dispose = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, [Symbol.asyncDispose]: dispose }
}

const read: Asked = { kind: 'read', method: 'GET', path: '/products' }

test('users arrive by the clock: nobody waits for an answer that somebody else waits for', async () => {
  const held: ServerResponse[] = []
  await using tiny = await startTiny((_, response) => held.push(response))
  const outcomes: Outcome[] = []
  const load = startLoad({ url: tiny.url, perSecond: 200, choose: () => read, onOutcome: (one) => outcomes.push(one) })
  await expect.poll(() => held.length, { timeout: 10_000 }).toBeGreaterThan(50)
  expect(outcomes).toEqual([])
  const over = load.stop()
  for (const response of held) response.setHeader('content-length', 2).end('ok')
  tiny.server.on('request', (_, response) => response.setHeader('content-length', 2).end('ok'))
  await over
  expect(outcomes.length).toBeGreaterThanOrEqual(held.length)
  expect(outcomes.filter(({ dropped }) => dropped !== null)).toEqual([])
})

test('users who are done leave their connections to those who come', async () => {
  let connections = 0
  await using tiny = await startTiny((_, response) => response.setHeader('content-length', 2).end('ok'))
  tiny.server.on('connection', () => {
    connections += 1
  })
  let answers = 0
  const onOutcome = (): void => {
    answers += 1
  }
  const load = startLoad({ url: tiny.url, perSecond: 200, choose: () => read, onOutcome })
  await expect.poll(() => answers, { timeout: 10_000 }).toBeGreaterThan(100)
  await load.stop()
  expect(connections).toBeLessThan(answers / 2)
})

test('whoever was due while the machine was busy arrives as soon as it is not', async () => {
  await using tiny = await startTiny((_, response) => response.setHeader('content-length', 2).end('ok'))
  let answers = 0
  const onOutcome = (): void => {
    answers += 1
  }
  // A random number that is always the same makes every gap the same: one millisecond.
  const random = (): number => 1 - Math.exp(-1)
  const load = startLoad({ url: tiny.url, perSecond: 1_000, random, choose: () => read, onOutcome })
  const freeAt = performance.now() + 200
  while (performance.now() < freeAt);
  await new Promise((resolve) => setTimeout(resolve, 5))
  await load.stop()
  expect(answers).toBeGreaterThanOrEqual(200)
  const perSecond = load.perSecond()
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(load.perSecond()).toBe(perSecond)
})

test('the gap between two arrivals is exponential with the mean that was asked for', () => {
  const count = 10_000
  const gaps = Array.from({ length: count }, (_, index) => gapMs((index + 0.5) / count, 400))
  expect(gaps.reduce((sum, gap) => sum + gap, 0) / count).toBeCloseTo(2.5, 1)
  expect(gaps.filter((gap) => gap > 2.5).length / count).toBeCloseTo(Math.exp(-1), 3)
})

test('the users of the shop read, write and stream', () => {
  const kinds = Array.from({ length: 100 }, (_, index) => chooseInShop(index / 100).kind)
  const share = (kind: Asked['kind']): number => kinds.filter((one) => one === kind).length
  expect({ read: share('read'), write: share('write'), stream: share('stream') }).toEqual({
    read: 75,
    write: 19,
    stream: 6,
  })
})
