// A server that is there and does not speak, as somebody meets it who types a command.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { testPlace } from './test-place.ts'

test('no command waits for ever for a server that takes connections and says nothing', {
  timeout: 30_000,
}, async () => {
  await using place = testPlace()
  const server = createServer((socket) => {
    socket.on('error', () => {}) // whoever gave up may break it off
    onTestFinished(() => void socket.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { HUMDRUM_URL: url, HUMDRUM_TOKEN: 'secret' }
  const answers = await Promise.all(['status', 'retry r-1 --json'].map((line) => place.run(line, { env })))
  expect(answers.map(({ err }) => err.includes('may still be carried out'))).toEqual([false, true])
  for (const { code, err } of answers) {
    expect(code).toBe(1)
    expect(err).toContain(`no server answers: ${url} takes connections, and has said nothing for 10 s  [HD1101]\n  `)
  }
})
