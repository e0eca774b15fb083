// Every way in which a request can go on and end, over real sockets: what the client sees, what the instance sees, and how
// it is counted.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { Agent } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, dial, talk } from '../../test-bed/client.ts'
import type { EdgeBed } from '../../test-bed/edge-bed.ts'
import { openEdgeBed } from '../../test-bed/edge-bed.ts'
import { deafPort, startInstance, startRawInstance } from '../../test-bed/instance.ts'
import { at, fence, order } from '../../test-bed/order.ts'

let bed: EdgeBed
beforeEach(async () => {
  bed = await openEdgeBed({ headTimeoutMs: 700 })
})
afterEach(() => bed[Symbol.asyncDispose]())

const serve = (...ports: readonly number[]): void => bed.put(order({ stable: at('v1', ...ports) }))
const counts = () => {
  const { requests, bad, aborted, cut, inFlight } = bed.release('v1')
  return { requests, bad, aborted, cut, inFlight }
}
const one = { requests: 1, bad: 0, aborted: 0, cut: 0, inFlight: 0 }
const close = 'HTTP/1.1 200 OK\r\nConnection: close\r\n'

/** A raw instance that says this to whatever it hears; the text, and then the end of the connection. */
const saying = (text: string, end = false) =>
  startRawInstance((_, socket) => {
    socket.write(text, 'latin1')
    if (end) socket.end()
  })

