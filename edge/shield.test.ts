// Requests that fail on the candidate, over real sockets: which of them stable answers, what the client sees, and how they
// are counted.
import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, dial } from './test-bed/client.ts'
import type { EdgeBed } from './test-bed/edge-bed.ts'
import { openEdgeBed } from './test-bed/edge-bed.ts'
import type { Instance } from './test-bed/instance.ts'
import { deafPort, startInstance, startRawInstance } from './test-bed/instance.ts'
import { at, granted, judged, order } from './test-bed/order.ts'

const [toCandidate, toStable] = [0, 2 ** 32 - 1]
let bed: EdgeBed
let stable: Instance
let [roll, shiftMs] = [toCandidate, 0]

beforeEach(async () => {
  ;[roll, shiftMs] = [toCandidate, 0]
  const monotonicMs = () => performance.now() + shiftMs
  bed = await openEdgeBed({ random: () => roll, monotonicMs, headTimeoutMs: 700 })
  stable = await saying('v1')
})
afterEach(async () => {
  await bed[Symbol.asyncDispose]()
  await stable[Symbol.asyncDispose]()
})

const saying = (text: string) =>
  startInstance((request, response) => {
    response.setHeader('x-method', request.method ?? '')
    response.end(text)
  })
const failing: RequestListener = (_, response) => response.writeHead(500).end('no')

/** Every request goes to the candidate, until `roll` says otherwise. */
const expose = (port: number, changes: Readonly<Record<string, unknown>> = {}): void =>
  bed.put(
    order({
      ...{ stable: at('v1', stable.port), candidate: at('v2', port), grant: granted(0.5), judge: judged(1e9) },
      ...changes,
    }),
  )

const counts = (version: string) => {
  const { requests, bad, aborted, inFlight, rescued } = bed.release(version)
  return { requests, bad, aborted, inFlight, rescued }
}
const none = { requests: 0, bad: 0, aborted: 0, inFlight: 0, rescued: 0 }
const one = { ...none, requests: 1 }

/** It failed on the candidate, once, and stable answered; nobody says anything about stable. */
const expectRescued = (): void => {
  expect([counts('v2'), counts('v1')]).toEqual([{ ...one, bad: 1, rescued: 1 }, one])
  expect(bed.report()).toMatchObject({
    rescued: 1,
    judge: { errors: { candidate: { requests: 1, bad: 1 }, stable: { requests: 0, bad: 0 } } },
  })
}

/** It failed on the candidate, and that is all. */
const expectFailed = (): void => {
  expect([counts('v2'), counts('v1')]).toEqual([{ ...one, bad: 1 }, none])
  expect([bed.report().rescued, bed.report().judge?.errors.candidate.bad]).toEqual([0, 1])
}

/** Asked as long as stable answers in place of a candidate: how often that was. */
const rescuesInARow = async (): Promise<number> => {
  for (let count = 0; ; count += 1) if ((await ask(bed.port)).status !== 200) return count
}

const answeredByStable = async (count: number): Promise<void> => {
  roll = toStable
  for (let asked = 0; asked < count; asked += 1)
    expect((await ask(bed.port)).headers['humdrum-rescued']).toBeUndefined()
  roll = toCandidate
}

