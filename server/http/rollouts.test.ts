import { deployedSchema, problemSchema, rolloutViewSchema, routes } from '@humdrum/contract/api.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import type { Stage } from '@humdrum/core/rollout/state.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCommands } from '../store/records.ts'
import { listRollouts, reject } from '../store/rollouts.ts'
import type { HttpParts } from './parts.ts'
import type { StartedHttp } from './started-http.ts'
import { config, deployed, enter, now, startHttp, streamOf } from './started-http.ts'

let http: StartedHttp

beforeEach(async () => {
  http = await startHttp()
})
afterEach(() => http[Symbol.asyncDispose]())

/** Starts anew with other parts of the machine. */
const withDelivery = async (more: Partial<HttpParts['delivery']>): Promise<void> => {
  await http[Symbol.asyncDispose]()
  http = await startHttp({}, more)
}

const post = async (path: string, body?: unknown) => {
  const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  const response = await http.fetch(path, { method: 'POST', ...sent })
  return { status: response.status, body: await response.json() }
}

const get = async (path: string) => {
  const response = await http.fetch(path)
  return { status: response.status, body: await response.json() }
}

/** A refusal, with what every problem must have. */
const refusal = async (path: string, body: unknown) => {
  const answer = await post(path, body)
  const problem = problemSchema.parse(answer.body)
  expect(problem.next).not.toBe('')
  expect(problem.status).toBe(answer.status)
  return problem
}

const artifact = async (bytes: string): Promise<string> => (await http.client.putArtifact(streamOf(bytes))).digest

const rolloutsStored = async (): Promise<number> => (await listRollouts(http.store.db, { limit: 200 })).length

/** Releases that came to live one after the other: v1, v2 … */
const live = async (...bytes: readonly string[]): Promise<void> => {
  for (const one of bytes) await enter(http.store, (await deployed(http.client, one)).number, { phase: 'Succeeded' })
}

const aborted: Stage = { phase: 'Failed', cause: { kind: 'abort', actor: 'ada', reason: '' } }
const inFirstStep: Stage = { phase: 'Progressing', step: 0, from: null, lapses: 0 }
const paused: Stage = {
  phase: 'Paused',
  leadsTo: { phase: 'Progressing', step: 1 },
  reason: { kind: 'person', actor: 'ada', reason: '' },
}

test('a deploy begins a rollout, and answers how it stands', async () => {
  const { status, body } = await post('/v1/rollouts', { config, artifact: await artifact('one') })
  expect(status).toBe(202)
  const { rollout: view, unchanged } = deployedSchema.parse(body)
  expect(unchanged).toBe(false)
  expect(view).toMatchObject({ id: 'r-1', app: 'shop', environment: 'production', release: 'v1', phase: 'Pending' })
  expect(await get('/v1/rollouts/r-1')).toEqual({ status: 200, body: view })
  expect(await get('/v1/rollouts/1')).toEqual({ status: 200, body: view })
})

test('the same deploy again, of what is live, begins nothing', async () => {
  await live('one')
  const again = await post('/v1/rollouts', { config, artifact: await artifact('one') })
  expect(again).toMatchObject({ status: 202, body: { unchanged: true, rollout: { id: 'r-1', phase: 'Succeeded' } } })
  expect(await rolloutsStored()).toBe(1)
})

test('of two deploys at the same instant one begins', async () => {
  const asked = [
    { config, artifact: await artifact('one') },
    { config, artifact: await artifact('two') },
  ]
  const answers = await Promise.all(asked.map((body) => post('/v1/rollouts', body)))
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409])
  expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'HD4101' })
  expect(await rolloutsStored()).toBe(1)
})

const ofHost = (host: string) => ({ router: { kind: 'edge', host } })
const withStaging = { ...config, environments: { production: {}, staging: ofHost('staging.example') } }
const unknownDigest = `sha256:${'0'.repeat(64)}`

