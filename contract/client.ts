// A client of the server's API: typed by the route table, with expected failures as FaultError. Knows no command and no
// terminal.
import type { Fault, FaultCode } from '@humdrum/core/errors.ts'
import { FaultError, faults } from '@humdrum/core/errors.ts'
import type { z } from 'zod'
import type { ApiRoute, Explanation, LogEntry, RolloutView, RouteName, StatusView, Transition } from './api.ts'
import {
  artifactSchema,
  deployedSchema,
  explanationSchema,
  liftedSchema,
  logEntrySchema,
  problemSchema,
  rolloutViewSchema,
  routes,
  statusViewSchema,
  stoppingSchema,
  transitionSchema,
} from './api.ts'
import type { DoctorView } from './doctor-view.ts'
import { doctorViewSchema } from './doctor-view.ts'
import type { ObservationExplanation, ObservationView } from './observation-view.ts'
import { observationExplanationSchema, observationViewSchema } from './observation-view.ts'
import type { PlanView } from './plan-view.ts'
import { planViewSchema } from './plan-view.ts'
import type { Life } from './server-life.ts'
import { watchLife } from './server-life.ts'
import { verdictTokenSchema } from './verdict-view.ts'

export type Connection = {
  readonly url: string
  readonly token: string
  readonly actor: string
  /** What to do when nobody answers there, where it is not `humdrum up`. */
  readonly next?: string
  /** What tells why it says nothing, where that is not `humdrum doctor`. */
  readonly look?: string
}

/** `progress` is sent whenever something about the rollout changes, at most a few times a second. */
export type ServerEvent =
  | { readonly kind: 'transition'; readonly transition: Transition }
  | { readonly kind: 'progress'; readonly rollout: RolloutView }

