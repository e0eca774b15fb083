// Goal: what a real Prometheus scrapes from a running app is read as it was counted: native histograms, types, a restart, an
// end. Method: one Prometheus that scrapes all the time, and an app whose counts the test moves.
import { mkdtempSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Version } from '@humdrum/core/ids.ts'
import type { Ask, Reading } from '@humdrum/core/ports.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { NativeExposition } from './exposition.ts'
import { nativeHistogram, protobufType } from './exposition.ts'
import { createPrometheusSource } from './prometheus-source.ts'
import type { StartedPrometheus } from './started-prometheus.ts'
import { startPrometheus } from './started-prometheus.ts'

const app = {
  orders: 5,
  queue: 3,
  took: {
    ...{ name: 'took', labels: { v: 'v1' }, schema: 3, zeroCount: 2, sum: 12 },
    buckets: { 0: 4, 8: 10, 9: 1 } as Record<number, number>,
  } satisfies NativeExposition,
}

const text = (): string => `# TYPE orders_total counter
orders_total{v="v1"} ${app.orders}
# TYPE queue gauge
queue{v="v1"} ${app.queue}
`

describe.skipIf(!inject('hasPrometheus'))('an app that is scraped', () => {
  let folder: string
  let server: Server
  let prometheus: StartedPrometheus
  let begun: Instant
  const now = (): Instant => Date.now() as Instant

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
    server = createServer((request, response) => {
      if (request.url === '/native')
        response.writeHead(200, { 'content-type': protobufType }).end(nativeHistogram(app.took))
      else response.end(text())
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    prometheus = await startPrometheus({ folder, targets: { shop: `${host}/metrics`, native: `${host}/native` } })
    begun = now()
    await counted(4)
  })
  afterAll(async () => {
    await prometheus[Symbol.asyncDispose]()
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true })
  })

  const read = (measure: Ask['measure'], window: { from: Instant; to: Instant }): Promise<Reading> =>
    createPrometheusSource({ url: prometheus.url, token: null, timeoutMs: 5_000 }).read({
      ...{ measure, release: 'v1' as Version, ...window },
    })
  const total = (name: string, window: { from: Instant; to: Instant }) =>
    read({ kind: 'share', hits: `${name}{v="{{release}}"}`, total: `${name}{v="{{release}}"}` }, window)

  /** Until both targets were scraped so often since now. */
  const counted = async (scrapes: number): Promise<void> => {
    const from = now()
    const enough = async (): Promise<boolean> => {
      // Those that were not scraped since are not in the answer: they must not be left out of the count.
      const query = `count(count_over_time(up[${now() - from}ms]) >= ${scrapes}) == 2`
      const answer = await fetch(`${prometheus.url}/api/v1/query?${new URLSearchParams({ query })}`)
      return (await answer.text()).includes('"value"')
    }
    const deadline = performance.now() + 20_000
    while (!(await enough())) {
      if (performance.now() > deadline) throw new Error('the targets were not scraped')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  test('counts from the first sample where nobody watched before, and over a restart', async () => {
    const first = now()
    expect(await total('orders_total', { from: begun, to: first })).toEqual({ kind: 'share', hits: 0, total: 0 })
    app.orders = 9
    await counted(2)
    app.orders = 3
    await counted(2)
    expect(await total('orders_total', { from: first, to: now() })).toEqual({ kind: 'share', hits: 7, total: 7 })
  })

  test('a gauge is no counter', async () => {
    expect(await total('queue', { from: begun, to: now() })).toEqual({
      ...{ kind: 'error', reason: 'queue is a gauge and no counter: measure it as a value' },
    })
  })

  const histogram = (from: Instant) =>
    read({ kind: 'histogram', selector: 'took{v="{{release}}"}', quantiles: [0.5] }, { from, to: now() })
  /** The buckets that grew, by their upper edge. */
  const grown = (reading: Reading) => {
    if (reading.kind !== 'histogram') throw new Error(JSON.stringify(reading))
    expect(reading.counts).toHaveLength(reading.edges.length + 1)
    return Object.fromEntries(
      reading.counts.flatMap((count, index) => (count === 0 ? [] : [[reading.edges[index] ?? 'beyond', count]])),
    )
  }

  test('a native histogram is told at its own edges, over a restart too', async () => {
    const from = now()
    app.took.buckets = { 0: 5, 8: 17, 16: 1, 400: 2 }
    app.took.zeroCount = 3
    await counted(2)
    // 9 fell from 1 to none, so all began anew: what it shows is new.
    expect(grown(await histogram(from))).toEqual({ [2 ** -20]: 3, 1: 5, 2: 17, 4: 1, beyond: 2 })
    const later = now()
    app.took.buckets = { 0: 5, 8: 20, 16: 1, 400: 2 }
    await counted(2)
    expect(grown(await histogram(later))).toEqual({ 2: 3 })
  })

  test('a native histogram whose edges change says from which to which', async () => {
    const from = now()
    app.took.schema = 2
    await counted(2)
    expect(await histogram(from)).toEqual({
      kind: 'error',
      reason: expect.stringMatching(
        /^the edges of took\{instance=.*\} changed between two scrapes: from edges a factor of 1.091 apart \(schema 3\) to edges a factor of 1.189 apart \(schema 2\)$/,
      ),
    })
    expect(await total('took', { from, to: now() })).toEqual({
      ...{ kind: 'error', reason: expect.stringContaining('is a native histogram and no counter') },
    })
  })

  test('once Prometheus is gone it is not reached, and once it is back it goes on', async () => {
    const from = now()
    await prometheus.kill()
    expect(await total('orders_total', { from, to: now() })).toEqual({
      ...{ kind: 'error', reason: `Prometheus at ${prometheus.url} is not reached (ECONNREFUSED)` },
    })
    app.orders += 30
    const { port, hostPort } = { port: prometheus.port, hostPort: (server.address() as AddressInfo).port }
    const host = `127.0.0.1:${hostPort}`
    prometheus = await startPrometheus({ folder, port, targets: { shop: `${host}/metrics`, native: `${host}/native` } })
    await counted(1)
    expect(await total('orders_total', { from, to: now() })).toEqual({ kind: 'share', hits: 30, total: 30 })
  })
})
