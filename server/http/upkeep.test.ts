import { request } from 'node:http'
import { expect, test } from 'vitest'
import type { StartedHttp } from './started-http.ts'
import { startHttp } from './started-http.ts'

const answerOf = async (http: StartedHttp, path: string) => {
  const response = await http.fetch(path)
  return { status: response.status, body: await response.text() }
}

test('lives and is ready while store and edge answer', async () => {
  await using http = await startHttp()
  expect(await answerOf(http, '/livez')).toEqual({ status: 200, body: 'ok' })
  expect(await answerOf(http, '/readyz')).toEqual({ status: 200, body: 'ok' })
})

test.for([
  ['http://127.0.0.1:8080', 'at http://127.0.0.1:8080'],
  ['', 'it was not started yet'],
])('is not ready while the edge at "%s" does not answer, and lives', async ([url = '', reason]) => {
  await using http = await startHttp({ edge: () => ({ url, reachable: false, pid: null }) })
  const { status, body } = await answerOf(http, '/readyz')
  expect(status).toBe(503)
  expect(JSON.parse(body)).toMatchObject({ code: 'HD5001', detail: reason })
  expect((await answerOf(http, '/livez')).status).toBe(200)
})

test('is not ready while the store does not answer, and the log has the cause', async () => {
  await using http = await startHttp()
  await http.store.close()
  const { status, body } = await answerOf(http, '/readyz')
  expect(status).toBe(503)
  expect(JSON.parse(body)).toMatchObject({ code: 'HD5004', detail: 'it could not be read' })
  expect(body).not.toMatch(/database|destroyed|\.ts/)
  expect(JSON.parse(http.logged[0] ?? '')).toMatchObject({
    code: 'HD5004',
    causes: [expect.anything(), expect.anything()],
  })
})

test.for([true, false])('answers a stop (everything: %s) with what will lapse, and then stops', async (everything) => {
  const happened: unknown[] = []
  await using http = await startHttp({
    lapsing: async () => ['r-1 (shop/production)'],
    onStop: (all) => happened.push(all),
  })
  http.app.server.on('request', (_request, response) => response.once('finish', () => happened.push('answered')))
  expect(await http.client.stop(everything)).toEqual({ lapsing: ['r-1 (shop/production)'] })
  await expect.poll(() => happened).toEqual(['answered', everything])
})

test('stops also for somebody who does not wait for the answer', async () => {
  const stopped: boolean[] = []
  const asked = Promise.withResolvers<void>()
  const left = Promise.withResolvers<void>()
  await using http = await startHttp({
    lapsing: async () => {
      asked.resolve()
      await left.promise
      return []
    },
    onStop: (all) => stopped.push(all),
  })
  http.app.server.once('connection', (connection) => connection.once('close', left.resolve))
  const headers = { authorization: `Bearer ${http.token}`, 'content-type': 'application/json' }
  const impatient = request(`${http.url}/v1/stop`, { method: 'POST', headers })
  impatient.on('error', () => {}) // it left
  impatient.end('{"everything":true}')
  await asked.promise
  impatient.destroy()
  await expect.poll(() => stopped).toEqual([true])
})
