// Instances of a release for tests: real servers on free ports of the loopback. One speaks HTTP as Node does; the other
// says byte by byte what the test wants, however odd.
import { once } from 'node:events'
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttpServer } from 'node:http'
import type { Server, Socket } from 'node:net'
import { createServer } from 'node:net'

export type Instance<Kind extends Server = Server> = AsyncDisposable & {
  readonly port: number
  readonly server: Kind
  /** Every connection that was ever made, and the requests, as `GET /path`. */
  readonly connections: Socket[]
  readonly requests: string[]
}

const opened = async <Kind extends Server>(server: Kind, requests: string[] = []): Promise<Instance<Kind>> => {
  const connections: Socket[] = []
  server.on('connection', (socket: Socket) => {
    connections.push(socket)
    socket.on('error', () => {}) // a client that breaks off is part of the test
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    ...{ port: address.port, server, connections, requests },
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy()
      if (!server.listening) return
      server.close()
      await once(server, 'close')
    },
  }
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void

/** Answers `hello` unless it is told otherwise. */
export const startInstance = (
  handle: Handle = (_, response) => response.end('hello'),
): Promise<Instance<HttpServer>> => {
  const requests: string[] = []
  const server = createHttpServer({ maxHeaderSize: 131_072 }, (request, response) => {
    requests.push(`${request.method} ${request.url}`)
    response.on('error', () => {})
    handle(request, response)
  })
  server.maxHeadersCount = 0
  return opened(server, requests)
}

/** Hears whole heads, and says what it is told to; `head` is the text up to the empty line. */
export const startRawInstance = (heard: (head: string, socket: Socket) => void): Promise<Instance> =>
  opened(
    createServer((socket) => {
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk.toString('latin1')
        for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
          const head = text.slice(0, end)
          text = text.slice(end + 4)
          heard(head, socket)
        }
      })
    }),
  )

/** A port on which nobody listens. */
export const deafPort = async (): Promise<number> => {
  const instance = await opened(createServer())
  await instance[Symbol.asyncDispose]()
  return instance.port
}