type Refused = readonly [
  what: string,
  body: { readonly config?: unknown; readonly artifact?: string; readonly [key: string]: unknown },
  answer: {
    readonly code: string
    readonly status: number
    readonly place?: string
    readonly detail?: unknown
    readonly next?: unknown
  },
]

test.for<Refused>([
  [
    'a config with a mistake',
    { config: { ...config, run: { ...config.run, comand: 'node' } } },
    { code: 'HD2003', status: 422, place: 'run.comand', detail: expect.stringContaining('command') },
  ],
  ['a config that is none', { config: 7 }, { code: 'HD2003', status: 422 }],
  [
    'an environment that the config has not',
    { environment: 'prod' },
    { code: 'HD2104', status: 422, detail: '"prod"', next: expect.stringContaining('production') },
  ],
  ['no environment where there are two', { config: withStaging }, { code: 'HD2105', status: 422 }],
  ['an artifact that nobody uploaded', { artifact: unknownDigest }, { code: 'HD3005', status: 404 }],
  ['a version that is no name', { version: 'v 1' }, { code: 'HD9001', status: 400, place: 'version' }],
])('refuses to deploy %s, and writes nothing', async ([, body, expected]) => {
  const problem = await refusal('/v1/rollouts', { config, artifact: await artifact('one'), ...body })
  expect(problem).toMatchObject(expected)
  expect(await rolloutsStored()).toBe(0)
})

test('refuses to deploy while a rollout is under way, and says which', async () => {
  await deployed(http.client)
  const problem = await refusal('/v1/rollouts', { config, artifact: await artifact('two') })
  expect(problem).toMatchObject({ code: 'HD4101', status: 409, detail: expect.stringMatching(/^r-1 \(Pending\)/) })
})

test('refuses to deploy other bytes under a version that stands', async () => {
  await live('one')
  const problem = await refusal('/v1/rollouts', { config, artifact: await artifact('two'), version: 'v1' })
  expect(problem).toMatchObject({ code: 'HD3006', status: 409 })
})

test('refuses to deploy a rejected artifact, and says how to allow it', async () => {
  await live('one')
  const bad = await deployed(http.client, 'two')
  await enter(http.store, bad.number, { phase: 'RolledBack', cause: { kind: 'rollback', actor: 'ada', reason: '' } })
  const digest = bad.artifact as Parameters<typeof reject>[1]['digest']
  const app = bad.app as Parameters<typeof reject>[1]['app']
  await reject(http.store.db, { digest, app, rollout: bad.number, reason: 'errors', at: now() })
  const problem = await refusal('/v1/rollouts', { config, artifact: bad.artifact })
  const short = bad.artifact.slice('sha256:'.length, 'sha256:'.length + 12)
  expect(problem).toMatchObject({ code: 'HD4102', status: 409, detail: `${short} by r-2: errors` })
  expect(problem.next).toContain(`humdrum lift ${short}`)
  expect(rolloutViewSchema.parse((await get('/v1/rollouts/r-2')).body).rejected).toBe(true)
})

test('refuses to deploy what would take the requests of another app', async () => {
  await live('one')
  const problem = await refusal('/v1/rollouts', { config: { ...config, app: 'blog' }, artifact: await artifact('two') })
  expect(problem).toMatchObject({ code: 'HD4107', status: 409, detail: 'shop/production takes any host' })
  expect(problem.next).toBe('name its own: router: { kind: edge, host: NAME }')
  expect(await rolloutsStored()).toBe(1)
})

test('refuses to deploy what serves already with other settings, and says which and what to do', async () => {
  await live('one')
  const more = { ...config, environments: { production: { target: { instances: 8 } } } }
  const problem = await refusal('/v1/rollouts', { config: more, artifact: await artifact('one') })
  expect(problem).toMatchObject({ code: 'HD4108', status: 409, detail: 'instances 1 → 8' })
  expect(problem.next).toContain('humdrum deploy --version NAME')
  expect(await rolloutsStored()).toBe(1)
})

