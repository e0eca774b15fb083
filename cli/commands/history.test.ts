import { expect, test } from 'vitest'
import { capturedTerminal } from '../captured-terminal.ts'
import { sendJson, startContractServer } from '../contract-server.ts'
import { exampleView } from '../render/example-view.ts'
import type { HistoryOptions } from './history.ts'
import { history } from './history.ts'

const status = {
  server: { version: '0.1.0', url: 'http://127.0.0.1:7700', startedAt: 0, pid: 7 },
  edge: { url: 'http://127.0.0.1:8080', reachable: true, pid: 8 },
  environments: [{ app: 'shop', environment: 'production', stable: 'v2', rollout: exampleView() }],
}

/** What was asked of the server, and what was written. */
const told = async (app: string | undefined, options: HistoryOptions) => {
  const asked: string[] = []
  await using server = await startContractServer({
    'GET /v1/status': (response) => sendJson(response, status),
    'GET /v1/rollouts': (response, query) => {
      asked.push(query.toString())
      sendJson(response, { rollouts: [exampleView({ endedAt: 900 })] })
    },
  })
  const terminal = capturedTerminal()
  const invocation = { terminal, cwd: '/', variables: {}, home: undefined, connect: server.connect }
  const exit = await history(invocation, app, options)
  return { asked, exit, text: terminal.written() }
}

test('asks for what was named, and for everything where nothing was', async () => {
  expect((await told(undefined, {})).asked).toEqual([''])
  const { asked } = await told('shop', { environment: 'production', limit: 5 })
  expect(asked).toEqual(['app=shop&environment=production&limit=5'])
})

test('a machine reads one line, with who asked', async () => {
  const { text, exit } = await told(undefined, { json: true })
  expect(JSON.parse(text)).toMatchObject({ rollouts: [{ id: 'r-42', asked: { by: 'ada', reason: '' } }], exit })
})

test('says which app was meant', async () => {
  await expect(told('shpo', {})).rejects.toThrow('unknown app: "shpo"')
})