describe('what goes through', () => {
  test('status, reason, fields in their order and spelling, and the body', async () => {
    await using instance = await saying(
      'HTTP/1.1 418 Short And Stout\r\nX-B: 1\r\nx-a: \xe9\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 3\r\n\r\ntea',
    )
    serve(instance.port)
    const answer = await ask(bed.port)
    expect([answer.status, answer.reason, answer.body]).toEqual([418, 'Short And Stout', 'tea'])
    expect(answer.rawHeaders.slice(0, 10)).toEqual([
      ...['X-B', '1', 'x-a', 'é', 'Set-Cookie', 'a', 'Set-Cookie', 'b', 'Content-Length', '3'],
    ])
    expect(counts()).toEqual(one)
  })

  test('a reason in UTF-8', async () => {
    await using instance = await saying('HTTP/1.1 200 \xe2\x82\xac\r\nContent-Length: 0\r\n\r\n')
    serve(instance.port)
    expect(Buffer.from((await ask(bed.port)).reason, 'latin1').toString('utf8')).toBe('€')
  })

  test('a head: the instance sees the client, and nothing that was meant for the edge', async () => {
    await using instance = await startInstance((request, response) => response.end(JSON.stringify(request.rawHeaders)))
    serve(instance.port)
    const { body } = await ask(bed.port, {
      headers: {
        Host: 'shop.example',
        'X-Own': '1',
        Connection: 'X-Own',
        'X-Forwarded-For': '6.6.6.6',
        TE: 'trailers',
      },
    })
    const seen: string[] = JSON.parse(body)
    expect(seen.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase())).toEqual([
      ...[
        'host',
        'connection',
        'te',
        'x-forwarded-for',
        'x-forwarded-proto',
        'x-forwarded-host',
        'x-real-ip',
        'forwarded',
      ],
    ])
    expect(seen[seen.indexOf('x-forwarded-for') + 1]).toBe('127.0.0.1')
    expect(seen[1]).toBe('shop.example')
  })

  test('bodies in chunks, both ways, of any size', async () => {
    await using instance = await startInstance((request, response) => request.pipe(response))
    serve(instance.port)
    const body = 'äöü€'.repeat(100_000)
    const answer = await ask(bed.port, { method: 'POST', body, headers: { 'transfer-encoding': 'chunked' } })
    expect(answer.body === body).toBe(true)
    const withLength = await ask(bed.port, {
      ...{ method: 'PUT', body, headers: { 'content-length': `${Buffer.byteLength(body)}` } },
    })
    expect(withLength.body === body).toBe(true)
    expect((await ask(bed.port, { method: 'GET', body: 'of a GET' })).body).toBe('of a GET')
    expect((await ask(bed.port, { method: 'DELETE', body: 'of a DELETE' })).body).toBe('of a DELETE')
    expect((await ask(bed.port, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } })).body).toBe('')
  })

  test('a POST without a body has a length of 0', async () => {
    await using instance = await startInstance((request, response) => response.end(request.headers['content-length']))
    serve(instance.port)
    expect((await ask(bed.port, { method: 'POST' })).body).toBe('0')
  })

  test('connections are kept on both sides', async () => {
    await using instance = await startInstance()
    serve(instance.port)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let index = 0; index < 5; index += 1) expect((await ask(bed.port, { agent })).body).toBe('hello')
    agent.destroy()
    expect(instance.connections.length).toBe(1)
    expect(counts()).toEqual({ ...one, requests: 5 })
  })

  test.each([
    ['HEAD', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n'],
    ['HEAD of an answer in chunks', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n'],
    ['204', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n'],
    ['304', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n'],
    ['304 with chunks', 'GET', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n'],
  ])('%s has no body, and the next answer is read right', async (_, method, text) => {
    await using instance = await startRawInstance((head, socket) => {
      socket.write(head.includes('/next') ? 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext' : text)
    })
    serve(instance.port)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const answer = await ask(bed.port, { method, agent })
    expect([answer.status, answer.body]).toEqual([Number(text.slice(9, 12)), ''])
    if (text.includes('1000')) expect(answer.headers['content-length']).toBe('1000')
    expect((await ask(bed.port, { path: '/next', agent })).body).toBe('next')
    agent.destroy()
    expect(counts()).toEqual({ ...one, requests: 2 })
  })

  test('an answer that ends with its connection', async () => {
    await using instance = await saying('HTTP/1.1 200 OK\r\n\r\nuntil the end', true)
    serve(instance.port)
    expect((await ask(bed.port)).body).toBe('until the end')
    expect(await talk(bed.port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/\r\n\r\nuntil the end$/)
    expect(counts()).toEqual({ ...one, requests: 2 })
  })

  test('hints before the answer, however many; they are not counted', async () => {
    const hint = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nX-Hint: 1\r\n\r\n'
    await using instance = await saying(
      `${hint}HTTP/1.1 102 Processing\r\n\r\n${hint}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`,
    )
    serve(instance.port)
    const heard = await talk(bed.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(heard.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 103', 'HTTP/1.1 103', 'HTTP/1.1 200'])
    expect(heard).toContain('Link: </a.css>; rel=preload\r\n')
    expect(heard).toMatch(/\r\n\r\nok$/)
    expect(await talk(bed.port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /)
    expect(counts()).toEqual({ ...one, requests: 2 })
  })

  test('hints that Node would not send are left out, and the answer is whole', async () => {
    await using instance = await saying(
      'HTTP/1.1 103 Early Hints\r\nLink: odd\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    )
    serve(instance.port)
    expect((await ask(bed.port)).body).toBe('ok')
  })

  test('trailers of an answer, never among its fields', async () => {
    await using instance = await startInstance((_, response) => {
      response.writeHead(200, { trailer: 'X-Sum' })
      response.write('body')
      response.addTrailers({ 'X-Sum': '42' })
      response.end()
    })
    serve(instance.port)
    const answer = await ask(bed.port)
    expect(answer.body).toBe('body')
    expect(answer.trailers['x-sum']).toBe('42')
    expect(answer.headers['x-sum']).toBeUndefined()
    expect(await talk(bed.port, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/\r\n\r\nbody$/)
  })

  test('Expect: 100-continue is answered once, then the one answer', async () => {
    await using instance = await startInstance((request, response) => {
      expect(request.headers.expect).toBeUndefined()
      request.pipe(response)
    })
    serve(instance.port)
    using wire = await dial(bed.port)
    wire.say('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n')
    await wire.until('HTTP/1.1 100 Continue\r\n\r\n')
    wire.say('body')
    const heard = await wire.until('body')
    expect(heard.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 200'])
    expect(counts()).toEqual(one)
  })

  test('events arrive one by one, the head before the first', async () => {
    const opened = Promise.withResolvers<ServerResponse>()
    await using instance = await startInstance((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      opened.resolve(response)
    })
    serve(instance.port)
    using wire = await dial(bed.port)
    wire.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.until('text/event-stream')
    const response = await opened.promise
    for (const event of ['one', 'two', 'three']) {
      response.write(`data: ${event}\n\n`)
      await wire.until(`data: ${event}\n\n`)
    }
    expect(counts()).toEqual({ ...one, inFlight: 1 })
    response.end()
    await wire.until('\r\n0\r\n\r\n')
    expect(counts()).toEqual(one)
  })

  test('an answer before the body was sent: it is passed on, and the connection stays in step', async () => {
    await using instance = await startInstance((_, response) => {
      response.writeHead(413, { connection: 'close' }).end('too much')
    })
    serve(instance.port)
    using wire = await dial(bed.port)
    wire.say('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\nbegin')
    await wire.until('too much')
    wire.say('x'.repeat(200_000 - 5))
    wire.say('GET /next HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(wire.heard()).toContain('413 Payload Too Large')
    await expect.poll(() => instance.requests).toEqual(['POST /', 'GET /next'])
    expect(counts().bad).toBe(0)
  })
})

const reset = (socket: Socket): void => void socket.resetAndDestroy()

describe('what goes wrong at an instance', () => {
  test.each([
    ['ends', (socket: Socket) => void socket.end()],
    ['is reset', reset],
  ])('an answer with a length that %s early: bad, and the client sees no end', async (_, breakOff) => {
    await using instance = await startRawInstance((_head, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () => breakOff(socket))
    })
    serve(instance.port)
    await expect(ask(bed.port)).rejects.toThrow('aborted')
    expect(counts()).toEqual({ ...one, bad: 1 })
  })

  test.each([
    ['ends', (socket: Socket) => void socket.end()],
    ['is reset', reset],
  ])('an answer in chunks that %s early: bad, and nobody says that it is whole', async (_, breakOff) => {
    await using instance = await startRawInstance((_head, socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', () => breakOff(socket))
    })
    serve(instance.port)
    using wire = await dial(bed.port)
    wire.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    const { heard } = await wire.ended()
    expect(heard).toContain('half')
    expect(heard).not.toContain('\r\n0\r\n')
    using old = await dial(bed.port)
    old.say('GET / HTTP/1.0\r\n\r\n')
    expect((await old.ended()).reset).toBe(true)
    expect(counts()).toEqual({ ...one, requests: 2, bad: 2 })
  })

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH\r\n\r\n'],
    ['an encoding that cannot be passed on', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    [
      'a length and an encoding',
      `${close}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n`,
    ],
    ['two lengths', `${close}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
    ['a length that is none', `${close}Content-Length: 3x\r\n\r\nabc`],
    ['a folded field', `${close}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
    ['a control character in a field', `${close}X: a\x01b\r\nContent-Length: 0\r\n\r\n`],
    ['a switch that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
    ['a head that is too long', `${close}X: ${'x'.repeat(70_000)}\r\nContent-Length: 0\r\n\r\n`],
    ['nothing', ''],
  ])('%s for an answer: 502, bad', async (_, text) => {
    await using instance = await saying(text, true)
    serve(instance.port)
    const answer = await ask(bed.port)
    expect([answer.status, answer.body]).toEqual([502, 'humdrum: the release did not answer\n'])
    expect(counts()).toEqual({ ...one, bad: 1 })
  })

  test('no head in time: 504, bad, and its connection is given up', async () => {
    await using instance = await saying('')
    serve(instance.port)
    expect((await ask(bed.port)).status).toBe(504)
    expect(counts()).toEqual({ ...one, bad: 1 })
    await expect.poll(() => instance.connections[0]?.destroyed).toBe(true)
  })

  test('5xx is passed on as it is, and bad from its head on', async () => {
    const opened = Promise.withResolvers<ServerResponse>()
    await using instance = await startInstance((_, response) => {
      response.writeHead(503, { 'x-own': '1' }).write('sorry')
      opened.resolve(response)
    })
    serve(instance.port)
    const asked = ask(bed.port)
    const response = await opened.promise
    await expect.poll(counts).toEqual({ ...one, bad: 1, inFlight: 1 })
    response.end()
    const answer = await asked
    expect([answer.status, answer.headers['x-own'], answer.body]).toEqual([503, '1', 'sorry'])
    expect(counts()).toEqual({ ...one, bad: 1 })
  })

  test('an instance that breaks off while a body is sent: 502, not sent again, and the connection stays in step', async () => {
    await using instance = await startRawInstance((head, socket) => {
      if (head.startsWith('POST')) setTimeout(reset, 20, socket)
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext')
    })
    serve(instance.port)
    using wire = await dial(bed.port)
    wire.say('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\nbegin')
    await wire.until('502 Bad Gateway')
    wire.say(`${'x'.repeat(300_000 - 5)}GET / HTTP/1.1\r\nHost: a\r\n\r\n`)
    await wire.until('next')
    expect(instance.connections.length).toBe(2)
    expect(counts()).toEqual({ ...one, requests: 2, bad: 1 })
  })
})

describe('another instance, another connection', () => {
  test('one that refuses is passed over, whatever the method, and for a second not asked again', async () => {
    const clock = { nowMs: 0 }
    await using other = await openEdgeBed({ monotonicMs: () => clock.nowMs })
    await using instance = await startInstance((request, response) => request.pipe(response))
    other.put(order({ stable: at('v1', await deafPort(), instance.port) }))
    for (let index = 0; index < 6; index += 1)
      expect((await ask(other.port, { method: 'POST', body: `${index}` })).body).toBe(`${index}`)
    expect(other.release('v1').bad).toBe(0)
    expect(instance.requests.length).toBe(6)
  })

  test('when all refuse: one 502, one count; and they are tried again at the next request', async () => {
    const port = await deafPort()
    serve(port, await deafPort())
    const answer = await ask(bed.port)
    expect([answer.status, answer.body]).toEqual([502, 'humdrum: no instance of the release accepts connections\n'])
    expect(counts()).toEqual({ ...one, bad: 1 })
    await using instance = await startInstance()
    serve(port, instance.port)
    expect((await ask(bed.port)).body).toBe('hello')
  })

  test('a body that nobody takes does not block the connection', async () => {
    serve(await deafPort())
    using wire = await dial(bed.port)
    wire.say(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n${'x'.repeat(200_000)}`)
    await wire.until('502 Bad Gateway')
    await using instance = await startInstance()
    serve(instance.port)
    wire.say(`${'x'.repeat(100_000)}GET / HTTP/1.1\r\nHost: a\r\n\r\n`)
    await wire.until('hello')
  })

  test('the instance with the fewest requests in flight is asked', async () => {
    const held: ServerResponse[] = []
    await using slow = await startInstance((_, response) => held.push(response))
    serve(slow.port)
    const asked = ask(bed.port)
    await expect.poll(() => held.length).toBe(1)
    await using idle = await startInstance()
    serve(slow.port, idle.port)
    for (let count = 0; count < 5; count += 1) expect((await ask(bed.port)).body).toBe('hello')
    for (const response of held) response.end('late')
    expect((await asked).body).toBe('late')
  })

  /** Answers the first request of a connection; hears the second and ends. */
  const closingAtSecond = (heard: string[]) => {
    const seen = new WeakSet<Socket>()
    return startRawInstance((head, socket) => {
      heard.push(head.split(' ')[0] ?? '')
      if (seen.has(socket)) socket.end()
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      seen.add(socket)
    })
  }

  test('a GET on a connection that was just closed goes out once more over a new one', async () => {
    const heard: string[] = []
    await using instance = await closingAtSecond(heard)
    serve(instance.port)
    for (let index = 0; index < 2; index += 1) expect((await ask(bed.port)).body).toBe('ok')
    expect(heard).toEqual(['GET', 'GET', 'GET'])
    expect(counts()).toEqual({ ...one, requests: 2 })
  })

  test('over a new one, not over another that may be closed as well', async () => {
    const heard: string[] = []
    await using instance = await closingAtSecond(heard)
    serve(instance.port)
    await Promise.all([ask(bed.port), ask(bed.port), ask(bed.port)])
    expect(instance.connections.length).toBe(3)
    expect((await ask(bed.port)).body).toBe('ok')
    expect(instance.connections.length).toBe(4)
  })

  test.each(['POST', 'PUT', 'DELETE', 'PATCH'])('a %s does not', async (method) => {
    const heard: string[] = []
    await using instance = await closingAtSecond(heard)
    serve(instance.port)
    expect((await ask(bed.port)).body).toBe('ok')
    expect((await ask(bed.port, { method })).status).toBe(502)
    expect(heard).toEqual(['GET', method])
    expect(counts()).toEqual({ ...one, requests: 2, bad: 1 })
  })

  test('nor a GET with a body, one whose answer had begun, one on a new connection, or one that was repeated', async () => {
    const heard: string[] = []
    await using instance = await closingAtSecond(heard)
    serve(instance.port)
    await ask(bed.port)
    expect((await ask(bed.port, { body: 'x' })).status).toBe(502)
    expect(heard).toEqual(['GET', 'GET'])

    let begun = 0
    await using beginning = await startRawInstance((_, socket) => {
      begun += 1
      if (begun === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      else socket.end('HTTP/1.1 200 O')
    })
    serve(beginning.port)
    await ask(bed.port)
    expect((await ask(bed.port)).status).toBe(502)
    expect(begun).toBe(2)

    let closed = 0
    await using closing = await startRawInstance((_, socket) => {
      closed += 1
      if (closed === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      else socket.end()
    })
    serve(closing.port)
    await ask(bed.port)
    expect((await ask(bed.port)).status).toBe(502)
    expect(closed).toBe(3)
    expect((await ask(bed.port)).status).toBe(502)
    expect(closed).toBe(4)
  })
})

describe('a client that leaves', () => {
  test('before the answer: the instance is told, and it is not bad', async () => {
    const told = Promise.withResolvers<void>()
    await using instance = await startInstance((request) => request.once('close', told.resolve))
    serve(instance.port)
    using wire = await dial(bed.port)
    wire.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await expect.poll(() => instance.requests.length).toBe(1)
    wire.socket.destroy()
    await told.promise
    expect(counts()).toEqual({ ...one, aborted: 1 })
    expect(bed.release('v1').latency.length).toBe(1)
  })

  test('in the middle of the answer', async () => {
    const told = Promise.withResolvers<void>()
    await using instance = await startInstance((_, response) => {
      response.write('half')
      response.once('close', told.resolve)
    })
    serve(instance.port)
    using wire = await dial(bed.port)
    wire.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.until('half')
    wire.socket.resetAndDestroy()
    await told.promise
    expect(counts()).toEqual({ ...one, aborted: 1 })
  })

  test('in the middle of its body: the instance never takes it for the end', async () => {
    const ended: string[] = []
    const told = Promise.withResolvers<void>()
    await using instance = await startInstance((request) => {
      request.on('end', () => ended.push('end'))
      request.on('error', () => told.resolve())
      request.resume()
    })
    serve(instance.port)
    using wire = await dial(bed.port)
    wire.say('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n')
    await expect.poll(() => instance.requests.length).toBe(1)
    wire.socket.destroy()
    await told.promise
    expect(ended).toEqual([])
    expect(counts()).toEqual({ ...one, aborted: 1 })
  })
})

test('what a release that is taken away has in flight is cut: not bad, not whole, and nobody else is touched', async () => {
  const told = Promise.withResolvers<void>()
  await using instance = await startInstance((_, response) => {
    response.once('close', told.resolve)
    response.write('half')
  })
  await using other = await startInstance()
  serve(instance.port)
  using wire = await dial(bed.port)
  wire.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await wire.until('half')
  bed.put(order({ fence: fence(2, 1), stable: at('v2', other.port) }))
  await told.promise
  expect((await wire.ended()).heard).not.toContain('\r\n0\r\n')
  expect(counts()).toEqual({ ...one, cut: 1 })
  expect((await ask(bed.port)).body).toBe('hello')
  expect(bed.release('v2')).toMatchObject({ requests: 1, bad: 0, cut: 0 })
})

/** Resolves when a number has not changed for a while. */
const standsStill = async (now: () => number): Promise<void> => {
  for (let [last, same] = [-1, 0]; same < 3; last = now()) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    same = now() === last ? same + 1 : 0
  }
}

describe('bounded memory', () => {
  test('a client that does not read stops the instance, and then gets all of it', async () => {
    const bytes = 64 * 1_048_576
    let sent = 0
    await using instance = await startInstance((_, response) => {
      const chunk = Buffer.alloc(65_536, 'x')
      const more = (): void => {
        while (sent < bytes) {
          sent += chunk.length
          if (!response.write(chunk)) return void response.once('drain', more)
        }
        response.end()
      }
      more()
    })
    serve(instance.port)
    using wire = await dial(bed.port)
    wire.socket.pause()
    wire.say('GET / HTTP/1.0\r\n\r\n')
    await standsStill(() => sent)
    expect(sent).toBeLessThan(bytes / 2)
    let received = 0
    wire.socket.removeAllListeners('data')
    wire.socket.on('data', (chunk) => {
      received += chunk.length
    })
    wire.socket.resume()
    await once(wire.socket, 'close')
    expect(received).toBeGreaterThan(bytes)
    expect(counts()).toEqual(one)
  })

  test('an instance that does not read stops the client', async () => {
    const opened = Promise.withResolvers<Socket>()
    await using instance = await startRawInstance((_, socket) => {
      socket.pause()
      opened.resolve(socket)
    })
    serve(instance.port)
    using wire = await dial(bed.port)
    const chunk = 'x'.repeat(65_536)
    wire.say(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${64 * 1_048_576}\r\n\r\n${chunk}`)
    await opened.promise
    let sent = chunk.length
    const more = (): void => {
      while (sent < 64 * 1_048_576) {
        sent += chunk.length
        if (!wire.socket.write(chunk)) return void wire.socket.once('drain', more)
      }
    }
    more()
    await standsStill(() => sent)
    expect(sent).toBeLessThan(32 * 1_048_576)
  })
})