test('refuses to deploy without a variable that the run names', async () => {
  await withDelivery({ missingVariables: () => ['SHOP_DB'] })
  const problem = await refusal('/v1/rollouts', { config, artifact: await artifact('one') })
  expect(problem).toMatchObject({ code: 'HD4103', status: 409, detail: 'SHOP_DB, named in run.env' })
})

test('refuses to deploy where there would be no way back', async () => {
  let isSound = true
  await withDelivery({ place: async () => (isSound ? ok(null) : failed('HD3004', 'server.js differs')) })
  await live('one')
  isSound = false
  const problem = await refusal('/v1/rollouts', { config, artifact: await artifact('two') })
  expect(problem).toMatchObject({ code: 'HD4311', status: 409, detail: 'to v1: server.js differs' })
  expect(await rolloutsStored()).toBe(1)
})

type Ordered = readonly [path: 'abort' | 'pause' | 'resume', from: Stage, command: string]

test.for<Ordered>([
  ['abort', inFirstStep, 'aborted'],
  ['pause', inFirstStep, 'paused'],
  ['resume', paused, 'resumed'],
])('%s is written down as an order, with who gave it and why', async ([path, stage, kind]) => {
  const { id, number } = await deployed(http.client)
  await enter(http.store, number, stage)
  const response = await http.fetch(`/v1/rollouts/${id}/${path}`, {
    method: 'POST',
    body: '{"reason":"it is friday"}',
    headers: { 'content-type': 'application/json', 'x-humdrum-actor': 'ada \u0085of ops' },
  })
  expect(response.status).toBe(202)
  expect(rolloutViewSchema.parse(await response.json())).toMatchObject({ id, phase: stage.phase })
  expect(await openCommands(http.store.db)).toMatchObject([
    { rollout: number, kind, actor: 'ada of ops', reason: 'it is friday' },
  ])
})

test('an abort needs no body', async () => {
  const { id } = await deployed(http.client)
  expect((await post(`/v1/rollouts/${id}/abort`)).status).toBe(202)
  expect(await openCommands(http.store.db)).toMatchObject([{ kind: 'aborted', actor: 'somebody', reason: '' }])
})

test.for([
  ['abort', aborted],
  ['pause', paused],
] as const)('%s of what is so already is fulfilled, and orders nothing', async ([path, stage]) => {
  const { id, number } = await deployed(http.client)
  await enter(http.store, number, stage)
  for (let times = 0; times < 2; times += 1)
    expect(await post(`/v1/rollouts/${id}/${path}`, {})).toMatchObject({ status: 202, body: { phase: stage.phase } })
  expect(await openCommands(http.store.db)).toEqual([])
})

test.for([
  ['pause', aborted, 'HD4104'],
  ['resume', aborted, 'HD4104'],
  ['resume', inFirstStep, 'HD4105'],
  ['pause', { phase: 'Preparing' }, 'HD4105'],
] as const)('refuses to %s where that makes no sense', async ([path, stage, code]) => {
  const { id, number } = await deployed(http.client)
  await enter(http.store, number, stage)
  expect(await refusal(`/v1/rollouts/${id}/${path}`, {})).toMatchObject({ code, status: 409 })
  expect(await openCommands(http.store.db)).toEqual([])
})

test.for(['r-9', '9', 'r-0', 'nine', 'r-99999999999999999'])('knows no rollout %s', async (name) => {
  const unknown = { status: 404, body: { code: 'HD4003' } }
  expect(await get(`/v1/rollouts/${name}`)).toMatchObject(unknown)
  for (const path of ['abort', 'pause', 'resume', 'promote', 'retry'])
    expect(await post(`/v1/rollouts/${name}/${path}`, {})).toMatchObject(unknown)
})