describe('a candidate that cannot be reached', () => {
  test('refuses: stable answers, it is said, and the candidate alone has failed', async () => {
    expose(await deafPort())
    const { status, body, headers } = await ask(bed.port)
    expect([status, body, headers['humdrum-rescued']]).toEqual([200, 'v1', 'v2'])
    expectRescued()
  })

  test.each([
    ['is reset', (socket: Socket) => void socket.resetAndDestroy()],
    ['ends', (socket: Socket) => void socket.end()],
  ])('%s before the first byte: stable answers, whatever safe method it is', async (_, breakOff) => {
    await using candidate = await startRawInstance((_head, socket) => breakOff(socket))
    expose(candidate.port)
    for (const method of ['HEAD', 'OPTIONS', 'GET']) {
      const { status, headers, body } = await ask(bed.port, { method })
      expect([status, headers['humdrum-rescued'], headers['x-method']]).toEqual([200, 'v2', method])
      expect(body).toBe(method === 'HEAD' ? '' : 'v1')
    }
    expect([counts('v2').bad, bed.report().rescued]).toEqual([3, 3])
  })

  test('one instance of two: the other is asked, and nothing has failed', async () => {
    await using candidate = await saying('v2')
    expose(candidate.port, { candidate: at('v2', await deafPort(), candidate.port) })
    for (let count = 0; count < 4; count += 1) expect((await ask(bed.port)).body).toBe('v2')
    expect([counts('v2').bad, counts('v1')]).toEqual([0, none])
  })

  test.each([
    ['a POST', { method: 'POST', body: 'x' }],
    ['a POST without a body', { method: 'POST' }],
    ['a DELETE', { method: 'DELETE' }],
    ['a GET with a body', { body: 'x' }],
    ['an OPTIONS with a body', { method: 'OPTIONS', body: 'x' }],
    [
      'a switch of protocols',
      {
        headers: {
          connection: 'upgrade',
          upgrade: 'websocket',
          'sec-websocket-key': 'eA==',
          'sec-websocket-version': '13',
        },
      },
    ],
  ])('%s is not for stable', async (_, question) => {
    expose(await deafPort())
    const { status, headers } = await ask(bed.port, question)
    expect([status, headers['humdrum-rescued']]).toEqual([502, undefined])
    expectFailed()
    expect(stable.requests).toEqual([])
  })

  test.each([
    ['began to answer', 'HTTP/1.1 200 O', 502],
    ['gave a hint', 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n', 502],
    ['says what is no answer', 'SSH-2.0-OpenSSH\r\n\r\n', 502],
  ])('one that %s and broke off was reached', async (_, text, status) => {
    await using candidate = await startRawInstance((_head, socket) => void socket.end(text))
    expose(candidate.port, { shield: '5xx' })
    expect((await ask(bed.port)).status).toBe(status)
    expectFailed()
  })

  test('one that breaks off in the middle of its answer was reached: the client sees no end', async () => {
    await using candidate = await startRawInstance((_head, socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
    })
    expose(candidate.port, { shield: '5xx' })
    await expect(ask(bed.port)).rejects.toThrow('aborted')
    expectFailed()
  })

  test('one that is silent for too long may have been reached: 504', async () => {
    await using candidate = await startRawInstance(() => {})
    expose(candidate.port, { shield: '5xx' })
    expect((await ask(bed.port)).status).toBe(504)
    expectFailed()
  })

  test('is taken out by requests that nobody saw fail, the decisive one among them', async () => {
    expose(await deafPort(), { judge: judged() })
    await answeredByStable(300)
    let failed = 0
    for (; bed.report().trip === null; failed += 1) expect((await ask(bed.port)).headers['humdrum-rescued']).toBe('v2')
    expect(failed).toBeGreaterThan(2)
    const { trip, weight, rescued } = bed.report()
    expect([trip?.candidate, weight, rescued]).toEqual([{ requests: failed, bad: failed }, 0, failed])
    expect(counts('v1')).toEqual({ ...none, requests: 300 + failed })
    expect((await ask(bed.port)).headers['humdrum-rescued']).toBeUndefined()
  })

  test('with the shield off: 502', async () => {
    expose(await deafPort(), { shield: 'off' })
    expect((await ask(bed.port)).status).toBe(502)
    expectFailed()
  })
})

describe('how often', () => {
  test('no more than 5 % of what stable answered in the last ten seconds, or three: then 502', async () => {
    expose(await deafPort())
    expect(await rescuesInARow()).toBe(3)
    await answeredByStable(100)
    expect(await rescuesInARow()).toBe(5 - 3)
    shiftMs += 10_000
    expect(await rescuesInARow()).toBe(3)
    expect(bed.report().rescued).toBe(8)
    expect(counts('v2')).toMatchObject({ bad: 8 + 3, rescued: 8 })
  })

  test('never while stable lacks an instance', async () => {
    expose(await deafPort(), { stable: { ...at('v1', stable.port), wanted: 2 } })
    expect((await ask(bed.port)).status).toBe(502)
    expectFailed()
  })

  test('never where there is no stable', async () => {
    expose(await deafPort(), { stable: null })
    expect([(await ask(bed.port)).status, counts('v2').bad]).toEqual([502, 1])
  })

  test('never for stable itself', async () => {
    await using candidate = await saying('v2')
    roll = toStable
    expose(candidate.port, { stable: at('v1', await deafPort()), shield: '5xx' })
    expect((await ask(bed.port)).status).toBe(502)
    expect([counts('v1'), counts('v2')]).toEqual([{ ...one, bad: 1 }, none])
  })
})

describe('a candidate that answers with 5xx', () => {
  test('is heard, unless the route asks for more', async () => {
    await using candidate = await startInstance(failing)
    expose(candidate.port)
    expect(await ask(bed.port)).toMatchObject({ status: 500, body: 'no' })
    expectFailed()
  })

  test.each(['GET', 'HEAD', 'OPTIONS'])('is not heard where the route asks for it: %s', async (method) => {
    await using candidate = await startInstance((_, response) => response.writeHead(503, { 'x-own': '1' }).end('no'))
    expose(candidate.port, { shield: '5xx' })
    const { status, headers, body } = await ask(bed.port, { method })
    expect([status, headers['humdrum-rescued'], headers['x-own']]).toEqual([200, 'v2', undefined])
    expect(body).toBe(method === 'HEAD' ? '' : 'v1')
    expectRescued()
  })

  test('includes one that cannot be reached', async () => {
    expose(await deafPort(), { shield: '5xx' })
    expect((await ask(bed.port)).body).toBe('v1')
    expectRescued()
  })

  test('is heard by a POST, and by everybody once stable stood in often enough', async () => {
    await using candidate = await startInstance(failing)
    expose(candidate.port, { shield: '5xx' })
    expect(await ask(bed.port, { method: 'POST' })).toMatchObject({ status: 500, body: 'no' })
    expect(await rescuesInARow()).toBe(3)
    expect(await ask(bed.port)).toMatchObject({ status: 500, body: 'no' })
  })

  test('is heard once something of it went out', async () => {
    await using candidate = await startRawInstance((_head, socket) => {
      socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n')
      socket.write('HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno')
    })
    expose(candidate.port, { shield: '5xx' })
    expect(await ask(bed.port)).toMatchObject({ status: 500, body: 'no' })
    expectFailed()
  })

  test.each([['in chunks'], ['with a length']])(
    'has a body that never ends, %s: it is given up, and the client stays in step',
    async (how) => {
      const length = how === 'in chunks' ? {} : { 'content-length': `${2 ** 40}` }
      await using candidate = await startInstance((_, response) => {
        response.writeHead(500, length)
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(65_536)));
          response.once('drain', more)
        }
        more()
      })
      expose(candidate.port, { shield: '5xx' })
      using wire = await dial(bed.port)
      wire.say('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
      await expect.poll(() => wire.heard().match(/v1/g)?.length).toBe(2)
      roll = toStable
      wire.say('POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n')
      const heard = await wire.until('x-method: POST')
      expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 200'])
      expect(heard).not.toContain('xxx')
      await expect.poll(() => candidate.connections.every((socket) => socket.destroyed)).toBe(true)
      expect(counts('v2')).toEqual({ ...none, requests: 2, bad: 2, rescued: 2 })
    },
  )
})

