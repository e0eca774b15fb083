// The engine that needs nothing but Node: its HTTP server takes requests, undici carries them on. Here a connection
// becomes requests, and each finds its route; forwarding one is the exchange's.
import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import { createServer, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { RouteState } from '../../route-state.ts'
import type { Send } from '../../upstreams.ts'
import type { Client } from '../../visits.ts'
import { bucketIn } from '../../visits.ts'
import { answer } from './answer.ts'
import type { Asked } from './exchange.ts'
import { Exchange } from './exchange.ts'
import type { Target } from './head.ts'
import { headFault, requestHead, targetOf } from './head.ts'
import { discardRest, hasBody, RequestBody } from './request-body.ts'
import { noteRequest, unwatchRequestLines, watchRequestLines } from './request-line.ts'

export type Engine = {
  readonly port: number
  /** Takes no new connection; answers what is in flight, and resolves when that is over or `graceMs` are. */
  close(graceMs: number): Promise<void>
}

export type EngineOptions = {
  readonly host: string
  readonly port: number
  readonly find: (host: string) => RouteState | null
}

const limits = {
  maxHeaderSize: 65_536,
  /** For a whole head, however it trickles. */
  headersTimeout: 10_000,
  /** None for a whole request: an upload may take its time. */
  requestTimeout: 0,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 1_000,
}

type Upgrade = Asked['upgrade']

/** Listens; rejects with the system's error when the port is taken. */
export const startNodeEngine = async ({ host, port, find }: EngineOptions): Promise<Engine> => {
  let closing = false
  const take = (request: IncomingMessage, response: ServerResponse, upgrade: Upgrade): void => {
    if (!request.socket.writable) return // refused by its first line
    noteRequest(request)
    if (closing) response.shouldKeepAlive = false
    const target = receive(request, response)
    if (target !== null) serve({ request, response, upgrade, target }, find(target.host))
  }
  const server = createServer({
    ...limits,
    requireHostHeader: false, // looked at in headFault, with all else
    shouldUpgradeCallback: isWebSocket,
  })
  server.maxHeadersCount = 0 // as many as their bytes allow: beyond a count, Node drops fields without a word
  const connections = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    socket.setMaxListeners(0) // one for each pipelined request
    watchRequestLines(socket)
  })
  server.on('request', (request, response) => take(request, response, null))
  server.on('checkContinue', (request, response) => {
    if (headFault(request) === null) response.writeContinue()
    take(request, response, null)
  })
  server.on('upgrade', (request, socket, head) => {
    unwatchRequestLines(socket)
    const response = responseOver(request, socket)
    if (response !== null) take(request, response, { socket, head })
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: addressOf(server).port,
    close: async (graceMs) => {
      closing = true
      await closeServer(server, connections, graceMs)
    },
  }
}

/** Any other wish to switch protocols is not heard, as RFC 9110, 7.8 allows: the request is answered as it is. */
const isWebSocket = (request: IncomingMessage): boolean =>
  request.method === 'GET' &&
  request.httpVersion === '1.1' &&
  request.headers.upgrade?.toLowerCase() === 'websocket' &&
  !hasBody(request)

/** An answer over a socket that Node's server has let go; the connection ends with it. */
const responseOver = (request: IncomingMessage, socket: Duplex): ServerResponse | null => {
  const response = new ServerResponse(request)
  response.shouldKeepAlive = false
  socket.on('error', () => {}) // its close is what counts
  try {
    response.assignSocket(request.socket)
  } catch {
    socket.destroy() // the answer to an earlier request is still due on it: nobody switches then
    return null
  }
  response.once('finish', () => request.socket.destroySoon())
  return response
}

/** Where a request wants to go; null when it was refused. */
const receive = (request: IncomingMessage, response: ServerResponse): Target | null => {
  const fault = headFault(request)
  const target = fault === null ? targetOf(request) : null
  if (target === null) answer(response, 400, { text: fault ?? 'such an address cannot be served', close: true })
  return target
}

type Received = Omit<Asked, 'send'> & { readonly target: Target }

const serve = ({ request, response, upgrade, target }: Received, state: RouteState | null): void => {
  const client = state?.knowsClients === true ? clientOf(request) : null
  const routed = state?.choose(client) ?? null
  if (state !== null && routed !== null) {
    const send = sendOf(request, target, upgrade)
    new Exchange({ request, response, upgrade, send }, { state, routed }).begin()
    return
  }
  if (state === null) answer(response, 404, { text: `no app is served for the host ${JSON.stringify(target.host)}` })
  else answer(response, 503, { text: `no instance of ${state.route.app} is ready` })
  discardRest(request)
}

const clientOf = ({ headers, socket }: IncomingMessage): Client => ({
  bucket: bucketIn(headers.cookie),
  address: socket.remoteAddress ?? '',
})

const sendOf = (request: IncomingMessage, { authority, path }: Target, upgrade: Upgrade): Send => {
  const client = { address: request.socket.remoteAddress ?? '', authority }
  const headers = requestHead(request.rawHeaders, client)
  const send = { method: request.method ?? 'GET', path, headers }
  if (upgrade !== null) return { ...send, upgrade: 'websocket' }
  if (!hasBody(request)) return send
  const length = request.headers['content-length']
  if (length !== undefined) headers.push('content-length', length)
  return { ...send, body: new RequestBody(request) }
}

const addressOf = (server: Server): AddressInfo => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address
}

/** How soon a connection is let go after its last answer. */
const sweepMs = 20

const closeServer = async (server: Server, connections: ReadonlySet<Socket>, graceMs: number): Promise<void> => {
  const closed = once(server, 'close')
  server.close()
  // Node closes those that wait for a next request now; not those that never had one, nor those that wait later.
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy()
  const sweeping = setInterval(() => server.closeIdleConnections(), sweepMs)
  const timer = setTimeout(() => {
    for (const socket of connections) socket.destroy()
  }, graceMs)
  await closed
  clearInterval(sweeping)
  clearTimeout(timer)
}
