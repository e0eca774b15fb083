// The control interface over real sockets, by the contract's own table of calls.
import { request } from 'node:http'
import { controlCalls, edgeReportSchema, routeReportSchema } from '@humdrum/contract/edge-control.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Control } from './control.ts'
import { startControl } from './control.ts'
import { talk } from './test-bed/client.ts'
import type { EdgeBed } from './test-bed/edge-bed.ts'
import { openEdgeBed } from './test-bed/edge-bed.ts'
import { at, fence, order } from './test-bed/order.ts'

let bed: EdgeBed
let control: Control
let shutdowns: number

beforeEach(async () => {
  bed = await openEdgeBed()
  shutdowns = 0
  control = await startControl({
    ...{ table: bed.table, token: 'secret', epoch: 'e', publicPort: bed.port },
    log: (_, message) => void bed.logged.push(message),
    onShutdown: () => {
      shutdowns += 1
    },
  })
})
afterEach(async () => {
  control.close()
  await bed[Symbol.asyncDispose]()
})

type Call = { readonly method?: string; readonly body?: string; readonly authorization?: string | null }

const call = async (path: string, { method = 'GET', body, authorization = 'Bearer secret' }: Call = {}) => {
  const response = await fetch(`http://127.0.0.1:${control.port}${path}`, {
    ...{ method, body: body ?? null },
    headers: authorization === null ? {} : { authorization },
  })
  return { status: response.status, text: await response.text(), type: response.headers.get('content-type') }
}

const path = '/routes/shop/production'
const put = (route: unknown, at: string = path) => call(at, { method: 'PUT', body: JSON.stringify(route) })
const route = order({ fence: fence(1, 2), stable: at('v1', 1) })

describe('the calls', () => {
  test('a route is put, reported and deleted', async () => {
    const answered = await put(route)
    expect([answered.status, answered.type]).toEqual([200, 'application/json'])
    expect(routeReportSchema.parse(JSON.parse(answered.text))).toMatchObject({ stable: 'v1', fence: fence(1, 2) })
    const report = edgeReportSchema.parse(JSON.parse((await call('/report')).text))
    expect(report).toMatchObject({ epoch: 'e', port: bed.port, routes: [{ app: 'shop', stable: 'v1' }] })
    expect((await call(path, { method: 'DELETE' })).status).toBe(200)
    expect(bed.table.report()).toEqual([])
    expect((await call(path, { method: 'DELETE' })).status).toBe(404)
  })

  test('metrics are what Prometheus reads', async () => {
    await put(route)
    const { status, type, text } = await call('/metrics')
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(text).toContain('humdrum_edge_requests_total{app="shop",environment="production",release="v1"} 0\n')
    expect(Number(text.match(/^process_resident_memory_bytes (\d+)$/m)?.[1])).toBeGreaterThan(1e6)
  })

  test('a shutdown is accepted, and then begins', async () => {
    expect((await call('/shutdown', { method: 'POST' })).status).toBe(202)
    await expect.poll(() => shutdowns).toBe(1)
  })
})

describe('refused', () => {
  test.each([
    null,
    '',
    'secret',
    'Basic secret',
    'Bearer',
    'Bearer secre',
    'Bearer secrets',
    'bearer secret',
    'Bearer  secret',
  ])('every call without the token: %j', async (authorization) => {
    for (const { method, path: called } of Object.values(controlCalls)) {
      const { status } = await call(called.replace(/:\w+/g, 'x'), { method, authorization })
      expect(status).toBe(401)
    }
    expect((await call('/unknown', { authorization })).status).toBe(401)
    expect(shutdowns).toBe(0)
  })

  test.each([
    ['no JSON', '{"app":', 'expected object'],
    ['nothing', '', 'expected object'],
    ['a list', '[]', 'expected object'],
    ['a wrong value', JSON.stringify({ ...route, fence: fence(-1, 0) }), 'fence.rollout: '],
    ['an unknown key', JSON.stringify({ ...route, weights: 1 }), 'weights'],
    ['a release twice', JSON.stringify({ ...route, candidate: route.stable }), 'only one of them'],
    ['another route', JSON.stringify(order({ environment: 'staging' })), 'the body is about shop/staging'],
  ])('%s for a route, in words; nothing changed', async (_, body, words) => {
    await put(route)
    const { status, text } = await call(path, { method: 'PUT', body })
    expect(status).toBe(400)
    expect(text).toMatch(/^not (a|this) route: [^\n]+\n$/)
    expect(text).toContain(words)
    expect(bed.table.report()).toMatchObject([{ stable: 'v1' }])
  })

  test('an older order', async () => {
    await put(route)
    const { status, text } = await put(order({ fence: fence(1, 1) }))
    expect([status, text]).toEqual([409, 'r-1 at generation 1 is older than what is in force\n'])
    expect(bed.table.report()).toMatchObject([{ stable: 'v1' }])
  })

  test.each([
    ['GET', '/'],
    ['POST', '/report'],
    ['GET', '/report/x'],
    ['GET', '/shutdown'],
    ['PUT', '/routes/shop'],
    ['PUT', '/routes/shop/production/x'],
    ['PUT', '/routes//production'],
    ['GET', '/routes/shop/production'],
  ])('no such call: %s %s', async (method, called) => {
    expect((await call(called, { method })).status).toBe(404)
    expect(shutdowns).toBe(0)
  })

  test('a body without end, before it is all there', async () => {
    const sent = request({ port: control.port, path, method: 'PUT', headers: { authorization: 'Bearer secret' } })
    sent.on('error', () => {}) // the connection is closed on it
    const answered = new Promise<number | undefined>((resolve) => sent.on('response', (it) => resolve(it.statusCode)))
    const more = (): void => {
      if (!sent.destroyed) sent.write('x'.repeat(65_536), () => setImmediate(more))
    }
    more()
    expect(await answered).toBe(413)
    sent.destroy()
  })
})

test('a large route is taken: a thousand instances', async () => {
  const ports = Array.from({ length: 1_000 }, (_, index) => index + 1)
  expect((await put(order({ stable: at('v1', ...ports) }))).status).toBe(200)
})

test('a call that breaks is answered and logged, and the next one works', async () => {
  const { report } = bed.table
  Object.assign(bed.table, {
    report: () => {
      throw new Error('broken')
    },
  })
  expect((await call('/report')).status).toBe(500)
  expect(bed.logged).toEqual(['a control call failed'])
  Object.assign(bed.table, { report })
  expect((await call('/report')).status).toBe(200)
})

test('it is reached over its own port alone', async () => {
  expect(await talk(control.port, 'GET /report HTTP/1.0\r\nAuthorization: Bearer secret\r\n\r\n')).toContain('200 OK')
  expect((await fetch(`http://127.0.0.1:${bed.port}/report`)).status).toBe(404)
})
