// Heads of requests and answers, as they come off the wire ([name, value, name, value …]): what is refused, what is
// meant for this connection alone, and what goes on. Where both are right, it refuses rather than repairs.
import type { IncomingMessage } from 'node:http'

type RawHead = readonly string[]

function* fields(raw: RawHead): Generator<readonly [name: string, value: string]> {
  for (let index = 0; index + 1 < raw.length; index += 2) yield [raw[index] ?? '', raw[index + 1] ?? '']
}

/** Why a request is not forwarded, or null. What Node's parser refuses already is not looked for again. */
export const headFault = ({
  httpVersion,
  rawHeaders,
}: Pick<IncomingMessage, 'httpVersion' | 'rawHeaders'>): string | null => {
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return 'HTTP/1.0 or HTTP/1.1 is spoken here'
  let [hosts, lengths, encodings] = [0, 0, 0]
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase()
    if (name === 'host') hosts += 1
    else if (name === 'content-length') lengths += 1
    else if (name === 'transfer-encoding') encodings += rawHeaders[index + 1]?.toLowerCase() === 'chunked' ? 1 : 2
  }
  if (hosts > 1 || (hosts === 0 && httpVersion === '1.1')) return 'exactly one Host is wanted'
  if (lengths > 1) return 'more than one Content-Length'
  if (encodings > 1) return 'the only Transfer-Encoding is chunked, once'
  if (encodings > 0 && lengths > 0) return 'Content-Length and Transfer-Encoding exclude each other'
  return encodings > 0 && httpVersion === '1.0' ? 'HTTP/1.0 has no Transfer-Encoding' : null
}

/** Where a request wants to go: the host without port, lower case, and the path; null when that cannot be served. */
export type Target = { readonly host: string; readonly authority: string; readonly path: string }

const absolute = /^https?:\/\/([^/?#]+)(.*)$/i

/** Of a request target in origin form, or in absolute form, whose host wins over the Host header (RFC 9112, 3.2). */
export const targetOf = ({ url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>): Target | null => {
  if (url.startsWith('/')) return at(headers.host ?? '', url)
  const parts = absolute.exec(url)
  if (parts === null || parts[1]?.includes('@') === true) return null
  const rest = parts[2] ?? ''
  return at(parts[1] ?? '', rest.startsWith('/') ? rest : `/${rest}`)
}

const wellFormedAuthority = /^(?:[a-z0-9._~!$&'()*+,;=%-]*|\[[0-9a-f:.]+\])(?::\d{0,5})?$/i

const at = (authority: string, path: string): Target | null =>
  wellFormedAuthority.test(authority)
    ? { authority, path, host: authority.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '') }
    : null

const ofThisConnection = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** Said by whoever stands before the app, so never taken from a client. */
const saidByTheEdge = new Set([
  ...[
    'forwarded',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
    'x-forwarded-port',
    'x-forwarded-server',
  ],
  'x-real-ip',
])

const notForTheRelease = new Set([
  ...ofThisConnection,
  ...saidByTheEdge,
  ...['host', 'content-length', 'expect', 'http2-settings', 'proxy-authorization'],
])

/** Never dropped because a Connection header names them: they say how the message is read. */
const neverNominated = new Set(['host', 'content-length'])

/** Names that `Connection: x-foo` says are for this connection alone; null when there are none, as nearly always. */
const nominated = (raw: RawHead): ReadonlySet<string> | null => {
  let names: Set<string> | null = null
  for (const [name, value] of fields(raw)) {
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue
    for (const option of value
      .toLowerCase()
      .split(',')
      .map((word) => word.trim())) {
      if (option === '' || option === 'close' || option === 'keep-alive' || neverNominated.has(option)) continue
      names ??= new Set()
      names.add(option)
    }
  }
  return names
}

export type Client = { readonly address: string; readonly authority: string }

const plainAddress = (address: string): string => (address.startsWith('::ffff:') ? address.slice(7) : address)

/** What the release gets to see of a request's head. The length of a body is not in it: that is said with the body. */
export const requestHead = (raw: RawHead, client: Client): string[] => {
  const dropped = nominated(raw)
  const head: string[] = client.authority === '' ? [] : ['host', client.authority]
  let trailers = false
  for (const [name, value] of fields(raw)) {
    const lower = name.toLowerCase()
    if (lower === 'te') trailers ||= /(?:^|,)\s*trailers\s*(?:,|$)/i.test(value)
    if (!notForTheRelease.has(lower) && dropped?.has(lower) !== true) head.push(name, value)
  }
  if (trailers) head.push('te', 'trailers')
  const address = plainAddress(client.address)
  const node = address.includes(':') ? `"[${address}]"` : address
  head.push('x-forwarded-for', address, 'x-forwarded-proto', 'http', 'x-forwarded-host', client.authority)
  head.push('x-real-ip', address, 'forwarded', `for=${node};host="${client.authority}";proto=http`)
  return head
}

/** An answer that no message can have is the release's fault. */
export class OddAnswerError extends Error {}

/** Names the release that failed, in an answer that stable gave in its place. No app can say it: it is taken out of answers. */
export const rescuedField = 'humdrum-rescued'

const notForTheClient = new Set([...ofThisConnection, rescuedField])

/** What the client gets to see of an answer's head. `chunked`: the answer had no length, so it may have trailers. */
export const answerHead = (raw: RawHead, status: number): { readonly head: string[]; readonly chunked: boolean } => {
  const dropped = nominated(raw)
  const head: string[] = []
  const trailer: string[] = []
  let chunked = false
  for (const [name, value] of fields(raw)) {
    const lower = name.toLowerCase()
    if (lower === 'transfer-encoding') {
      if (value.toLowerCase() !== 'chunked') throw new OddAnswerError(`transfer-encoding ${value}`)
      chunked = true
    } else if (lower === 'trailer') trailer.push(name, value)
    else if (lower === 'content-length' && status === 204)
      continue // RFC 9110, 8.6
    else if (!notForTheClient.has(lower) && dropped?.has(lower) !== true) head.push(name, value)
  }
  return { head: chunked ? [...head, ...trailer] : head, chunked }
}

/** Whether an answer's head lets a cache that many share keep it. */
export const isForEverybody = (head: RawHead): boolean => {
  for (const [name, value] of fields(head))
    if (name.length === 13 && name.toLowerCase() === 'cache-control')
      return /(?:^|[ ,])(?:public|s-maxage|immutable)/i.test(value)
  return false
}

/** The head of undici as text: bytes stand for themselves. */
export const asText = (raw: unknown): string[] =>
  Array.isArray(raw) ? raw.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part))) : []
