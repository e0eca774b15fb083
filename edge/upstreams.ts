// The way to one instance: its connections, whether it is up as far as requests could tell, and its warm-up. Knows no
// release and no request of a user.
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import type { Endpoint, Warmup } from '@humdrum/core/routing/route.ts'
import type { Dispatcher } from 'undici'
import Pool from 'undici/lib/dispatcher/pool.js'
import { warmUp } from './warmup.ts'

/** Below the 5 s after which a Node server closes an idle connection. */
const keepAliveMs = 4_000
const connectTimeoutMs = 2_000
/** How long an instance that refused a connection is passed over. */
const downMs = 1_000
/** A stream may be silent for so long. */
const silenceMs = 3_600_000
const longestHeadBytes = 65_536

export type Send = Dispatcher.DispatchOptions
export type Handler = Dispatcher.DispatchHandler

/** Two ways to the same place are the same way. */
export const endpointKey = ({ instance, host, port }: Endpoint): string => `${instance} ${host} ${port}`

const failedOnReusedSocket = new WeakSet<Error>()

/** True when a request failed on a connection that had answered an earlier one: the instance may just have closed it. */
export const wasOnReusedSocket = (error: Error): boolean => failedOnReusedSocket.has(error)

type Connected = (...result: [null, Socket] | [Error, null]) => void

const connector =
  ({ host, port }: Endpoint) =>
  (_options: unknown, connected: Connected): void => {
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 })
    const timer = setTimeout(
      () => socket.destroy(new Error('the connection was not accepted in time')),
      connectTimeoutMs,
    )
    const refused = (error: Error): void => {
      clearTimeout(timer)
      connected(error, null)
    }
    socket.once('error', refused)
    socket.once('connect', () => {
      clearTimeout(timer)
      socket.off('error', refused)
      socket.on('error', (error) => {
        if (socket.bytesRead > 0) failedOnReusedSocket.add(error)
      })
      connected(null, socket)
    })
  }

export type UpstreamOptions = {
  readonly endpoint: Endpoint
  readonly headTimeoutMs: number
  readonly nowMs: () => number
}

export class Upstream {
  readonly endpoint: Endpoint
  readonly #options: UpstreamOptions
  readonly #pool: Dispatcher
  #fresh: Dispatcher | null = null
  #warming = false
  #closed = false
  inFlight = 0
  /** Outcomes that were judged, and the bad ones among them. */
  requests = 0
  bad = 0
  /** Nearly all that was bad came from it: it is for when there is no other. */
  passedOver = false
  /** So many of its bad outcomes are still to come that were under way when it was passed over. */
  spared = 0
  downUntilMs = 0
  warm = false

  constructor(options: UpstreamOptions) {
    this.#options = options
    this.endpoint = options.endpoint
    this.#pool = this.#connections(1)
  }

  #connections(pipelining: 0 | 1): Dispatcher {
    const { host, port } = this.endpoint
    return new Pool(`http://${host.includes(':') ? `[${host}]` : host}:${port}`, {
      pipelining,
      connect: connector(this.endpoint),
      allowH2: false,
      keepAliveTimeout: keepAliveMs,
      headersTimeout: this.#options.headTimeoutMs,
      bodyTimeout: silenceMs,
      maxHeaderSize: longestHeadBytes,
    })
  }

  /** Sends a request; `fresh`: over a connection that nothing was sent over before. */
  send(request: Send, handler: Handler, { fresh }: { readonly fresh: boolean }): void {
    if (fresh) this.#fresh ??= this.#connections(0)
    const pool = fresh && this.#fresh !== null ? this.#fresh : this.#pool
    pool.dispatch(request, handler)
  }

  /** It refused a connection: others are tried first, for a second. */
  markDown(): void {
    this.downUntilMs = this.#options.nowMs() + downMs
  }

  /** Sends the warm-up requests, once in its life, one after the other; whatever they answer, it is warm then. */
  async warmUp(plan: Warmup | null): Promise<void> {
    if (this.warm || this.#warming) return
    this.#warming = true
    if (plan !== null) await warmUp(plan, this.#pool, () => this.#closed)
    this.warm = true
  }

  /** Lets what is in flight finish, and takes nothing more. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (const pool of [this.#pool, this.#fresh]) void pool?.close()
  }
}
