// How a server tells the edge what to do: HTTP on the loopback, exactly the calls of the contract, nothing without the
// token. Knows the table; knows nothing of traffic.
import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { controlCalls, routeSchema } from '@humdrum/contract/edge-control.ts'
import type { Log } from './log.ts'
import { told } from './log.ts'
import { metricsContentType, metricsText } from './metrics.ts'
import type { Table } from './table.ts'

export type Control = { readonly port: number; close(): void }

type ControlOptions = {
  readonly table: Table
  readonly token: string
  readonly epoch: string
  readonly publicPort: number
  readonly log: Log
  /** Called once the answer to a shutdown is out. */
  readonly onShutdown: () => void
}

type CallName = keyof typeof controlCalls
type Scope = { readonly app: string; readonly environment: string }
type Answer = { readonly status: number; readonly type: string; readonly body: string }
type Called = { readonly scope: Scope; readonly body: string }
type Calls = Readonly<Record<CallName, (called: Called) => Answer>>

/** A thousand instances take 100 KB. */
const longestBodyBytes = 4 * 1_048_576

const text = (status: number, body: string): Answer => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${body}\n`,
})
const json = (status: number, value: unknown): Answer => ({
  ...{ status, type: 'application/json' },
  body: JSON.stringify(value),
})

/** Listens on a free port of the loopback. */
export const startControl = async (options: ControlOptions): Promise<Control> => {
  const calls = createCalls(options)
  const isAllowed = tokenCheck(options.token)
  const server = createServer((request, response) => {
    const answered = isAllowed(request) ? answerTo(request, calls) : Promise.resolve(text(401, 'the token is wrong'))
    answered
      .catch((error: unknown) => {
        options.log('error', 'a control call failed', { call: request.url, error: told(error) })
        return text(500, 'the edge failed at this call: its log has the cause')
      })
      .then((answer) => send(response, answer))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the control interface has no port')
  return {
    port: address.port,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const createCalls = ({ table, epoch, publicPort, onShutdown }: ControlOptions): Calls => ({
  report: () => json(200, { epoch, port: publicPort, routes: table.report() }),
  putRoute: (called) => putRoute(table, called),
  deleteRoute: ({ scope }) => {
    const known = table.report().find(({ app, environment }) => app === scope.app && environment === scope.environment)
    return known !== undefined && table.remove(known) ? text(200, 'removed') : text(404, 'there is no such route')
  },
  shutdown: () => {
    setImmediate(onShutdown)
    return text(202, 'finishing what is in flight')
  },
  metrics: () => ({ status: 200, type: metricsContentType, body: metricsText(table.report(), vitals()) }),
})

const vitals = () => {
  const { user, system } = process.cpuUsage()
  return { residentBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1_000_000 }
}

const putRoute = (table: Table, { scope, body }: Called): Answer => {
  const parsed = routeSchema.safeParse(jsonOf(body))
  if (!parsed.success) {
    const [problem] = parsed.error.issues
    const place = problem?.path.join('.') ?? ''
    return text(400, `not a route: ${place === '' ? '' : `${place}: `}${problem?.message ?? 'unreadable'}`)
  }
  const { app, environment, fence } = parsed.data
  if (app !== scope.app || environment !== scope.environment)
    return text(400, `not this route: the body is about ${app}/${environment}`)
  const report = table.apply(parsed.data)
  if (report !== null) return json(200, report)
  return text(409, `r-${fence.rollout} at generation ${fence.generation} is older than what is in force`)
}

const jsonOf = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined // no route: the schema says so
  }
}

// By their digests: neither where two tokens differ nor how long one is can be told from the time that it takes.
const tokenCheck = (token: string): ((request: IncomingMessage) => boolean) => {
  const digestOf = (words: string): Buffer => createHash('sha256').update(words).digest()
  const wanted = digestOf(`Bearer ${token}`)
  return ({ headers }) => timingSafeEqual(digestOf(headers.authorization ?? ''), wanted)
}

const matchers = Object.entries(controlCalls).map(([name, { method, path }]) => ({
  ...{ name, method },
  pattern: new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
}))

const isCallName = (name: string): name is CallName => name in controlCalls

const answerTo = async (request: IncomingMessage, calls: Calls): Promise<Answer> => {
  for (const { name, method, pattern } of matchers) {
    const found = method === request.method ? pattern.exec(request.url ?? '') : null
    if (found === null || !isCallName(name)) continue
    const body = await bodyOf(request)
    const { app = '', environment = '' } = found.groups ?? {}
    return body === null ? text(413, 'the body is too long') : calls[name]({ scope: { app, environment }, body })
  }
  return text(404, `there is no call ${request.method} ${request.url}`)
}

/** Null when it is longer than a body may be. */
const bodyOf = async (request: IncomingMessage): Promise<string | null> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > longestBodyBytes) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const send = (response: ServerResponse, { status, type, body }: Answer): void => {
  if (status === 413) response.shouldKeepAlive = false
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
