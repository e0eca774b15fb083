// Goal: whatever answers at the url, and whatever becomes of the way there, is a value with a reason, and the token is in none
// of them. Method: a server that answers what a test says, where no real Prometheus would.
import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Instant } from '@humdrum/core/time.ts'
import { afterEach, expect, test } from 'vitest'
import type { QueryApiPlan } from './query-api.ts'
import { createQueryApi } from './query-api.ts'

const token = 'glsa_verysecret'
const ended: (() => void)[] = []
afterEach(() => {
  for (const end of ended.splice(0)) end()
})

type Over = Partial<QueryApiPlan> & { readonly prefix?: string }

const asked = async (answer: RequestListener, { prefix = '', ...over }: Over = {}, at = 1_000) => {
  const server = createServer(answer).listen(0, '127.0.0.1')
  ended.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`
  return createQueryApi({ url, token, timeoutMs: 5_000, ...over }).instant('up', at as Instant)
}

const says =
  (status: number, body: unknown): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

const vector = (...result: readonly unknown[]) => ({ status: 'success', data: { resultType: 'vector', result } })

test('the token goes into the header, the query into the body', async () => {
  let seen = ''
  const answered = await asked((request, response) => {
    request.setEncoding('utf8')
    request.on('data', (part: string) => {
      seen += part
    })
    request.on('end', () => {
      seen += ` ${request.method} ${request.url} ${request.headers.authorization}`
      says(200, vector({ metric: { a: 'b' }, value: [1.5, '+Inf'] }))(request, response)
    })
  })
  expect(seen).toBe(`query=up&time=1.000 POST /api/v1/query Bearer ${token}`)
  const series = { labels: { a: 'b' }, samples: [{ at: 1_500, value: Number.POSITIVE_INFINITY }], histograms: [] }
  expect(answered).toEqual({ ok: true, value: [series] })
})

test('without a token there is no header; a prefix and a slash at the end of the url stay what they are', async () => {
  let seen = ''
  const base: RequestListener = (request, response) => {
    seen = `${request.url} ${request.headers.authorization}`
    says(200, vector())(request, response)
  }
  await asked(base, { token: null, prefix: '/metrics/' })
  expect(seen).toBe('/metrics/api/v1/query undefined')
})

const refused = true
test.for([
  [
    'a bad query',
    says(400, { status: 'error', errorType: 'bad_data', error: 'parse\n error' }),
    'Prometheus says: parse error',
    refused,
  ],
  [
    'one that cannot be carried out',
    says(422, { status: 'error', errorType: 'execution', error: 'too many samples' }),
    'Prometheus says: too many samples',
    refused,
  ],
  [
    'one that takes too long there',
    says(503, { status: 'error', errorType: 'timeout', error: 'query timed out' }),
    'Prometheus says: query timed out (503)',
    !refused,
  ],
  ['a wrong token', says(401, `no such token ${token}`), 'Prometheus refuses the token (401)', refused],
  ['a token that may not', says(403, ''), 'Prometheus refuses the token (403)', refused],
  ['a server that is ill', says(502, 'bad gateway'), 'Prometheus answers 502', !refused],
  ['another page', says(404, 'not here'), 'Prometheus answers 404: is the url right?', !refused],
  ['a page for people', says(200, '<html>'), 'what answers at the url is not the API of Prometheus', !refused],
  [
    'an answer of another kind',
    says(200, { status: 'success', data: 7 }),
    'what answers at the url is not the API of Prometheus',
    !refused,
  ],
  [
    'a part of the truth',
    says(200, { ...vector(), warnings: ['store b is away'] }),
    'Prometheus warns: store b is away',
    !refused,
  ],
  [
    'what repeats the token',
    says(400, { status: 'error', errorType: 'x', error: `Bearer ${token} is bad` }),
    'Prometheus says: Bearer *** is bad',
    refused,
  ],
] as const)('%s is no answer', async ([, answer, reason, isRefused]) => {
  expect(await asked(answer)).toEqual({ ok: false, reason, isRefused })
})

test('a way that leads elsewhere is not gone with the token', async () => {
  const answered = await asked((_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end())
  expect(answered).toMatchObject({ ok: false, reason: 'the url leads elsewhere (302): name where it leads to' })
})

test('nobody there, silence, and an end in the midst are no answers', async () => {
  const free = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => free.once('listening', resolve))
  const { port } = free.address() as AddressInfo
  await new Promise((resolve) => free.close(resolve))
  const url = `http://127.0.0.1:${port}`
  const nobody = await asked(() => {}, { url })
  expect(nobody).toMatchObject({ ok: false, reason: `Prometheus at ${url} is not reached (ECONNREFUSED)` })
  const silent = await asked(() => {}, { timeoutMs: 100 })
  expect(silent).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/^Prometheus at http:.* does not answer within 0.1 s$/),
  })
  const torn = await asked((_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{')
    response.destroy()
  })
  expect(torn).toMatchObject({ ok: false, reason: expect.stringMatching(/^Prometheus at http:.* is not reached/) })
})

test('a name and a password in the url are not said', async () => {
  const answered = await asked(() => {}, { url: `http://ada:${token}@127.0.0.1:1` })
  expect(JSON.stringify(answered)).not.toContain(token)
})

test('an answer that is too large is left where it is', async () => {
  const part = Buffer.alloc(1_048_576, ' ')
  const answered = await asked((_, response) => {
    for (let index = 0; index < 34; index += 1) response.write(part)
    response.end()
  })
  expect(answered).toMatchObject({ ok: false, reason: 'Prometheus answers with more than 32 MiB: select fewer series' })
})

test('a clock there that is behind the end of the window is said, and not counted by', async () => {
  const late = await asked(says(200, vector()), {}, Date.now() + 20_500)
  expect(late).toMatchObject({
    ok: false,
    reason: expect.stringMatching(/^the clock of Prometheus is (19|20)(\.\d)? s or more behind/),
  })
})