test('rollouts are listed newest first, so many as are asked for, of an app and an environment', async () => {
  await live('one', 'two')
  await http.client.deploy({ config: withStaging, environment: 'staging', artifact: await artifact('three') })
  await http.client.deploy({
    config: { ...config, app: 'blog', environments: { production: ofHost('blog.example') } },
    artifact: await artifact('four'),
  })
  const ids = async (query: string): Promise<unknown> => {
    const { status, body } = await get(`/v1/rollouts${query}`)
    expect(status).toBe(200)
    return routes.listRollouts.answer.parse(body).rollouts.map(({ id }) => id)
  }
  expect(await ids('')).toEqual(['r-4', 'r-3', 'r-2', 'r-1'])
  expect(await ids('?limit=2')).toEqual(['r-4', 'r-3'])
  expect(await ids('?app=shop')).toEqual(['r-3', 'r-2', 'r-1'])
  expect(await ids('?app=shop&environment=production')).toEqual(['r-2', 'r-1'])
  expect(await ids('?environment=staging')).toEqual(['r-3'])
})

test('an unknown app or environment is refused with the names that there are', async () => {
  await live('one')
  const named = (code: string, detail: string) => ({ status: code === 'HD4001' ? 404 : 422, body: { code, detail } })
  for (const path of ['/v1/rollouts', '/v1/status'])
    expect(await get(`${path}?app=shoop`)).toMatchObject(named('HD4001', '"shoop"; there is shop'))
  expect(await get('/v1/rollouts?app=shop&environment=prod')).toMatchObject(
    named('HD2104', '"prod"; there is production'),
  )
})

test('a rollback of what is live begins a rollout of the release before', async () => {
  await live('one', 'two')
  const { status, body } = await post('/v1/rollback', { app: 'shop', reason: 'slow' })
  expect(status).toBe(202)
  expect(rolloutViewSchema.parse(body)).toMatchObject({ id: 'r-3', kind: 'rollback', release: 'v1', from: 'v2' })
  expect(body).toMatchObject({ asked: { by: 'somebody', reason: 'slow' } })
  expect(await refusal('/v1/rollouts', { config, artifact: await artifact('two') })).toMatchObject({ code: 'HD4102' })
})

test('a rollback while a rollout is under way turns that one round', async () => {
  await live('one')
  const { number } = await deployed(http.client, 'two')
  const turned = await post('/v1/rollback', { app: 'shop', environment: 'production', to: 'v1' })
  expect(turned).toMatchObject({ status: 202, body: { id: 'r-2' } })
  expect(await openCommands(http.store.db)).toMatchObject([{ rollout: number, kind: 'rollbackAsked' }])
  const problem = await refusal('/v1/rollback', { app: 'shop', to: 'v9' })
  expect(problem).toMatchObject({ code: 'HD4101', status: 409 })
})

test('a rollback says why it cannot', async () => {
  const refused = (body: unknown) => refusal('/v1/rollback', body)
  expect(await refused({ app: 'shop' })).toMatchObject({ code: 'HD4001', status: 404 })
  await live('one')
  expect(await refused({ app: 'shop' })).toMatchObject({ code: 'HD4312', status: 409 })
  expect(await refused({ app: 'shop', environment: 'prod' })).toMatchObject({ code: 'HD2104', status: 422 })
  expect(await refused({ app: 'shop', to: 'v7' })).toMatchObject({ code: 'HD4004', status: 404 })
  const staged = await http.client.deploy({
    config: withStaging,
    environment: 'staging',
    artifact: await artifact('two'),
  })
  await enter(http.store, Number(staged.rollout.id.slice(2)) as RolloutId, { phase: 'Succeeded' })
  expect(await refused({ app: 'shop' })).toMatchObject({ code: 'HD2105', status: 422 })
})

test('a reason is kept as one line that moves no cursor', async () => {
  await deployed(http.client)
  await http.client.abort('r-1', 'the queue\n\n\u001b[2J is \u202efull ')
  expect(await openCommands(http.store.db)).toMatchObject([{ reason: 'the queue [2J is full' }])
})

test('an address that is too long is not told back whole', async () => {
  const { status, body } = await post(`/v1/rollouts/${'x'.repeat(10_000)}/abort`, {})
  const problem = problemSchema.parse(body)
  expect([status, problem.code]).toEqual([400, 'HD9001'])
  expect(problem.detail.length).toBeLessThanOrEqual(200)
})
