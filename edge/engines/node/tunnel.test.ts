// WebSockets through the whole engine: to the edge they are bytes, but for the handshake before and the goodbye after.
import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import { duplexPair } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Wire } from '../../test-bed/client.ts'
import { dial } from '../../test-bed/client.ts'
import type { EdgeBed } from '../../test-bed/edge-bed.ts'
import { openEdgeBed } from '../../test-bed/edge-bed.ts'
import type { Instance } from '../../test-bed/instance.ts'
import { deafPort, startInstance, startRawInstance } from '../../test-bed/instance.ts'
import { at, fence, order } from '../../test-bed/order.ts'
import { openTunnel } from './tunnel.ts'

let bed: EdgeBed
beforeEach(async () => {
  bed = await openEdgeBed()
})
afterEach(() => bed[Symbol.asyncDispose]())

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
const handshake = `GET /chat HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`

/** Accepts, says `first` in the same breath, and echoes what it hears. `ends` keeps what came before each end. */
const startEcho = async (first = '', heads: string[] = [], heard: string[] = []): Promise<Instance> =>
  startInstance().then((instance) => {
    instance.server.on('upgrade', (request, socket: Socket, head: Buffer) => {
      heads.push(...request.rawHeaders)
      const answer = createHash('sha1').update(
        `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
      )
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${answer.digest('base64')}\r\n\r\n${first}`,
      )
      if (head.length > 0) socket.write(head)
      socket.on('error', () => {})
      socket.on('data', (chunk) => {
        heard.push(chunk.toString('latin1'))
        socket.write(chunk)
      })
      socket.on('end', () => socket.end())
    })
    return instance
  })

const opened = async (): Promise<Wire> => {
  const wire = await dial(bed.port)
  wire.say(handshake)
  await wire.until('\r\n\r\n')
  return wire
}

const counts = () => {
  const { requests, bad, aborted, cut, inFlight } = bed.release('v1')
  return { requests, bad, aborted, cut, inFlight }
}
const one = { requests: 1, bad: 0, aborted: 0, cut: 0, inFlight: 0 }

test('the handshake goes through, and then bytes both ways, also those that came early', async () => {
  const heads: string[] = []
  await using instance = await startEcho('welcome', heads)
  bed.put(order({ stable: at('v1', instance.port) }))
  using wire = await dial(bed.port)
  wire.say(`${handshake}early`)
  const head = await wire.until('early')
  expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n/)
  expect(head).toContain(`Sec-WebSocket-Accept: ${accept}\r\n`)
  expect(head.match(/^(connection|upgrade): .*$/gim)).toEqual(['connection: Upgrade', 'upgrade: websocket'])
  expect(head).toMatch(/\r\n\r\nwelcomeearly$/)
  wire.say('\x00\xff later\r\n\r\n')
  wire.say('GET  / odd\r\n')
  await wire.until('\x00\xff later\r\n\r\nGET  / odd\r\n')
  expect(heads).toContain('x-forwarded-for')
  expect(counts()).toEqual({ ...one, inFlight: 1 })
})

test('megabytes come back as they were', async () => {
  await using instance = await startEcho()
  bed.put(order({ stable: at('v1', instance.port) }))
  using wire = await opened()
  const text = Array.from({ length: 300_000 }, (_, index) => String(index)).join()
  wire.say(text)
  const heard = await wire.until(text.slice(-20))
  expect(heard.endsWith(text)).toBe(true)
})

test('the end of either side ends the other, and the request is over', async () => {
  await using instance = await startEcho()
  bed.put(order({ stable: at('v1', instance.port) }))
  using wire = await opened()
  wire.socket.end()
  await wire.ended()
  await expect.poll(counts).toEqual(one)
  using other = await opened()
  instance.connections.at(-1)?.resetAndDestroy()
  await other.ended()
  await expect.poll(counts).toEqual({ ...one, requests: 2 })
  using third = await opened()
  third.socket.resetAndDestroy()
  await expect.poll(() => instance.connections.at(-1)?.destroyed).toBe(true)
  await expect.poll(counts).toEqual({ ...one, requests: 3 })
})

describe('a side that does not close', () => {
  /** A tunnel between two pairs of pipes, whose far ends are the test's. */
  const pipes = () => {
    const [client, browser] = duplexPair()
    const [upstream, app] = duplexPair()
    let closings = 0
    const closed = (): void => {
      closings += 1
    }
    const tunnel = openTunnel({ client, upstream, closed })
    return { client, browser: browser.resume(), app: app.resume(), tunnel, closings: () => closings }
  }
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())
  const settled = () => new Promise((resolve) => setImmediate(resolve))

  test('after the other has ended: it can say its last words for a while', async () => {
    const { browser, app, closings } = pipes()
    let heard = ''
    browser.on('data', (chunk) => (heard += String(chunk)))
    browser.end()
    await settled()
    app.write('last words')
    await settled()
    vi.advanceTimersByTime(9_999)
    await settled()
    expect([heard, closings()]).toEqual(['last words', 0])
    vi.advanceTimersByTime(1)
    await settled()
    expect(closings()).toBe(1)
  })

  test('after the other has broken off', async () => {
    const { client, closings } = pipes()
    client.destroy()
    await settled()
    vi.advanceTimersByTime(10_000)
    await settled()
    expect(closings()).toBe(1)
  })

  test('after it was told to go: a second', async () => {
    const { browser, tunnel, closings } = pipes()
    tunnel.goAway()
    vi.advanceTimersByTime(500)
    browser.end()
    await settled()
    vi.advanceTimersByTime(499)
    await settled()
    expect(closings()).toBe(0)
    vi.advanceTimersByTime(1)
    await settled()
    expect(closings()).toBe(1)
  })
})

