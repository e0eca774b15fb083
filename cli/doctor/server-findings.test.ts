import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { connect } from '../connect.ts'
import { sendJson, startContractServer } from '../contract-server.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { version } from '../version.ts'
import { serverFindings } from './server-findings.ts'

const unknown = (response: ServerResponse): void =>
  sendJson(
    response,
    { type: 'urn:humdrum:HD9002', title: 'no such address', status: 404, detail: '', code: 'HD9002', next: '' },
    404,
  )

const view = (given: { now?: number; version?: string }) => ({
  now: Date.now(),
  server: { version: given.version ?? version, node: '24.0.0' },
  findings: [{ id: 'memory', of: null, verdict: 'ok', says: 'enough', next: null }],
  ...(given.now === undefined ? {} : { now: given.now }),
})

test('an old server is told by its version, and what to do', async () => {
  const status = {
    server: { version: '0.0.9', url: '', startedAt: 0, pid: 7 },
    edge: { url: '', reachable: true, pid: 8 },
  }
  await using server = await startContractServer({
    'GET /v1/doctor': unknown,
    'GET /v1/status': (response) => sendJson(response, { ...status, environments: [] }),
  })
  const findings = await serverFindings({ connect: server.connect, server: null, isElsewhere: false })
  expect(findings).toMatchObject([
    { id: 'version.server', verdict: 'look', says: `the server is 0.0.9, this command line ${version}` },
    { id: 'server', verdict: 'look', says: 'answers, and is too old to be looked over' },
  ])
})

test('hands on what a server says of itself', async () => {
  await using server = await startContractServer({ 'GET /v1/doctor': (response) => sendJson(response, view({})) })
  const findings = await serverFindings({ connect: server.connect, server: null, isElsewhere: false })
  expect(findings.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(['server ok', 'version.server ok', 'memory ok'])
})

test('the clock of a server elsewhere is held against that of this machine', async () => {
  await using server = await startContractServer({
    'GET /v1/doctor': (response) => sendJson(response, view({ now: Date.now() + 90_000, version: '9.9.9' })),
  })
  const findings = await serverFindings({ connect: server.connect, server: null, isElsewhere: true })
  expect(findings).toMatchObject([
    { id: 'server' },
    { id: 'version.server', verdict: 'look' },
    { id: 'clock.server', verdict: 'look', says: expect.stringContaining('1:30 ahead') },
    { id: 'memory' },
  ])
})

test('an answer that cannot be understood, a wrong token and nobody at all are broken, with what to do', async () => {
  await using server = await startContractServer({ 'GET /v1/doctor': (response) => sendJson(response, { hello: 1 }) })
  const asked = { connect: server.connect, server: null, isElsewhere: true }
  expect(await serverFindings(asked)).toMatchObject([{ id: 'server', verdict: 'broken', next: expect.any(String) }])
  await server.die()
  expect(await serverFindings(asked)).toMatchObject([
    { id: 'server', verdict: 'broken', says: expect.stringContaining('none answers') },
  ])
})

test('where nothing was ever started, nothing is broken', async () => {
  using folder = temporaryFolder()
  const findings = await serverFindings({
    ...{ connect: () => connect({ home: folder.path, variables: {} }), server: null, isElsewhere: false },
  })
  expect(findings).toMatchObject([{ id: 'server', verdict: 'look', next: `humdrum up --home ${folder.path}` }])
})