describe('the answer of stable', () => {
  const answering = async (handle: RequestListener): Promise<void> => {
    await stable[Symbol.asyncDispose]()
    stable = await startInstance(handle)
    expose(await deafPort())
  }

  test('comes piece by piece', async () => {
    const opened = Promise.withResolvers<ServerResponse>()
    await answering((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      opened.resolve(response)
    })
    using wire = await dial(bed.port)
    wire.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    const response = await opened.promise
    await wire.until('humdrum-rescued: v2\r\n')
    for (const event of ['one', 'two']) {
      response.write(`data: ${event}\n\n`)
      await wire.until(`data: ${event}\n\n`)
    }
    expect([counts('v2'), counts('v1')]).toEqual([
      { ...one, bad: 1, rescued: 1 },
      { ...one, inFlight: 1 },
    ])
    response.end()
    await wire.until('\r\n0\r\n\r\n')
    expectRescued()
  })

  test('that is an error as well has spared nobody anything: it is passed on, and nothing is said', async () => {
    await answering((_, response) => response.writeHead(503).end('neither'))
    const { status, body, headers } = await ask(bed.port)
    expect([status, body, headers['humdrum-rescued']]).toEqual([503, 'neither', undefined])
    expect([counts('v2'), counts('v1')]).toEqual([
      { ...one, bad: 1 },
      { ...one, bad: 1 },
    ])
    expect(bed.report()).toMatchObject({ rescued: 0, judge: { errors: { stable: { requests: 0 } } } })
  })

  test('that does not come is one 502', async () => {
    expose(await deafPort(), { stable: at('v1', await deafPort()) })
    const { status, headers } = await ask(bed.port)
    expect([status, headers['humdrum-rescued']]).toEqual([502, undefined])
    expect([counts('v2'), counts('v1')]).toEqual([
      { ...one, bad: 1 },
      { ...one, bad: 1 },
    ])
  })

  test('is not waited for by a client that left: it has aborted at stable, and failed at the candidate', async () => {
    const told = Promise.withResolvers<void>()
    await answering((request) => request.once('close', told.resolve))
    using wire = await dial(bed.port)
    wire.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await expect.poll(() => stable.requests.length).toBe(1)
    wire.socket.destroy()
    await told.promise
    expect([counts('v2'), counts('v1')]).toEqual([
      { ...one, bad: 1 },
      { ...one, aborted: 1 },
    ])
    expect(bed.report().rescued).toBe(0)
  })

  test('is cut like every other when stable goes', async () => {
    await answering((_, response) => response.write('half'))
    using wire = await dial(bed.port)
    wire.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.until('half')
    await using next = await saying('v3')
    bed.put(order({ fence: { rollout: 2, generation: 1 }, stable: at('v3', next.port) }))
    expect((await wire.ended()).heard).not.toContain('\r\n0\r\n')
    expect(bed.release('v1')).toMatchObject({ requests: 1, bad: 0, cut: 1, inFlight: 0 })
  })
})

test('no app can say that it was rescued', async () => {
  await using candidate = await startInstance((request, response) => {
    response.writeHead(200, { 'Humdrum-Rescued': request.headers['humdrum-rescued'] ?? 'v9', 'x-own': '1' }).end('v2')
  })
  expose(candidate.port)
  const { headers } = await ask(bed.port, { headers: { 'humdrum-rescued': 'v8' } })
  expect([headers['x-own'], headers['humdrum-rescued']]).toEqual(['1', undefined])
})

test('a release may be called anything', async () => {
  expose(stable.port, { candidate: at('a b\r\nü', await deafPort()) })
  expect((await ask(bed.port)).headers['humdrum-rescued']).toBe('a%20b%0D%0A%C3%BC')
})
