// What holds for every route: who may ask, what a refusal looks like, how it all ends.
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import type { ApiRoute } from '@humdrum/contract/api.ts'
import { problemSchema, routes } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
import type { StartedHttp } from './started-http.ts'
import { config, deployed, startHttp, streamOf } from './started-http.ts'

const problemIn = async (response: Response) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  return problemSchema.parse(await response.json())
}

/** `fetch` does not let its caller choose the Host. */
const statusWithHost = (url: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(`${url}/livez`, { headers }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })

/** Everything that an answer says, its headers too. */
const answerTo = async ({ fetch: ask }: StartedHttp, asked: string, body: unknown = {}) => {
  const [method = '', path = ''] = asked.split(' ')
  const sent = method === 'GET' ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await ask(path, { method, ...sent })
  const said = `${JSON.stringify([...response.headers])}${await response.text()}`
  return { path, status: response.status, said }
}

const addresses: readonly ApiRoute[] = Object.values(routes)

test.for([undefined, 'Bearer wrong', 'Bearer', 'Basic d3Jvbmc='])(
  'answers 401 on every address to the authorization %s',
  async (authorization) => {
    await using http = await startHttp()
    const headers = authorization === undefined ? {} : { authorization }
    const asked = [
      ...addresses.map(({ method, path }) => ({ method, path: path.replace(/:\w+/, 'r-1') })),
      { method: 'GET', path: '/openapi.json' },
      { method: 'GET', path: '/nowhere' },
      { method: 'PUT', path: '/v1/status' },
      { method: 'GET', path: '/v1/%zz' },
    ]
    for (const { method, path } of asked) {
      const response = await fetch(`${http.url}${path}`, { method, headers })
      expect.soft([path, response.status]).toEqual([path, 401])
      expect(response.headers.get('www-authenticate')).toContain('Bearer')
      expect(await problemIn(response)).toMatchObject({ code: 'HD1102', status: 401 })
    }
  },
)

test('takes the scheme in any case and nothing that only begins as the token', async () => {
  await using http = await startHttp()
  const status = async (authorization: string) =>
    (await fetch(`${http.url}/livez`, { headers: { authorization } })).status
  expect(await status(`bearer ${http.token}`)).toBe(200)
  expect(await status(`Bearer ${http.token}x`)).toBe(401)
  expect(await status(`Bearer ${http.token.slice(0, -1)}`)).toBe(401)
})

test.for(['HEAD', 'OPTIONS'])('answers no %s, and lets no page of another origin ask', async (method) => {
  await using http = await startHttp()
  const asked = { method, headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } }
  for (const path of ['/livez', '/v1/status', '/v1/rollouts', '/openapi.json']) {
    expect((await fetch(`${http.url}${path}`, asked)).status).toBe(401)
    const response = await http.fetch(path, asked)
    expect([path, response.status, (await response.text()) === '']).toEqual([path, 404, method === 'HEAD'])
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  }
})

type Refusal = readonly [
  what: string,
  method: 'GET' | 'POST',
  path: string,
  request: { readonly body?: string },
  answer: { readonly code: string; readonly status: number; readonly place?: string },
]

test.for<Refusal>([
  ['an unknown address', 'GET', '/nowhere', {}, { code: 'HD9002', status: 404 }],
  ['an address that cannot be decoded', 'GET', '/v1/%zz', {}, { code: 'HD9001', status: 400 }],
  ['a query that is no number', 'GET', '/v1/rollouts?limit=many', {}, { code: 'HD9001', status: 400, place: '?limit' }],
  ['a query that is there twice', 'GET', '/v1/status?app=a&app=b', {}, { code: 'HD9001', status: 400, place: '?app' }],
  ['a parameter that is too long', 'GET', `/v1/rollouts/${'9'.repeat(300)}`, {}, { code: 'HD9001', status: 400 }],
  ['half a JSON', 'POST', '/v1/rollouts', { body: '{"config":' }, { code: 'HD9001', status: 400 }],
  [
    'a missing key',
    'POST',
    '/v1/rollouts',
    { body: '{"config":{}}' },
    { code: 'HD9001', status: 400, place: 'artifact' },
  ],
  [
    'an unknown key',
    'POST',
    '/v1/rollback',
    { body: '{"app":"shop","force":true}' },
    { code: 'HD9001', status: 400, place: 'force' },
  ],
  ['a missing body', 'POST', '/v1/stop', {}, { code: 'HD9001', status: 400, place: 'everything' }],
  ['a list as the body', 'POST', '/v1/rollback', { body: '[]' }, { code: 'HD9001', status: 400 }],
  [
    'a prototype as a key',
    'POST',
    '/v1/rollback',
    { body: '{"__proto__":{"app":"x"}}' },
    { code: 'HD9001', status: 400 },
  ],
  [
    'a body that is too large',
    'POST',
    '/v1/rollback',
    { body: `"${'x'.repeat(1_100_000)}"` },
    { code: 'HD9004', status: 413 },
  ],
  [
    'an artifact that is no tar',
    'POST',
    '/v1/artifacts',
    { body: '{}' },
    { code: 'HD9001', status: 400, place: 'content-type' },
  ],
])('refuses %s with a code, a place and a next step', async ([, method, path, { body }, expected]) => {
  await using http = await startHttp()
  const sent = body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }
  const response = await http.fetch(path, { method, ...sent })
  expect(response.status).toBe(expected.status)
  const problem = await problemIn(response)
  expect(problem).toMatchObject(expected)
  expect(problem.type).toBe(`urn:humdrum:${problem.code}`)
  expect(problem.next).not.toBe('')
  expect(http.logged).toEqual([])
})

