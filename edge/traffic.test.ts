// The edge under traffic, in one process: what users get while a candidate comes, goes bad and goes, and that switching
// drops nothing. Counted at the instances.

import { readFileSync } from 'node:fs'
import type { RequestListener, ServerResponse } from 'node:http'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { usualErrors, usualLatency } from '@humdrum/core/analysis/metric.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { RouteState } from './route-state.ts'
import { ask, dial } from './test-bed/client.ts'
import type { EdgeBed } from './test-bed/edge-bed.ts'
import { openEdgeBed } from './test-bed/edge-bed.ts'
import { deafPort, startInstance, startRawInstance } from './test-bed/instance.ts'
import { at, fence, granted, judged, order } from './test-bed/order.ts'

let bed: EdgeBed
let agent: Agent
beforeEach(async () => {
  bed = await openEdgeBed()
  agent = new Agent({ keepAlive: true, maxSockets: 64 })
})
afterEach(async () => {
  agent.destroy()
  await bed[Symbol.asyncDispose]()
})

const failing: RequestListener = (_, response) => response.writeHead(500).end('no')

describe('the routes', () => {
  test('a host finds its app; an unknown one is told so', async () => {
    await using shop = await startInstance((_, response) => response.end('shop'))
    await using blog = await startInstance((_, response) => response.end('blog'))
    bed.put(order({ hosts: ['shop.example'], stable: at('v1', shop.port) }))
    expect((await ask(bed.port, { headers: { host: 'anything' } })).body).toBe('shop')
    bed.put(order({ app: 'blog', hosts: ['blog.example'], stable: at('v1', blog.port) }))
    for (const [host, body] of [
      ['SHOP.example:80', 'shop'],
      ['blog.example.', 'blog'],
    ] as const)
      expect((await ask(bed.port, { headers: { host } })).body).toBe(body)
    const unknown = await ask(bed.port, { headers: { host: 'x.example' }, method: 'POST', body: 'x' })
    expect([unknown.status, unknown.body]).toEqual([404, 'humdrum: no app is served for the host "x.example"\n'])
    expect(unknown.headers['content-type']).toBe('text/plain; charset=utf-8')
  })

  test('without a ready instance: 503, in words; the connection goes on', async () => {
    bed.put(order({ stable: at('v1') }))
    using wire = await dial(bed.port)
    wire.say('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcGET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await wire.until('humdrum: no instance of shop is ready\nHTTP/1.1 503 Service Unavailable')
  })
})

describe('a candidate that answers with errors', () => {
  const journey = async (stablePort: number, candidatePort: number) => {
    const route = { stable: at('v1', stablePort), candidate: at('v2', candidatePort), judge: judged() }
    bed.put(order({ ...route, grant: granted(0.5) }))
    const statuses: number[] = []
    while (bed.report().trip === null && statuses.length < 500) statuses.push((await ask(bed.port, { agent })).status)
    return { route, statuses }
  }

  test('is out at the very request that decides, and gets nothing more, whatever is granted', async () => {
    await using stable = await startInstance()
    await using candidate = await startInstance(failing)
    const { route, statuses } = await journey(stable.port, candidate.port)
    expect(statuses.at(-1)).toBe(500)
    expect(JSON.parse(readFileSync(join(bed.folder, 'table.json'), 'utf8'))).toMatchObject({
      entries: [{ trip: { metric: 'errors' } }],
    })
    const { trip, weight } = bed.report()
    expect(weight).toBe(0)
    expect(trip).toMatchObject({ rule: 'evidence', candidate: { requests: candidate.requests.length } })
    expect(trip?.decisiveToZeroMs).toBeGreaterThanOrEqual(0)
    const seen = candidate.requests.length
    expect(statuses.filter((status) => status === 500).length).toBe(seen)
    bed.put(order({ ...route, fence: fence(1, 2), grant: granted(1) }))
    for (let count = 0; count < 100; count += 1) expect((await ask(bed.port, { agent })).status).toBe(200)
    expect(candidate.requests.length).toBe(seen)
  })

  test('is out also when it accepts no connection, or breaks off', async () => {
    await using stable = await startInstance()
    const { statuses } = await journey(stable.port, await deafPort())
    expect(statuses.at(-1)).toBe(502)
    expect(bed.report().weight).toBe(0)
  })

  test('keeps what it has in flight', async () => {
    const opened = Promise.withResolvers<ServerResponse>()
    await using stable = await startInstance()
    await using candidate = await startInstance((request, response) => {
      if (request.url !== '/long') return failing(request, response)
      response.write('begin')
      opened.resolve(response)
    })
    bed.put(
      order({ stable: at('v1', stable.port), candidate: at('v2', candidate.port), grant: granted(1), judge: judged() }),
    )
    const long = ask(bed.port, { path: '/long' })
    const response = await opened.promise
    await journey(stable.port, candidate.port)
    expect(bed.report().weight).toBe(0)
    response.end(' end')
    expect((await long).body).toBe('begin end')
  })

  test('gets no second attempt once it is out: stable answers, in no arm', async () => {
    const held = Promise.withResolvers<ServerResponse>()
    await using stable = await startInstance((_, response) => response.end('v1'))
    await using candidate = await startInstance((request, response) => {
      if (request.url === '/good') response.end('v2')
      else if (request.url === '/held') held.resolve(response)
      else failing(request, response)
    })
    const route = { stable: at('v1', stable.port), candidate: at('v2', candidate.port), judge: judged() }
    bed.put(order({ ...route, grant: granted(1) }))
    expect((await ask(bed.port, { path: '/good' })).body).toBe('v2')
    const asked = ask(bed.port, { path: '/held' }) // on the connection of the first
    const response = await held.promise
    await journey(stable.port, candidate.port)
    const [seen, before] = [candidate.requests.length, bed.report().judge]
    const ofStable = bed.release('v1').requests
    response.socket?.destroy()
    expect(await asked).toMatchObject({ body: 'v1', headers: { 'humdrum-rescued': 'v2' } })
    expect(candidate.requests.length).toBe(seen)
    expect(bed.report().judge?.errors.stable).toEqual(before?.errors.stable)
    const { requests = 0, bad = 0 } = before?.errors.candidate ?? {}
    expect(bed.report().judge?.errors.candidate).toEqual({ requests: requests + 1, bad: bad + 1 })
    expect(bed.release('v1')).toMatchObject({ requests: ofStable + 1, bad: 0, inFlight: 0 })
    expect(bed.release('v2')).toMatchObject({ requests: seen, bad: bad + 1, rescued: 1, inFlight: 0 })
    expect(bed.report().rescued).toBe(1)
  })
})

describe('a connection that is refused when the candidate is out already', () => {
  const post = (port: number) => ask(port, { method: 'POST', body: 'posted' })

  type Ports = { readonly stable: number; readonly candidate: number }

  /** Routes a request to a candidate whose first instance refuses, and trips the candidate before that is known. */
  const sent = async <Told>(ports: Ports, send: (port: number) => Promise<Told>, afterTrip = () => {}) => {
    const [toCandidate, toStable] = [0, 2 ** 32 - 1]
    let [roll, armed] = [toCandidate, true]
    const choose = (state: RouteState, next: number) => {
      roll = next
      const routed = state.choose()
      if (routed === null) throw new Error('nobody is chosen')
      return routed
    }
    const trip = (): void => {
      const state = other.table.find('')
      while (state !== null && state.report().trip === null) {
        state.settle(choose(state, toStable), false, 0)
        state.settle(choose(state, toCandidate), true, 0)
      }
      afterTrip()
    }
    const random = () => {
      if (armed) queueMicrotask(trip)
      armed = false
      return roll
    }
    const other = await openEdgeBed({ random })
    const candidate = at('v2', ports.candidate, await deafPort())
    const route = { stable: at('v1', ports.stable), candidate, judge: judged() }
    other.put(order({ ...route, grant: granted(0.5) }))
    return { other, route, asked: send(other.port) }
  }

  test('stable answers, whatever the method', async () => {
    await using stable = await startInstance((request, response) => request.pipe(response))
    await using candidate = await startInstance()
    const { other, asked } = await sent({ stable: stable.port, candidate: candidate.port }, post)
    await using _ = other
    expect(await asked).toMatchObject({ body: 'posted', headers: { 'humdrum-rescued': 'v2' } })
    expect([stable.requests, candidate.requests]).toEqual([['POST /'], []])
    expect([other.release('v1').bad, other.release('v2').inFlight]).toEqual([0, 0])
  })

  test('stable switches protocols in its place', async () => {
    await using stable = await startRawInstance((_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nv1')
    })
    await using candidate = await startInstance()
    const { other, asked } = await sent({ stable: stable.port, candidate: candidate.port }, async (port) => {
      using wire = await dial(port)
      wire.say('GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n')
      return await wire.until('\r\n\r\nv1')
    })
    await using _ = other
    expect(await asked).toContain('\r\nhumdrum-rescued: v2\r\n')
    expect(other.release('v2')).toMatchObject({ rescued: 1, inFlight: 0 })
  })

  test('without an instance of stable: 502', async () => {
    await using stable = await startInstance()
    await using candidate = await startInstance()
    const ports = { stable: stable.port, candidate: candidate.port }
    const { other, route, asked } = await sent(ports, post, () => {
      other.put(order({ ...route, fence: fence(1, 2), stable: at('v1'), grant: granted(0.5) }))
    })
    await using _ = other
    const { status, body } = await asked
    expect([status, body]).toEqual([502, 'humdrum: the release was taken out, and no other has an instance\n'])
    expect(candidate.requests).toEqual([])
  })
})

describe('clients that leave a candidate', () => {
  const left = async (handle: RequestListener, until: string) => {
    await using candidate = await startInstance(handle)
    bed.put(order({ candidate: at('v2', candidate.port), grant: granted(1), judge: judged() }))
    using wire = await dial(bed.port)
    wire.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await expect.poll(() => candidate.requests.length).toBe(1)
    await wire.until(until)
    wire.socket.destroy()
    await expect.poll(() => bed.release('v2').aborted).toBe(1)
    expect(bed.release('v2').latency.length).toBe(1)
    return bed.report().judge?.errors.candidate
  }

  test('before it answered say nothing for it', async () => {
    expect(await left(() => {}, '')).toEqual({ requests: 0, bad: 0 })
  })

  test('in the middle of a good answer say nothing against it', async () => {
    expect(await left((_, response) => response.write('half'), 'half')).toEqual({ requests: 1, bad: 0 })
  })
})

describe('switching', () => {
  /** 64 clients that ask without a pause until they are stopped; each answer is one of `wanted`, or it is told. */
  const hammer = (wanted: readonly string[]) => {
    const wrong: string[] = []
    let [answered, on] = [0, true]
    const client = async (): Promise<void> => {
      while (on) {
        const said = await ask(bed.port, { agent }).then(({ status, body }) => `${status} ${body}`, String)
        answered += 1
        if (!wanted.includes(said)) wrong.push(said)
      }
    }
    const clients = Promise.all(Array.from({ length: 64 }, client))
    const stop = async () => {
      on = false
      await clients
      return { answered, wrong }
    }
    return { stop, answered: () => answered }
  }

  const more = (now: () => number, count: number): Promise<void> => {
    const before = now()
    return expect.poll(now, { interval: 1, timeout: 10_000 }).toBeGreaterThan(before + count)
  }
  const saying = (text: string) => startInstance((_, response) => response.end(text))

  test('0 → 50 → 0 % a hundred times under 64 connections: no request fails, none is lost, none comes after the 0', async () => {
    await using stable = await saying('v1')
    await using candidate = await saying('v2')
    const route = { stable: at('v1', stable.port), candidate: at('v2', candidate.port), judge: judged() }
    const flip = (generation: number, share: number) =>
      bed.put(order({ ...route, fence: fence(1, generation), grant: granted(share) }))
    flip(0, 0)
    const clients = hammer(['200 v1', '200 v2'])
    for (let turn = 1; turn <= 100; turn += 1) {
      flip(2 * turn, 0.5)
      await more(clients.answered, 5)
      flip(2 * turn + 1, 0)
      const dispatched = bed.release('v2').requests
      await more(clients.answered, 5)
      expect(bed.release('v2').requests).toBe(dispatched)
    }
    const { answered, wrong } = await clients.stop()
    expect(wrong).toEqual([])
    expect(candidate.requests.length).toBeGreaterThan(100)
    expect(stable.requests.length + candidate.requests.length).toBe(answered)
    expect(bed.release('v1').requests + bed.release('v2').requests).toBe(answered)
    expect(bed.release('v1').bad + bed.release('v2').bad).toBe(0)
  })

  test('instances that come and go, and a release that takes the place of another, drop nothing', async () => {
    const instances = await Promise.all(['v1', 'v1', 'v2', 'v2'].map(saying))
    const [a = 0, b = 0, c = 0, d = 0] = instances.map(({ port }) => port)
    bed.put(order({ stable: at('v1', a) }))
    const clients = hammer(['200 v1', '200 v2'])
    const steps = [
      { stable: at('v1', a, b) },
      { stable: at('v1', b) },
      { stable: at('v1', b), candidate: at('v2', c), grant: granted(0.5) },
      { stable: at('v2', c, d), draining: [at('v1', b)] },
      { stable: at('v2', d), draining: [at('v1', b)] },
    ]
    for (const [index, step] of steps.entries()) {
      bed.put(order({ fence: fence(1, index + 2), ...step }))
      await more(clients.answered, 200)
    }
    await expect.poll(() => bed.release('v1').inFlight).toBe(0)
    bed.put(order({ fence: fence(1, 9), stable: at('v2', d) }))
    const { wrong } = await clients.stop()
    expect(wrong).toEqual([])
    expect(bed.release('v1').cut).toBe(0)
    for (const instance of instances) await instance[Symbol.asyncDispose]()
  })
})

describe('closing', () => {
  test('what is in flight is finished, its connection then closed, and nobody new is taken', async () => {
    const [opened, next] = [Promise.withResolvers<ServerResponse>(), Promise.withResolvers<ServerResponse>()]
    await using instance = await startInstance(({ url }, response) => {
      response.write('begin')
      if (url === '/next') next.resolve(response)
      else opened.resolve(response)
    })
    bed.put(order({ stable: at('v1', instance.port) }))
    using idle = await dial(bed.port)
    using wire = await dial(bed.port)
    wire.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    const response = await opened.promise
    const closed = bed.engine.close(60_000)
    await idle.ended()
    await expect(dial(bed.port)).rejects.toThrow('ECONNREFUSED')
    wire.say('GET /next HTTP/1.1\r\nHost: a\r\n\r\n')
    await expect.poll(() => instance.requests.length).toBe(2)
    response.end(' end')
    await wire.until(' end\r\n0\r\n\r\n')
    ;(await next.promise).end()
    const { heard, reset } = await wire.ended()
    expect(heard.match(/^connection: [a-z-]+/gim)).toEqual(['Connection: keep-alive', 'Connection: close'])
    expect(reset).toBe(false)
    await closed
  })
})

describe('latency', () => {
  const both = [usualErrors, usualLatency]
  const judge = judged(100, both)

  /** Users in eight lines, none of whom waits for an answer longer than `patienceMs`, until it is so. */
  const until = async (isSo: () => boolean, patienceMs = 500): Promise<void> => {
    const deadline = performance.now() + 30_000
    const line = async (): Promise<void> => {
      while (!isSo() && performance.now() < deadline)
        await Promise.race([ask(bed.port).catch(() => null), delay(patienceMs)])
    }
    await Promise.all(Array.from({ length: 8 }, line))
  }

  /** The candidate gets its share once it is known how quick stable is. */
  const expose = async (share: number, stable: number, candidate: number): Promise<void> => {
    const sides = { stable: at('v1', stable), candidate: at('v2', candidate) }
    bed.put(order({ ...sides, fence: fence(1, 1), grant: granted(0), judge }))
    await until(() => bed.release('v1').requests >= 1_100)
    bed.put(order({ ...sides, fence: fence(1, 2), grant: granted(share), judge }))
  }

  test('a slow candidate is taken out, and nothing failed for anybody', async () => {
    await using stable = await startInstance()
    await using slow = await startInstance((_, response) => setTimeout(() => response.end('late'), 100))
    await expose(0.5, stable.port, slow.port)
    await until(() => bed.report().trip !== null)
    expect(bed.report()).toMatchObject({ weight: 0, trip: { metric: 'latency', rule: 'evidence' } })
    expect(bed.report().trip?.slowness?.thresholdMs).toBeLessThan(100)
    expect([bed.release('v1').bad, bed.release('v2').bad]).toEqual([0, 0])
  }, 90_000)

  test('a candidate that never answers is taken out long before its requests time out', async () => {
    await using stable = await startInstance()
    await using silent = await startInstance(() => {})
    await bed[Symbol.asyncDispose]()
    bed = await openEdgeBed({ headTimeoutMs: 60_000 })
    await expose(0.05, stable.port, silent.port)
    await until(() => bed.report().trip !== null, 100)
    expect(bed.report()).toMatchObject({ weight: 0, trip: { metric: 'latency' } })
    expect(bed.release('v2')).toMatchObject({ bad: 0, aborted: 0 })
  }, 90_000)
})
