// The API on a free port with a store in memory, for tests: real requests, real deliveries, and a machine that has
// everything. What an engine would do is done by `enter`.
import { createHash, randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Client } from '@humdrum/contract/client.ts'
import { createClient } from '@humdrum/contract/client.ts'
import { ok } from '@humdrum/core/errors.ts'
import type { Digest, RolloutId } from '@humdrum/core/ids.ts'
import { headline } from '@humdrum/core/rollout/explain.ts'
import type { Rollout, Stage } from '@humdrum/core/rollout/state.ts'
import { newCourse } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { FastifyInstance } from 'fastify'
import { silentSource } from '../metrics-source.ts'
import type { Store } from '../store/open.ts'
import { openStore } from '../store/open.ts'
import { getRollout, saveStep } from '../store/rollouts.ts'
import { createHttp } from './app.ts'
import type { HttpParts } from './parts.ts'

export type StartedHttp = AsyncDisposable & {
  readonly app: FastifyInstance
  readonly url: string
  readonly token: string
  readonly store: Store
  readonly client: Client
  readonly logged: readonly string[]
  /** How many wait for the store to change. */
  readonly listeners: () => number
  /** A request with the token. */
  fetch(path: string, init?: RequestInit): Promise<Response>
}

export const startHttp = async (
  given: Partial<HttpParts> = {},
  delivery: Partial<HttpParts['delivery']> = {},
): Promise<StartedHttp> => {
  const { store, listeners } = counted(await openStore(':memory:'))
  const token = randomUUID()
  const logged: string[] = []
  const parts = partsOf(store, token)
  const app = createHttp({
    ...parts,
    log: (line) => logged.push(line),
    ...given,
    delivery: { ...parts.delivery, ...delivery },
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const fetchWithToken = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } })
  return {
    app,
    url,
    token,
    store,
    logged,
    listeners,
    client: createClient({ url, token, actor: 'ada' }),
    fetch: fetchWithToken,
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await store.close()
    },
  }
}

const counted = (store: Store): { store: Store; listeners: () => number } => {
  let count = 0
  const onChange: Store['onChange'] = (listener) => {
    const end = store.onChange(listener)
    count += 1
    return () => {
      end()
      count -= 1
    }
  }
  return { store: { ...store, onChange }, listeners: () => count }
}

let clockMs = Date.UTC(2026, 0, 1)
export const now = (): Instant => ++clockMs as Instant

const partsOf = (store: Store, token: string): HttpParts => ({
  delivery: {
    store,
    place: async () => ok(null),
    instances: async () => [],
    missingVariables: () => [],
    missingForSource: () => [],
    sourceOf: () => silentSource('none'),
    disks: async () => [],
    now,
  },
  measured: {
    traffic: () => null,
    memoryOf: async () => [],
    memory: () => ({ availableBytes: 8e9, totalBytes: 16e9 }),
    disk: () => ({ path: '/', freeBytes: 8e9, totalBytes: 16e9 }),
  },
  doctor: {
    ...{ store, now, damage: () => null, version: '0.1.0', reports: async () => [], synchronised: async () => null },
    edge: () => ({ pid: 7, version: '0.1.0', url: 'http://127.0.0.1:8080', isSuspended: false, openFiles: 65_536 }),
    memory: () => ({ availableBytes: 8e9, totalBytes: 16e9 }),
    disks: () => [],
  },
  store,
  artifacts: { put: digestOf },
  logs: { read: nothing, follow: nothing },
  edge: () => ({ url: 'http://127.0.0.1:8080', reachable: true, pid: 7 }),
  tokenHash: createHash('sha256').update(token).digest('hex'),
  server: { version: '0.1.0', startedAt: 1, pid: 6, url: () => 'http://127.0.0.1:7700' },
  onStop: () => {},
  lapsing: async () => [],
})

async function* nothing(): AsyncGenerator<never> {}

const digestOf: HttpParts['artifacts']['put'] = async (stream: Readable) => {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of stream) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return ok({ digest: `sha256:${hash.digest('hex')}` as Digest, bytes })
}

export const streamOf = (...texts: readonly string[]): ReadableStream<Uint8Array> =>
  ReadableStream.from(texts.map((text) => new TextEncoder().encode(text)))

export const config = {
  version: 1,
  app: 'shop',
  run: { command: 'node server.js', health: { path: '/healthz', timeout: '30s' } },
  environments: { production: {} },
}

/** Uploads bytes of their own and begins a rollout of them. */
export const deployed = async (client: Client, bytes: string = randomUUID()) => {
  const { digest } = await client.putArtifact(streamOf(bytes))
  const { rollout } = await client.deploy({ config, artifact: digest })
  return { ...rollout, number: Number(rollout.id.slice(2)) as RolloutId }
}

/** Steps a rollout as the engine does: the next generation, with its transition. */
export const enter = async (store: Store, id: RolloutId, stage: Stage): Promise<void> => {
  const before = (await getRollout(store.db, id))?.rollout
  if (before === undefined) throw new Error(`there is no rollout ${id}`)
  const { scope, plan } = before
  const generation = before.generation + 1
  const after: Rollout = { ...stage, ...newCourse, id, scope, plan, generation, since: now() }
  const transition = { generation, at: after.since, phase: after.phase, step: null, text: headline(after) }
  const saved = await saveStep(store.db, {
    before,
    after,
    transitions: [transition],
    handled: [],
    rejection: null,
    at: now(),
  })
  if (!saved) throw new Error('somebody else stepped it')
  store.changed()
}
