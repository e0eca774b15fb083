import type { StatusView } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
import { sendJson, startContractServer } from '../contract-server.ts'
import { exampleView } from '../render/example-view.ts'
import { testPlace } from '../test-place.ts'

const statusAt = (headline: string): StatusView => ({
  server: { version: '0.1.0', url: 'http://127.0.0.1:7700', startedAt: 0, pid: 7 },
  edge: { url: 'http://127.0.0.1:8080', reachable: true, pid: 8 },
  disks: [],
  observations: [],
  environments: [{ app: 'shop', environment: 'production', stable: 'v2', rollout: exampleView({ headline }) }],
})

test('--watch on a pipe writes a line per change, waits for a server that is away, and ends with Ctrl-C', async () => {
  let asked = 0
  await using server = await startContractServer({
    'GET /v1/status': (response) => {
      asked += 1
      if (asked === 2) response.destroy()
      else sendJson(response, statusAt(asked < 4 ? '1 %' : '10 %'))
    },
  })
  await using place = testPlace()
  const env = { HUMDRUM_URL: server.url, HUMDRUM_TOKEN: 'secret' }
  const running = place.start(['status', '--watch'], { env })
  await running.says('10 %')
  running.child.kill('SIGINT')
  expect(await running.answer).toEqual({
    code: 0,
    err: '',
    out:
      'shop → production  r-42 Progressing: 1 %; stable v2\n' +
      'shop → production  r-42 Progressing: 10 %; stable v2\n',
  })
})
