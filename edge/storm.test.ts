// Clients and instances that do whatever they like, from a seed, while the releases change: each request is settled once,
// nothing is left in flight, nothing throws, and who behaves is served.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { createRandom } from '@humdrum/core/analysis/seeded-random.ts'
import { expect, test } from 'vitest'
import { ask } from './test-bed/client.ts'
import { openEdgeBed } from './test-bed/edge-bed.ts'
import type { Instance } from './test-bed/instance.ts'
import { startInstance } from './test-bed/instance.ts'
import { at, fence, granted, judged, order } from './test-bed/order.ts'

type Dice = (sides: number) => number

const answers: readonly ((request: IncomingMessage, response: ServerResponse, dice: Dice) => unknown)[] = [
  (_, { socket }) => socket?.resetAndDestroy(),
  (_, { socket }) => socket?.destroy(),
  (_, response, dice) => {
    response.writeHead(200, { 'content-length': 1_000 }).write('half')
    setTimeout(() => response.socket?.destroy(), dice(5))
  },
  (_, response, dice) => {
    response.write('half')
    setTimeout(() => response.socket?.resetAndDestroy(), dice(5))
  },
  (_, response, dice) => response.writeHead(500 + dice(5)).end('bad'),
  (_, response) => response.writeHead(413, { connection: 'close' }).end('too much'),
  (_, response, dice) => setTimeout(() => response.end('slow'), dice(50)),
  (_, response) => response.writeHead(204).end(),
  (_, response, dice) => response.end('x'.repeat(dice(300_000))),
  (request, response) => request.pipe(response),
  (request, response) => request.pipe(response),
]

const startOdd = async (dice: Dice): Promise<Instance> => {
  const instance = await startInstance((request, response) => answers[dice(answers.length)]?.(request, response, dice))
  instance.server.on('upgrade', (_, socket: Socket) => {
    if (dice(3) === 0) return socket.destroy()
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n')
    return socket.pipe(socket)
  })
  return instance
}

/** What a client says: some requests, whole or not, well formed or not. */
const speech = (dice: Dice): string => {
  const size = dice(200_000)
  const kinds = [
    `GET / HTTP/1.${dice(8) === 0 ? 0 : 1}\r\nHost: a\r\n\r\n`,
    'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size - dice(2) * dice(size + 1))}`,
    `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n${['0\r\n\r\n', 'zz\r\n', ''][dice(3)]}`,
    'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nhello',
    'GET  / HTTP/1.1\r\nHost: a\r\n\r\n',
  ]
  const text = Array.from({ length: 1 + dice(3) }, () => kinds[dice(kinds.length)]).join('')
  return dice(6) === 0 ? text.slice(0, dice(text.length)) : text
}

/** Resolves when its connection is over. */
const client = (port: number, dice: Dice): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const timer = setTimeout(() => socket.destroy(), 50 + dice(200))
    socket.on('error', () => {})
    socket.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
    if (dice(4) > 0) socket.resume()
    socket.write(speech(dice), 'latin1', () => {
      const end = dice(5)
      if (end === 0) socket.end()
      else if (end === 1) socket.resetAndDestroy()
    })
  })

test.each([1, 2])('seed %d', async (seed) => {
  const random = createRandom(seed)
  const dice: Dice = (sides) => random() % Math.max(1, sides)
  await using bed = await openEdgeBed({ headTimeoutMs: 1_000 })
  await using stable = await startOdd(dice)
  await using other = await startOdd(dice)
  await using candidate = await startOdd(dice)
  const change = (rollout: number): void =>
    bed.put(
      order({
        ...{ fence: fence(rollout, 1), grant: granted(dice(100) / 100), judge: judged() },
        stable: dice(2) === 0 ? at('v1', stable.port) : at('v1', stable.port, other.port),
        candidate: dice(3) === 0 ? null : at('v2', candidate.port),
        draining: dice(2) === 0 ? [] : [at('v3', other.port)],
      }),
    )
  change(1)
  let begun = 0
  const storm = async (): Promise<void> => {
    while (begun < 400) {
      begun += 1
      if (begun % 20 === 0) change(begun)
      await client(bed.port, dice)
    }
  }
  await Promise.all(Array.from({ length: 40 }, storm))
  const inFlight = () => bed.report().releases.map((release) => release.inFlight)
  await expect.poll(inFlight, { timeout: 10_000 }).toEqual(inFlight().map(() => 0))
  for (const { requests, bad, aborted, cut } of bed.report().releases)
    expect(bad + aborted + cut).toBeLessThanOrEqual(requests)
  await using fine = await startInstance()
  bed.put(order({ fence: fence(1_000, 1), stable: at('v4', fine.port) }))
  for (let count = 0; count < 10; count += 1) expect((await ask(bed.port)).body).toBe('hello')
})
