import { expect, test } from 'vitest'
import { capturedTerminal } from '../captured-terminal.ts'
import { sendJson, startContractServer } from '../contract-server.ts'
import { exampleView } from '../render/example-view.ts'
import type { RetryOptions } from './retry.ts'
import { retry } from './retry.ts'

const again = exampleView({ id: 'r-43', phase: 'Pending', step: null, headline: 'v3 accepted' })

const retried = async (name: string | undefined, options: RetryOptions = {}) => {
  await using server = await startContractServer({
    'GET /v1/status': (response) =>
      sendJson(response, {
        server: { version: '0.1.0', url: 'http://127.0.0.1:7700', startedAt: 0, pid: 7 },
        edge: { url: 'http://127.0.0.1:8080', reachable: true, pid: 8 },
        environments: [{ app: 'shop', environment: 'production', stable: 'v2', rollout: exampleView() }],
      }),
    'POST /v1/rollouts/r-42/retry': (response) => sendJson(response, again),
  })
  const terminal = capturedTerminal()
  const invocation = { terminal, cwd: '/', variables: {}, home: undefined, connect: server.connect }
  const exit = await retry(invocation, name, options)
  return { exit, out: terminal.written(), err: terminal.complained() }
}

test.each([['r-42'], [undefined]])('begins %s again, and on a pipe lets it go on by itself', async (name) => {
  expect(await retried(name)).toEqual({ exit: 0, out: 'shop → production: v3 once more  r-43\n', err: '' })
})

test('tells a machine the new rollout, on a line of its own', async () => {
  const { out, err } = await retried('r-42', { json: true })
  expect(JSON.parse(out)).toEqual({ rollout: again, exit: 0 })
  expect(err).toBe('shop → production: v3 once more  r-43\n')
})
