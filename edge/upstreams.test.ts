// The way to an instance, over real sockets, as far as requests of users do not show it: warm-up, closing, being down.
import { afterEach, describe, expect, test } from 'vitest'
import { deafPort, startInstance, startRawInstance } from './test-bed/instance.ts'
import { at, order } from './test-bed/order.ts'
import { Upstream } from './upstreams.ts'

const clock = { nowMs: 0 }
const upstreams: Upstream[] = []
afterEach(() => {
  for (const upstream of upstreams.splice(0)) upstream.close()
})

const to = (port: number): Upstream => {
  const [endpoint] = order({ stable: at('v1', port) }).stable?.endpoints ?? []
  if (endpoint === undefined) throw new Error('no endpoint')
  const upstream = new Upstream({ endpoint, headTimeoutMs: 1_000, nowMs: () => clock.nowMs })
  upstreams.push(upstream)
  return upstream
}

describe('a warm-up', () => {
  test('sends its requests one after the other, and then the instance is warm', async () => {
    let [now, most] = [0, 0]
    await using instance = await startInstance((request, response) => {
      now += 1
      most = Math.max(most, now)
      expect(request.headers['user-agent']).toBe('humdrum-warmup')
      setImmediate(() => {
        now -= 1
        response.end('x'.repeat(10_000))
      })
    })
    const upstream = to(instance.port)
    const warming = upstream.warmUp({ requests: 5, path: '/warm?x' })
    expect(upstream.warm).toBe(false)
    await warming
    expect([upstream.warm, instance.requests, most]).toEqual([true, Array(5).fill('GET /warm?x'), 1])
  })

  test('happens once in the life of an instance, however often it is ordered', async () => {
    await using instance = await startInstance()
    const upstream = to(instance.port)
    await Promise.all([upstream.warmUp({ requests: 2, path: '/' }), upstream.warmUp({ requests: 2, path: '/' })])
    await upstream.warmUp({ requests: 2, path: '/' })
    expect(instance.requests.length).toBe(2)
  })

  test('takes any answer, and none', async () => {
    await using broken = await startRawInstance((_, socket) => socket.resetAndDestroy())
    await using failing = await startInstance((_, response) => response.writeHead(500).end())
    for (const port of [await deafPort(), broken.port, failing.port]) {
      const upstream = to(port)
      await upstream.warmUp({ requests: 3, path: '/' })
      expect(upstream.warm).toBe(true)
    }
    expect(failing.requests.length).toBe(3)
  })

  test('without a plan an instance is warm at once', () => {
    const upstream = to(1)
    void upstream.warmUp(null)
    expect(upstream.warm).toBe(true)
  })

  test('ends when the instance is taken away', async () => {
    await using instance = await startInstance((_, response) => {
      upstream.close()
      response.end()
    })
    const upstream = to(instance.port)
    await upstream.warmUp({ requests: 100_000, path: '/' })
    expect(instance.requests.length).toBe(1)
  })
})

test('an instance that is marked is down for a second', () => {
  const upstream = to(1)
  clock.nowMs = 500
  upstream.markDown()
  expect(upstream.downUntilMs).toBe(1_500)
})

test('closing lets go of idle connections', async () => {
  await using instance = await startInstance()
  const upstream = to(instance.port)
  await upstream.warmUp({ requests: 1, path: '/' })
  expect(instance.connections[0]?.destroyed).toBe(false)
  upstream.close()
  await expect.poll(() => instance.connections[0]?.destroyed).toBe(true)
})