type Call = {
  readonly parameters?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
  readonly upload?: ReadableStream<Uint8Array>
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

export type Client = ReturnType<typeof createClient>

export const createClient = (connection: Connection) => {
  const call = async <Schema extends z.ZodType>(
    name: RouteName,
    schema: Schema,
    given: Call = {},
  ): Promise<z.infer<Schema>> => {
    const life = lifeOf(connection, name, given.signal)
    try {
      const response = await send(connection, name, { ...given, signal: life.signal })
      const answer: unknown = await response.json().catch(() => null)
      life.signal.throwIfAborted()
      return understood(name, schema, answer)
    } finally {
      life.end()
    }
  }
  const onRollout = (name: 'abort' | 'pause' | 'resume' | 'promote' | 'retry', body = {}) => {
    return (id: string, reason?: string) =>
      call(name, rolloutViewSchema, { parameters: { id }, body: reason === undefined ? body : { ...body, reason } })
  }
  /** `leg` as it was seen: two who mean the same one do it once. */
  const onLeg = (name: 'resume' | 'promote') => (id: string, reason?: string, leg?: number | null) =>
    onRollout(name, leg == null ? {} : { leg })(id, reason)
  return {
    status: (scope: { app?: string; environment?: string } = {}): Promise<StatusView> =>
      call('status', statusViewSchema, { query: scope }),
    putArtifact: (tar: ReadableStream<Uint8Array>) => call('putArtifact', artifactSchema, { upload: tar }),
    deploy: (body: { config: unknown; artifact: string; environment?: string; version?: string }) =>
      call('deploy', deployedSchema, { body }),
    plan: (body: { config: unknown; environment?: string }): Promise<PlanView> =>
      call('plan', planViewSchema, { body }),
    doctor: (signal: AbortSignal): Promise<DoctorView> => call('doctor', doctorViewSchema, { signal }),
    listRollouts: (query: { app?: string; environment?: string; limit?: string } = {}) =>
      call('listRollouts', routes.listRollouts.answer, { query }),
    getRollout: (id: string): Promise<RolloutView> => call('getRollout', rolloutViewSchema, { parameters: { id } }),
    explain: (id: string): Promise<Explanation> => call('explain', explanationSchema, { parameters: { id } }),
    abort: onRollout('abort'),
    pause: onRollout('pause'),
    resume: onLeg('resume'),
    promote: onLeg('promote'),
    promoteFully: onRollout('promote', { full: true }),
    retry: onRollout('retry'),
    rollback: (body: { app: string; environment?: string; to?: string; reason?: string }) =>
      call('rollback', rolloutViewSchema, { body }),
    lift: (digest: string, reason: string) => call('lift', liftedSchema, { parameters: { digest }, body: { reason } }),
    observe: (body: ObserveBody): Promise<ObservationView> => call('observe', observationViewSchema, { body }),
    explainObservation: (id: string): Promise<ObservationExplanation> =>
      call('explainObservation', observationExplanationSchema, { parameters: { id } }),
    stopObservation: (id: string): Promise<ObservationView> =>
      call('stopObservation', observationViewSchema, { parameters: { id }, body: {} }),
    verdictToken: () => call('verdictToken', verdictTokenSchema),
    stop: (everything: boolean) => call('stop', stoppingSchema, { body: { everything } }),
    /** Transitions after `after` (an event's id), then live; ends when the server or `signal` does. */
    events: (given: { rollout?: string; after?: number; signal?: AbortSignal }) => streamEvents(connection, given),
    logs: (query: LogQuery, signal?: AbortSignal) => streamLogs(connection, query, signal),
  }
}

type ObserveBody = {
  readonly config: unknown
  readonly environment?: string
  readonly candidate: string
  readonly stable: string
  readonly forMs?: number
}

export type LogQuery = {
  readonly app: string
  readonly environment?: string
  readonly release?: string
  readonly tail?: number
  readonly follow?: boolean
}

async function* streamEvents(
  connection: Connection,
  given: { rollout?: string; after?: number; signal?: AbortSignal },
): AsyncGenerator<ServerEvent> {
  const query = { rollout: given.rollout, after: given.after === undefined ? undefined : String(given.after) }
  let event = ''
  for await (const line of streamLines(connection, 'events', {
    query,
    ...(given.signal ? { signal: given.signal } : {}),
  })) {
    if (line.startsWith('event: ')) event = line.slice(7)
    else if (line.startsWith('data: ')) yield parseEvent(event, line.slice(6))
  }
}

const parseEvent = (event: string, data: string): ServerEvent =>
  event === 'transition'
    ? { kind: 'transition', transition: understood('events', transitionSchema, JSON.parse(data)) }
    : { kind: 'progress', rollout: understood('events', rolloutViewSchema, JSON.parse(data)) }

async function* streamLogs(connection: Connection, query: LogQuery, signal?: AbortSignal): AsyncGenerator<LogEntry> {
  const text = {
    app: query.app,
    environment: query.environment,
    release: query.release,
    tail: query.tail?.toString(),
    follow: query.follow?.toString(),
  }
  for await (const line of streamLines(connection, 'logs', { query: text, ...(signal ? { signal } : {}) }))
    if (line !== '') yield understood('logs', logEntrySchema, JSON.parse(line))
}

const understood = <Schema extends z.ZodType>(name: RouteName, schema: Schema, answer: unknown): z.infer<Schema> => {
  const parsed = schema.safeParse(answer)
  if (parsed.success) return parsed.data
  throw new FaultError({ code: 'HD1103', reason: `${name} answered another form` }, { cause: parsed.error })
}

async function* streamLines(connection: Connection, name: RouteName, given: Call): AsyncGenerator<string> {
  const life = lifeOf(connection, name, given.signal)
  try {
    yield* linesOf(await send(connection, name, { ...given, signal: life.signal }))
  } finally {
    life.end()
  }
}

const lifeOf = (connection: Connection, name: RouteName, given: AbortSignal | undefined): Life => {
  // The order lies with a server that may go on.
  const besides = routes[name].method === 'POST' ? '; what was asked for may still be carried out' : ''
  const look = `${connection.look ?? 'humdrum doctor'}   (it tells why${besides})`
  return watchLife({ url: addressOf(connection, '/livez'), look, given })
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  if (response.body === null) return
  let rest = ''
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

/** Below where the server is, which may be a folder of another one. */
const addressOf = (connection: Connection, path: string): URL => {
  const url = new URL(connection.url)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`
  return url
}

const send = async (connection: Connection, name: RouteName, given: Call): Promise<Response> => {
  const route: ApiRoute = routes[name]
  const url = addressOf(
    connection,
    route.path.replace(/:(\w+)/g, (_, key: string) => encodeURIComponent(given.parameters?.[key] ?? '')),
  )
  for (const [key, value] of Object.entries(given.query ?? {}))
    if (value !== undefined) url.searchParams.set(key, value)
  if (!/^[\x21-\x7e]+$/.test(connection.token))
    throw new FaultError({ code: 'HD1102', reason: 'it has characters that no token has' })
  const response = await fetch(url, requestOf(connection, route, given)).catch((cause: unknown) => {
    if (given.signal?.aborted) throw cause
    const next = connection.next === undefined ? {} : { next: connection.next }
    throw new FaultError({ code: 'HD1101', reason: `at ${connection.url}`, ...next }, { cause })
  })
  if (!response.ok) throw new FaultError(await faultOf(response))
  return response
}

const requestOf = (connection: Connection, route: ApiRoute, given: Call): RequestInit => {
  const headers: Record<string, string> = {
    authorization: `Bearer ${connection.token}`,
    'x-humdrum-actor': encodeURIComponent(connection.actor), // names have letters that headers have not
    ...given.headers,
  }
  const signal = given.signal === undefined ? {} : { signal: given.signal }
  if (given.upload !== undefined) {
    return {
      method: route.method,
      headers: { ...headers, 'content-type': 'application/x-tar' },
      body: given.upload,
      duplex: 'half',
      ...signal,
    }
  }
  if (given.body === undefined) return { method: route.method, headers, ...signal }
  return {
    method: route.method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(given.body),
    ...signal,
  }
}

const faultOf = async (response: Response): Promise<Fault> => {
  const problem = problemSchema.safeParse(await response.json().catch(() => null))
  if (!problem.success) return { code: 'HD1103', reason: `it answered ${response.status}` }
  const { code, detail, place, next } = problem.data
  if (!(code in faults)) return { code: 'HD1103', reason: `${code}: ${detail}`, next }
  return { code: code as FaultCode, reason: detail, next, ...(place === undefined ? {} : { place }) }
}
