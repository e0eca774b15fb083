// Clients of the edge for tests: one that asks as programs do, and one that sends bytes as they are and sees what comes
// back, and how it ends.
import { EventEmitter, once } from 'node:events'
import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { request } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'

export type Question = {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string
  readonly agent?: Agent
}

export type Answer = {
  readonly status: number
  readonly reason: string
  readonly headers: IncomingHttpHeaders
  readonly rawHeaders: readonly string[]
  readonly body: string
  readonly trailers: Readonly<Record<string, string | undefined>>
}

/** One request, and its whole answer; rejects when the answer breaks off. Without an agent: over a connection of its own. */
export const ask = async (port: number, question: Question = {}): Promise<Answer> => {
  const { method = 'GET', path = '/', body, agent } = question
  const length = body === undefined ? {} : { 'content-length': `${Buffer.byteLength(body)}` }
  const headers = question.headers ?? length
  const sent = request({ port, host: '127.0.0.1', method, path, headers, agent: agent ?? false })
  sent.end(body)
  const [response]: IncomingMessage[] = await once(sent, 'response')
  if (response === undefined) throw new Error('no answer')
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  const { statusCode = 0, statusMessage = '', headers: answered, rawHeaders, trailers } = response
  const text = Buffer.concat(chunks).toString('utf8')
  return { status: statusCode, reason: statusMessage, headers: answered, rawHeaders, body: text, trailers }
}

export type Wire = Disposable & {
  readonly socket: Socket
  /** All that came, as latin1. */
  readonly heard: () => string
  say(text: string): void
  /** Resolves with all that came once `text` is in it; rejects when the connection ends first. */
  until(text: string): Promise<string>
  /** Resolves with all that came when the other side has ended, and says whether by a reset. */
  ended(): Promise<{ readonly heard: string; readonly reset: boolean }>
}

/** A bare connection. */
export const dial = async (port: number): Promise<Wire> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const news = new EventEmitter()
  let [heard, reset, over] = ['', false, false]
  socket.on('data', (chunk) => {
    heard += chunk.toString('latin1')
    news.emit('more')
  })
  socket.on('error', () => {
    reset = true
  })
  socket.on('close', () => {
    over = true
    news.emit('more')
  })
  await once(socket, 'connect')
  return {
    socket,
    heard: () => heard,
    say: (text) => void socket.write(text, 'latin1'),
    until: async (text) => {
      while (!heard.includes(text)) {
        if (over) throw new Error(`ended before ${JSON.stringify(text)}, after ${JSON.stringify(heard)}`)
        await once(news, 'more')
      }
      return heard
    },
    ended: async () => {
      while (!over) await once(news, 'more')
      return { heard, reset }
    },
    [Symbol.dispose]: () => socket.destroy(),
  }
}

/** Says it over a connection of its own, and hears the other side out. */
export const talk = async (port: number, text: string): Promise<string> => {
  using wire = await dial(port)
  wire.say(text)
  return (await wire.ended()).heard
}
