// A server that speaks the contract as far as a test wants it to, for what the real one does not do on demand: to go away
// in the middle of an answer, to come back under another address, to send exactly these events.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Client } from '@humdrum/contract/client.ts'
import { createClient } from '@humdrum/contract/client.ts'

/** `GET /v1/rollouts/r-42`, with its query; answered by writing. */
export type Answers = Readonly<Record<string, (response: ServerResponse, query: URLSearchParams) => void>>

export type ContractServer = AsyncDisposable & {
  readonly url: string
  readonly connect: () => Client
  /** Ends it at once, whatever is on its way. */
  readonly die: () => Promise<void>
}

export const startContractServer = async (answers: Answers): Promise<ContractServer> => {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://localhost')
    const answer = answers[`${request.method} ${url.pathname}`]
    if (answer === undefined) response.writeHead(404).end()
    else answer(response, url.searchParams)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const die = async (): Promise<void> => {
    const closed = server.listening ? once(server, 'close') : null
    server.close()
    server.closeAllConnections()
    await closed
  }
  return {
    url,
    die,
    connect: () => createClient({ url, token: 'secret', actor: 'ada' }),
    [Symbol.asyncDispose]: die,
  }
}

export const sendJson = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
