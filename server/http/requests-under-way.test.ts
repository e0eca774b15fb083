import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import type { StartedHttp } from './started-http.ts'
import { startHttp } from './started-http.ts'

const portOf = ({ url }: StartedHttp): number => Number(new URL(url).port)

const head = (http: StartedHttp, path: string, type: string): string =>
  `POST ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${http.token}\r\ncontent-type: ${type}\r\ncontent-length: 99\r\n\r\n`

type Dawdler = readonly [what: string, says: (http: StartedHttp) => string]

test.for<Dawdler>([
  ['says nothing', () => ''],
  ['sends half a head', () => 'GET /livez HT'],
  ['was refused and sends half a body', () => 'POST /v1/stop HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{'],
  ['sends half a body', (http) => `${head(http, '/v1/rollback', 'application/json')}{`],
  ['sends half an artifact', (http) => `${head(http, '/v1/artifacts', 'application/x-tar')}x`],
])('the end of the server waits for nobody who %s', { timeout: 5_000 }, async ([, says]) => {
  await using http = await startHttp()
  const arrived = new Promise((resolve) =>
    http.app.server.once('connection', (connection) => connection.once('data', resolve)),
  )
  const connected = new Promise((resolve) => http.app.server.once('connection', resolve))
  const socket = connect(portOf(http), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => {}) // it is cut
  const words = says(http)
  socket.write(words)
  await (words === '' ? connected : arrived)
  await http.app.close()
})

const ask = (http: StartedHttp, agent: Agent): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${http.token}`, 'content-type': 'application/json' }
    const asked = request(`${http.url}/v1/stop`, { agent, method: 'POST', headers }, resolve)
    asked.on('error', reject)
    asked.end('{"everything":false}')
  })

test('what is being answered at the end of the server is answered, and its connection then closed', {
  timeout: 5_000,
}, async () => {
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<string[]>()
  await using http = await startHttp({
    lapsing: () => {
      asked.resolve()
      return answer.promise
    },
  })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const response = ask(http, agent)
  await asked.promise
  const closed = http.app.close()
  await expect.poll(() => http.app.server.listening).toBe(false)
  answer.resolve(['r-1 (shop/production)'])
  expect(JSON.parse(await text(await response))).toEqual({ lapsing: ['r-1 (shop/production)'] })
  await closed
})