test('one that is cut says 1001 to both sides, and is not bad', async () => {
  const heard: string[] = []
  await using instance = await startEcho('', [], heard)
  bed.put(order({ stable: at('v1', instance.port) }))
  using wire = await opened()
  bed.put(order({ fence: fence(2, 1), stable: at('v2', instance.port) }))
  const { heard: all, reset } = await wire.ended()
  expect(all.endsWith('\r\n\r\n\x88\x02\x03\xe9')).toBe(true)
  expect(reset).toBe(false)
  await expect.poll(() => heard).toEqual(['\x88\x82\x00\x00\x00\x00\x03\xe9'])
  expect(counts()).toEqual({ ...one, cut: 1 })
})

test('one on a release that drains stays, and new ones go elsewhere', async () => {
  await using old = await startEcho('I am v1')
  await using fresh = await startEcho('I am v2')
  bed.put(order({ stable: at('v1', old.port) }))
  using wire = await opened()
  bed.put(order({ fence: fence(2, 1), stable: at('v2', fresh.port), draining: [at('v1', old.port)] }))
  using other = await opened()
  await other.until('I am v2')
  wire.say('still here')
  await wire.until('still here')
  expect(counts()).toEqual({ ...one, inFlight: 1 })
})

test('a refusal is an answer like any other, and ends the connection', async () => {
  await using instance = await startRawInstance((_, socket) => {
    socket.write('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 2\r\n\r\nno')
  })
  bed.put(order({ stable: at('v1', instance.port) }))
  using wire = await dial(bed.port)
  wire.say(handshake)
  const { heard } = await wire.ended()
  expect(heard).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n.*connection: close\r\n.*\r\nno$/is)
  expect(counts()).toEqual(one)
})

test('what the edge answers by itself it also answers here', async () => {
  bed.put(order({ stable: at('v1', await deafPort()) }))
  using wire = await dial(bed.port)
  wire.say(handshake)
  expect((await wire.ended()).heard).toMatch(/^HTTP\/1\.1 502 /)
  using odd = await dial(bed.port)
  odd.say(handshake.replace('Host: a\r\n', ''))
  expect((await odd.ended()).heard).toMatch(/^HTTP\/1\.1 400 /)
  expect(counts()).toEqual({ ...one, bad: 1 })
})

test('nobody switches while an earlier answer is due', async () => {
  await using instance = await startInstance(() => {})
  bed.put(order({ stable: at('v1', instance.port) }))
  using wire = await dial(bed.port)
  wire.say(`GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${handshake}`)
  expect((await wire.ended()).heard).toBe('')
  await expect.poll(counts).toEqual({ ...one, aborted: 1 })
})

test.each([
  ['another protocol', handshake.replace('WebSocket', 'h2c').replace('Upgrade\r\n', 'Upgrade, HTTP2-Settings\r\n')],
  ['a POST', handshake.replace('GET', 'POST')],
  ['a body', `${handshake.replace('Host: a\r\n', 'Host: a\r\nContent-Length: 4\r\n')}body`],
])('a wish for %s is not passed on: it is a request', async (_, text) => {
  await using instance = await startInstance((request, response) => {
    response.write(JSON.stringify(request.headers))
    request.on('data', (chunk) => response.write(chunk)).on('end', () => response.end('over'))
  })
  bed.put(order({ stable: at('v1', instance.port) }))
  using wire = await dial(bed.port)
  wire.say(text)
  const heard = await wire.until('over')
  expect(heard).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  expect(heard).not.toContain('"upgrade"')
  expect(heard.includes('body')).toBe(text.endsWith('body'))
  wire.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await expect.poll(() => instance.requests.length).toBe(2)
})

test('a switch to something else than was asked for is no switch', async () => {
  await using instance = await startRawInstance((_, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nUpgrade: h2c\r\nConnection: upgrade\r\nContent-Length: 2\r\n\r\nok')
  })
  bed.put(order({ stable: at('v1', instance.port) }))
  using wire = await dial(bed.port)
  wire.say(handshake)
  expect((await wire.ended()).heard).toMatch(/^HTTP\/1\.1 200 OK\r\n.*ok$/s)
})
