import { expect, test } from 'vitest'
import { capturedTerminal } from '../captured-terminal.ts'
import { sendJson, startContractServer } from '../contract-server.ts'
import { exampleView } from '../render/example-view.ts'
import { explain } from './explain.ts'

const explanation = (id: string) => ({
  title: `${id}  shop → production  Progressing`,
  sections: [{ heading: 'where it is', lines: ['10 % of the traffic to v3'] }],
  timeline: [{ at: 0, text: 'v3 accepted' }],
  rollout: exampleView({ id }),
})

const started = () =>
  startContractServer({
    'GET /v1/status': (response) =>
      sendJson(response, {
        server: { version: '0.1.0', url: '', startedAt: 0, pid: 7 },
        edge: { url: '', reachable: true, pid: 8 },
        environments: [{ app: 'shop', environment: 'production', stable: 'v2', rollout: exampleView() }],
      }),
    'GET /v1/rollouts/r-42/explain': (response) => sendJson(response, explanation('r-42')),
    'GET /v1/rollouts/r-7/explain': (response) => sendJson(response, explanation('r-7')),
  })

const explained = async (name: string | undefined, options: Parameters<typeof explain>[2] = {}) => {
  await using server = await started()
  const terminal = capturedTerminal()
  const local = { terminal, cwd: '/', variables: {}, home: undefined }
  const exit = await explain({ ...local, connect: server.connect }, name, options)
  return { exit, out: terminal.written() }
}

test('explains the newest rollout where none is named, and the named one', async () => {
  expect((await explained(undefined)).out).toContain('r-42  shop → production')
  expect((await explained('r-7')).out).toContain('r-7  shop → production')
})

test('prints one line of JSON where a machine reads', async () => {
  const { exit, out } = await explained('r-7', { json: true })
  expect(JSON.parse(out)).toEqual({ ...explanation('r-7'), exit })
})

test('a rollout and an environment are two answers to one question', async () => {
  await expect(explained('r-7', { app: 'shop' })).rejects.toThrow('wrong usage: r-7 is one rollout already')
})
