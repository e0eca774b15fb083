import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import type { Asked, Outcome } from './visit.ts'
import { visit } from './visit.ts'

const read: Asked = { kind: 'read', method: 'GET', path: '/products' }
const stream: Asked = { kind: 'stream', method: 'GET', path: '/stream' }
const write: Asked = { kind: 'write', method: 'POST', path: '/orders', body: '{"quantity":2}' }

const visited = async (
  asked: Asked,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Outcome> => {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const agent = new Agent({ keepAlive: true })
  try {
    return await visit(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, agent)
  } finally {
    agent.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

test('a whole answer tells its status and the release that gave it', async () => {
  const before = Date.now()
  const outcome = await visited(read, (_, response) => {
    response.writeHead(200, { 'x-shop-release': 'v7', 'content-length': 2 }).end('ok')
  })
  expect(outcome).toEqual({ kind: 'read', status: 200, release: 'v7', dropped: null, sentAt: expect.any(Number) })
  expect(outcome.sentAt).toBeGreaterThanOrEqual(before)
})

test('a write sends its body', async () => {
  let got = ''
  await visited(write, async (request, response) => {
    for await (const chunk of request) got += String(chunk)
    response.writeHead(201, { 'content-length': 0 }).end()
  })
  expect(got).toBe(write.body)
})

test('an error of the service is an answer, not a dropped request', async () => {
  const outcome = await visited(read, (_, response) => response.writeHead(500, { 'content-length': 4 }).end('oops'))
  expect(outcome).toMatchObject({ status: 500, release: null, dropped: null })
})

test('a stream with its end event is whole, however it comes in pieces', async () => {
  const outcome = await visited(stream, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: price\ndata: {}\n\neve')
    setTimeout(() => response.end('nt: end\ndata: {}\n\n'), 20)
  })
  expect(outcome.dropped).toBeNull()
})

test.for<[string, Asked, (request: IncomingMessage, response: ServerResponse) => void]>([
  ['a connection that is reset', read, ({ socket }) => socket.resetAndDestroy()],
  ['a connection that is closed', read, ({ socket }) => socket.destroy()],
  [
    'an answer that breaks off before its length',
    read,
    ({ socket }, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('half')
      setTimeout(() => socket.destroy(), 20)
    },
  ],
  [
    'an answer whose length nobody knows, as its end cannot be told from a loss',
    read,
    (_, response) => response.writeHead(200, { connection: 'close' }).end(),
  ],
  [
    'a stream that ends without its end event',
    stream,
    (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).end('event: price\n\n'),
  ],
  [
    'a stream that breaks off',
    stream,
    ({ socket }, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('event: price\n\n')
      setTimeout(() => socket.destroy(), 20)
    },
  ],
])('%s is a dropped request', async ([, asked, answer]) => {
  expect((await visited(asked, answer)).dropped).toEqual(expect.any(String))
})

test('a service that is not there is a dropped request', async () => {
  const outcome = await visit('http://127.0.0.1:1', read, new Agent())
  expect(outcome).toMatchObject({ status: null, dropped: expect.stringContaining('ECONNREFUSED') })
})
