// The typed client of the contract against this server, and against what is none.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Client } from '@humdrum/contract/client.ts'
import { createClient } from '@humdrum/contract/client.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { expect, onTestFinished, test } from 'vitest'
import { config, deployed, enter, startHttp, streamOf } from './started-http.ts'

const faultOf = async (asked: Promise<unknown>) => {
  const error = await asked.then(
    () => null,
    (cause: unknown) => cause,
  )
  if (error instanceof FaultError) return error.fault
  throw new Error('no fault', { cause: error })
}

test('asks every question and reads every answer', async () => {
  await using http = await startHttp({ lapsing: async () => ['r-1 (shop/production)'] })
  const { client } = http
  const { digest, bytes } = await client.putArtifact(streamOf('one ', 'two'))
  expect(bytes).toBe(7)
  const { rollout } = await client.deploy({ config, artifact: digest, environment: 'production', version: 'v7' })
  expect(rollout).toMatchObject({ id: 'r-1', release: 'v7' })
  expect(await client.getRollout('r-1')).toEqual(rollout)
  expect(await client.listRollouts({ app: 'shop', limit: '1' })).toEqual({ rollouts: [rollout] })
  expect((await client.status({ app: 'shop', environment: 'production' })).environments).toHaveLength(1)
  expect((await client.abort('r-1', 'no')).id).toBe('r-1')
  expect((await client.rollback({ app: 'shop' })).id).toBe('r-1')
  await expect(client.pause('r-1')).rejects.toMatchObject({ fault: { code: 'HD4105' } })
  await expect(client.promote('r-1')).rejects.toMatchObject({ fault: { code: 'HD4105' } })
  await expect(client.promoteFully('r-1', 'now')).rejects.toMatchObject({ fault: { code: 'HD4105' } })
  await expect(client.retry('r-1')).rejects.toMatchObject({ fault: { code: 'HD4109' } })
  await expect(client.resume('r-1')).rejects.toMatchObject({ fault: { code: 'HD4105' } })
  await expect(client.lift(digest, 'why')).rejects.toMatchObject({ fault: { code: 'HD4106' } })
  expect(await client.stop(false)).toEqual({ lapsing: ['r-1 (shop/production)'] })
})

test('a refusal comes as the fault that it is: code, reason, place and next step', async () => {
  await using http = await startHttp()
  const { digest } = await http.client.putArtifact(streamOf('one'))
  const mistaken = { ...config, run: { ...config.run, comand: 'node' } }
  expect(await faultOf(http.client.deploy({ config: mistaken, artifact: digest }))).toEqual({
    code: 'HD2003',
    reason: expect.stringContaining('comand'),
    place: 'run.comand',
    next: expect.stringContaining('humdrum schema'),
  })
  await deployed(http.client)
  expect(await faultOf(http.client.deploy({ config, artifact: digest }))).toEqual({
    code: 'HD4101',
    reason: expect.stringContaining('r-1'),
    next: expect.stringContaining('humdrum abort'),
  })
})

test('events and logs are refused in the same manner', async () => {
  await using http = await startHttp()
  expect(await faultOf(http.client.events({ rollout: 'r-9' }).next())).toMatchObject({ code: 'HD4003' })
  expect(await faultOf(http.client.logs({ app: 'shoop' }).next())).toMatchObject({ code: 'HD4001' })
})

test('an identifier with strange letters stays one part of the address', async () => {
  await using http = await startHttp()
  for (const id of ['../status', 'r-1/abort', 'r-1?x=1', 'r-1#x', '%2e%2e'])
    expect(await faultOf(http.client.getRollout(id))).toMatchObject({ code: 'HD4003', reason: JSON.stringify(id) })
})

test('a wrong token is HD1102', async () => {
  await using http = await startHttp()
  const stranger = createClient({ url: http.url, token: 'wrong', actor: 'eve' })
  expect(await faultOf(stranger.status())).toMatchObject({
    code: 'HD1102',
    next: expect.stringContaining('HUMDRUM_TOKEN'),
  })
  expect(await faultOf(stranger.putArtifact(streamOf('x')))).toMatchObject({ code: 'HD1102' })
})

test('where nobody listens it is HD1101, with the address', async () => {
  const http = await startHttp()
  await http[Symbol.asyncDispose]()
  const calls: readonly (() => Promise<unknown>)[] = [
    () => http.client.status(),
    () => http.client.putArtifact(streamOf('x')),
    () => http.client.events({}).next(),
  ]
  for (const call of calls) expect(await faultOf(call())).toMatchObject({ code: 'HD1101', reason: `at ${http.url}` })
})

test('a server that stops in the midst of events ends them', async () => {
  const http = await startHttp()
  const { id } = await deployed(http.client)
  const events = http.client.events({ rollout: id })
  await events.next()
  const rest = (async () => {
    for await (const { kind } of events) expect(kind).toBe('progress')
  })()
  await http[Symbol.asyncDispose]()
  await rest
})

/** Somebody else's server, which gives everybody the same answer. */
const clientOfOther = async (status: number, body: string, type = 'application/json'): Promise<Client> => {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': type }).end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return createClient({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'x',
    actor: 'ada',
  })
}

const newer = { type: 'urn:humdrum:HD7777', title: 'too new', status: 409, detail: 'the moon is full', next: 'wait' }

test.for([
  ['a page', 200, '<h1>It works!</h1>', 'status answered another form'],
  ['nothing', 200, '', 'status answered another form'],
  ['another object', 200, '{"server":{}}', 'status answered another form'],
  ['an error that is no problem', 502, '<h1>Bad Gateway</h1>', 'it answered 502'],
  ['an error of another form', 404, '{"message":"Not Found"}', 'it answered 404'],
  ['a code of a newer version', 409, JSON.stringify({ ...newer, code: 'HD7777' }), 'HD7777: the moon is full'],
] as const)('an answer that is not ours is HD1103: %s', async ([, status, body, reason]) => {
  const client = await clientOfOther(status, body)
  expect(await faultOf(client.status())).toMatchObject({ code: 'HD1103', reason })
})

test('what is read stays what the server says, also when the rollout is over', async () => {
  await using http = await startHttp()
  const { id, number } = await deployed(http.client)
  await enter(http.store, number, { phase: 'Failed', cause: { kind: 'notPlaced', reason: 'the disk is full' } })
  expect(await http.client.getRollout(id)).toMatchObject({ phase: 'Failed', reason: 'the disk is full' })
})

test('a name with letters that headers have not is on record as it is written', async () => {
  await using http = await startHttp()
  const client = createClient({ url: http.url, token: http.token, actor: 'Łukasz 100 %' })
  const { digest } = await client.putArtifact(streamOf('one'))
  await client.deploy({ config, artifact: digest })
  const events = client.events({ rollout: 'r-1' })
  const { value } = await events.next()
  await events.return(undefined)
  expect(value).toMatchObject({ transition: { text: expect.stringContaining('(asked by Łukasz 100 %)') } })
})

test('a token that cannot be one is refused before it is sent', async () => {
  await using http = await startHttp()
  const client = createClient({ url: http.url, token: `${http.token}\n`, actor: 'ada' })
  expect(await faultOf(client.status())).toMatchObject({ code: 'HD1102' })
})

test('a server below a path is asked below that path', async () => {
  const paths: (string | undefined)[] = []
  const server = createServer((request, response) => {
    paths.push(request.url)
    response.end('{}')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tools/humdrum/`
  expect(await faultOf(createClient({ url, token: 'x', actor: 'ada' }).status())).toMatchObject({ code: 'HD1103' })
  expect(paths).toEqual(['/tools/humdrum/v1/status'])
})
