// A connection that stopped being HTTP (WebSocket): bytes both ways until either side ends. Knows of the protocol inside
// only how to say goodbye.
import type { Duplex } from 'node:stream'

const idleMs = 3_600_000

/** Close frames with status 1001, "going away" (RFC 6455, 5.5.1): to a client plain, to a server masked (with zeros). */
const goingAwayToClient = Buffer.from([0x88, 0x02, 0x03, 0xe9])
const goingAwayToServer = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9])
/** How long the sides may take to close after they were told, and one of them after the other has ended. */
const goodbyeMs = 1_000
const lastWordsMs = 10_000

export type Tunnel = {
  /** Says 1001 to both sides and ends. */
  goAway(): void
}

export type TunnelEnds = { readonly client: Duplex; readonly upstream: Duplex; readonly closed: () => void }

/** Connects two sockets; `closed` is called once, when both are gone. */
export const openTunnel = ({ client, upstream, closed }: TunnelEnds): Tunnel => {
  let open = 2
  let ending: NodeJS.Timeout | null = null
  const endWithin = (ms: number): void => {
    ending ??= setTimeout(() => {
      client.destroy()
      upstream.destroy()
    }, ms).unref()
  }
  const join = (from: Duplex, to: Duplex): void => {
    from.on('error', () => to.destroy()) // a reset on one side is an end for the other
    from.once('end', () => endWithin(lastWordsMs))
    from.once('close', () => {
      to.end()
      open -= 1
      if (open === 1) return endWithin(lastWordsMs)
      if (ending !== null) clearTimeout(ending)
      closed()
    })
    if ('setTimeout' in from && typeof from.setTimeout === 'function') from.setTimeout(idleMs, () => from.destroy())
    from.pipe(to)
  }
  join(client, upstream)
  join(upstream, client)
  return {
    goAway: () => {
      client.unpipe()
      upstream.unpipe()
      client.resume()
      upstream.resume()
      client.end(goingAwayToClient)
      upstream.end(goingAwayToServer)
      if (ending !== null) clearTimeout(ending)
      ending = null
      endWithin(goodbyeMs)
    },
  }
}