test('takes a tar nowhere but where artifacts go', async () => {
  await using http = await startHttp()
  const response = await http.fetch('/v1/rollback', {
    method: 'POST',
    body: 'x',
    headers: { 'content-type': 'application/x-tar' },
  })
  expect(await problemIn(response)).toMatchObject({ code: 'HD9001', place: 'content-type' })
})

test('tells the log what broke, with its causes, and the client nothing but where to look', async () => {
  const cause = new Error('the password is sesame')
  await using http = await startHttp({
    edge: () => {
      throw new Error('a bug', { cause })
    },
  })
  const response = await http.fetch('/v1/status')
  const body = await response.text()
  expect(response.status).toBe(500)
  expect(JSON.parse(body)).toMatchObject({ code: 'HD9999' })
  expect(body).not.toMatch(/bug|sesame|\.ts/)
  expect(http.logged).toHaveLength(1)
  expect(JSON.parse(http.logged[0] ?? '')).toMatchObject({
    level: 'error',
    request: expect.stringContaining('GET /v1/status'),
    causes: [expect.stringContaining('a bug'), expect.stringContaining('the password is sesame')],
  })
})

test('no answer holds a token, the value of a variable, or a stack', async () => {
  const secret = 'sesame'
  await using http = await startHttp(
    {},
    { missingVariables: ({ env }) => (env['DB'] === undefined ? [] : ['SHOP_DB']) },
  )
  const run = (env: unknown) => ({ ...config, run: { ...config.run, env } })
  const { digest } = await http.client.putArtifact(streamOf('one'))
  const answers = [await answerTo(http, 'GET /openapi.json')]
  for (const env of [{ KEY: secret, DB: secret }, { KEY: [secret] }, { KEY: secret }])
    answers.push(await answerTo(http, 'POST /v1/rollouts', { config: run(env), artifact: digest }))
  for (const { method, path } of addresses.filter((route) => route.path !== routes.events.path))
    answers.push(await answerTo(http, `${method} ${path.replace(/:id/, 'r-1')}?app=shop`, { reason: 'x' }))
  expect(answers.filter(({ status }) => status < 300).length).toBeGreaterThan(8)
  for (const { path, said } of answers)
    for (const word of [secret, http.token, '\\n    at ', 'node_modules', '.ts:'])
      expect(said.includes(word), `${word} in the answer to ${path}`).toBe(false)
})

test('what is no HTTP gets a problem as well', async () => {
  await using http = await startHttp()
  const socket = connect(Number(new URL(http.url).port), '127.0.0.1')
  socket.end('good morning\r\n\r\n')
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 400 /)
  expect(problemSchema.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? ''))).toMatchObject({ code: 'HD9001' })
})

test('on loopback answers only to names of this machine', async () => {
  await using http = await startHttp()
  const { port } = new URL(http.url)
  const authorization = `Bearer ${http.token}`
  for (const host of [`127.0.0.1:${port}`, 'localhost', `LOCALHOST:${port}`, `[::1]:${port}`])
    expect.soft([host, await statusWithHost(http.url, { host, authorization })]).toEqual([host, 200])
  for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1.evil.example', 'localhost@evil'])
    expect.soft([host, await statusWithHost(http.url, { host, authorization })]).toEqual([host, 403])
})

test('closing ends streams at once', async () => {
  const http = await startHttp({
    logs: {
      read: async function* () {},
      follow: async function* (_query, signal) {
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    },
  })
  await deployed(http.client)
  const events = await http.fetch('/v1/events')
  const logs = await http.fetch('/v1/logs?app=shop&follow=true')
  const ends = Promise.all([events.text(), logs.text()])
  await http.app.close()
  expect(await ends).toEqual([expect.stringContaining('event: transition'), '\n'])
  await http.store.close()
})
