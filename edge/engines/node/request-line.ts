// The one thing that Node's parser forgives: two spaces in a request line. Every line that provably begins a chunk of the
// connection is looked at before the parser; one in the middle of a chunk (pipelining) is not, nor forwarded as it is.
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

const wellFormed = /^[^ \t]+ [^ \t]+ HTTP\/1\.[01]$/
const headEnd = Buffer.from('\r\n\r\n')
const longestLineBytes = 65_536
const said = 'humdrum: the request line is odd\n'
const refusal = `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${said.length}\r\n\r\n${said}`

type Watch = { newest: IncomingMessage | null; listener: (chunk: Buffer) => void }

const watches = new WeakMap<Duplex, Watch>()

/** Tells the watch which request of its connection is the newest: a line begins only where that one has ended. */
export const noteRequest = (request: IncomingMessage): void => {
  const watch = watches.get(request.socket)
  if (watch !== undefined) watch.newest = request
}

/** Ends the watch: what comes now is no HTTP. */
export const unwatchRequestLines = (socket: Duplex): void => {
  const watch = watches.get(socket)
  if (watch !== undefined) socket.off('data', watch.listener)
}

/** Refuses requests whose first line is odd, and closes their connection. */
export const watchRequestLines = (socket: Socket): void => {
  let endedWhole = true
  let begun: Buffer | null = null
  /** Bytes since the end of the newest head, if that was seen; else not a number, which equals nothing. */
  let sinceHead = Number.NaN
  const watch: Watch = {
    newest: null,
    listener: (chunk) => {
      const isBeginning = begun !== null || hasEnded(watch.newest, { endedWhole, sinceHead })
      endedWhole = chunk.subarray(-4).equals(headEnd)
      sinceHead += chunk.length
      if (!isBeginning) return
      const bytes = begun === null ? chunk : Buffer.concat([begun, chunk])
      const line = firstLine(bytes)
      begun = line.isWhole ? null : line.rest
      const end = line.isWhole ? bytes.indexOf(headEnd, line.end, 'latin1') : -1
      sinceHead = end === -1 ? Number.NaN : bytes.length - end - headEnd.length
      if (!line.isWhole || wellFormed.test(line.text)) return
      unwatchRequestLines(socket)
      socket.end(refusal)
      socket.destroySoon()
    },
  }
  watches.set(socket, watch)
  socket.prependListener('data', watch.listener)
}

type Passed = { readonly endedWhole: boolean; readonly sinceHead: number }

/** True when the newest request ended exactly with the last chunk: with its head, its chunks, or its length. */
const hasEnded = (newest: IncomingMessage | null, { endedWhole, sinceHead }: Passed): boolean => {
  if (newest === null) return endedWhole
  return newest.complete && (endedWhole || sinceHead === Number(newest.headers['content-length'] ?? 0))
}

type Line =
  | { readonly isWhole: true; readonly text: string; readonly end: number }
  | { readonly isWhole: false; readonly rest: Buffer | null }

/** The first line that is not empty: a client may send line ends after a body (RFC 9112, 2.2). */
const firstLine = (bytes: Buffer): Line => {
  let start = 0
  while (bytes[start] === 13 && bytes[start + 1] === 10) start += 2
  const end = bytes.indexOf('\r\n', start, 'latin1')
  if (end !== -1) return { isWhole: true, text: bytes.toString('latin1', start, end), end }
  return { isWhole: false, rest: bytes.length > longestLineBytes ? null : bytes.subarray(start) }
}
