// One request of one user, over a connection that is kept, and what came of it: by whom it was answered, and whether the
// answer was whole. Judges no status.
import type { Agent, IncomingMessage } from 'node:http'
import { request } from 'node:http'

export type Asked = {
  readonly kind: 'read' | 'write' | 'stream'
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: string
  /** Where several apps share one address. */
  readonly host?: string
}

export type Outcome = {
  readonly kind: Asked['kind']
  /** Wall clock, ms. */
  readonly sentAt: number
  /** Null when no answer began. */
  readonly status: number | null
  /** The release that says it answered. */
  readonly release: string | null
  /** Why there was no whole answer; null when there was one. */
  readonly dropped: string | null
}

/** Nothing that the shop does takes longer; who waits in vain for so long was dropped. */
const patienceMs = 15_000
const endOfStream = 'event: end\ndata: {}\n\n'

/** Never rejects. */
export const visit = (url: string, asked: Asked, agent: Agent): Promise<Outcome> => {
  const { kind, method, path, body, host } = asked
  const sentAt = Date.now()
  return new Promise((resolve) => {
    let answer: IncomingMessage | null = null
    const over = (dropped: string | null): void => {
      const release = answer?.headers['x-shop-release']
      const by = typeof release === 'string' ? release : null
      resolve({ kind, sentAt, status: answer?.statusCode ?? null, release: by, dropped })
    }
    const length = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }
    const headers = { ...length, ...(host === undefined ? {} : { host }) }
    const sent = request(`${url}${path}`, { method, agent, headers }, (response) => {
      answer = response
      response.on('error', () => {}) // what is missing is seen at its close
      wholeness(kind, response, over)
    })
    sent.setTimeout(patienceMs, () => sent.destroy(new Error(`nothing came for ${patienceMs / 1_000} s`)))
    sent.once('error', (cause) => {
      if (answer === null) over(cause.message)
    })
    sent.end(body)
  })
}

const wholeness = (kind: Asked['kind'], response: IncomingMessage, over: (dropped: string | null) => void): void => {
  let bytes = 0
  let tail = ''
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    tail = (tail + chunk.toString('latin1')).slice(-endOfStream.length)
  })
  response.once('close', () => {
    const length = response.headers['content-length']
    if (!response.complete) over('the answer broke off')
    else if (kind === 'stream' && response.statusCode === 200)
      over(tail === endOfStream ? null : 'the stream had no end')
    else over(bytes === Number(length) ? null : `${bytes} of ${length ?? 'unknown'} bytes came`)
  })
}
