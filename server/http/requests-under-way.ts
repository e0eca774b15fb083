// The requests that are being answered, so that long ones end when their client is gone, and all of them when the server
// ends: then nobody who only keeps a connection open is waited for. Knows nothing of what they are about.
import type { Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

export type RequestsUnderWay = {
  /** Aborted when the answer is out, when the client is gone, or when everything is ended. */
  open(response: ServerResponse): AbortSignal
  endAll(): void
}

/** An answer that takes longer than this, or that nobody reads, is cut when everything is ended. */
const graceMs = 10_000

export const createRequestsUnderWay = (server: Server): RequestsUnderWay => {
  const connections = new Set<Socket>()
  const underWay = new Map<AbortController, Socket | null>()
  let isEnding = false
  server.on('connection', (connection: Socket) => {
    if (isEnding) connection.destroy()
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })
  return {
    open: (response) => {
      if (response.destroyed) return AbortSignal.abort()
      const controller = new AbortController()
      const { socket } = response
      underWay.set(controller, socket)
      response.once('close', () => {
        underWay.delete(controller)
        controller.abort()
        if (isEnding) socket?.destroySoon()
      })
      if (isEnding) controller.abort()
      return controller.signal
    },
    endAll: () => {
      isEnding = true
      for (const controller of underWay.keys()) controller.abort()
      const answered = new Set(underWay.values())
      for (const connection of connections) if (!answered.has(connection)) connection.destroy()
      setTimeout(() => server.closeAllConnections(), graceMs).unref()
    },
  }
}
