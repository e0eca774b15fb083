import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { FaultError } from '@humdrum/core/errors.ts'
import { expect, onTestFinished, test } from 'vitest'
import { watchLife } from './server-life.ts'

const pace = { askEveryMs: 10, silentMs: 50 }

const urlOf = async (server: Server): Promise<URL> => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/livez`)
}

const watch = (url: URL, given?: AbortSignal, silentMs = pace.silentMs) => {
  const life = watchLife({ url, look: 'humdrum doctor', given }, { ...pace, silentMs })
  onTestFinished(life.end)
  return life
}

test('a server that takes connections and says nothing is given up, with what tells why', async () => {
  const url = await urlOf(createServer((socket) => onTestFinished(() => void socket.destroy())))
  const life = watch(url)
  await expect.poll(() => life.signal.aborted, { timeout: 10_000 }).toBe(true)
  const { reason } = life.signal
  expect(reason instanceof FaultError && reason.fault).toEqual({
    code: 'HD1101',
    reason: `${url.origin} takes connections, and has said nothing for 0.05 s`,
    next: 'humdrum doctor',
  })
})

test('one that answers anything at all is waited for, and so is one that refuses', async () => {
  let asked = 0
  const server = createHttpServer((_request, response) => {
    asked += 1
    response.writeHead(401).end('who are you?')
  })
  const life = watch(await urlOf(server), undefined, 5_000)
  await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(10)
  expect(life.signal.aborted).toBe(false)
  server.close()
  server.closeAllConnections()
  await sleep(20 * pace.askEveryMs) // nothing tells that nothing happens
  expect(life.signal.aborted).toBe(false)
})

test('ends with whoever waits', async () => {
  const given = new AbortController()
  const url = await urlOf(createServer((socket) => onTestFinished(() => void socket.destroy())))
  const life = watch(url, given.signal)
  given.abort('gone')
  expect(life.signal.reason).toBe('gone')
})
