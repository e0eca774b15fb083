// Transitions as server-sent events: what came after a given one, each once and in order, and then what comes. With a
// rollout also its progress. Knows the store and a signal, no request.
import { performance } from 'node:perf_hooks'
import type { RolloutView } from '@humdrum/contract/api.ts'
import { parseRolloutId } from '@humdrum/contract/config/names.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import type { Store } from '../store/open.ts'
import type { StoredTransition } from '../store/records.ts'
import { transitionsAfter } from '../store/records.ts'
import { getRollout } from '../store/rollouts.ts'
import { createBell } from './bell.ts'
import type { Handler } from './handler.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem.ts'
import { readView } from './read-views.ts'
import { transitionView } from './views.ts'

export type Pace = {
  /** Something is sent at least so often, so that both sides notice when the other is gone. */
  readonly heartbeatMs: number
  /** The store is read at least so often, should nobody have rung. */
  readonly pollMs: number
  /** Progress is sent at most so often. */
  readonly progressMs: number
  /** Rows that are held in memory at a time. */
  readonly page: number
}

const usualPace: Pace = { heartbeatMs: 15_000, pollMs: 2_000, progressMs: 200, page: 200 }

export type EventsWanted = {
  /** All rollouts, or this one with its progress. */
  readonly rollout: RolloutId | null
  /** The last event that the reader has; 0 for none. */
  readonly after: number
  readonly signal: AbortSignal
}

/** The text of the stream, in pieces. Ends with the signal. */
export async function* serverEvents(store: Store, wanted: EventsWanted, pace = usualPace): AsyncGenerator<string> {
  const { rollout, signal } = wanted
  const bell = createBell(store, signal)
  const progress = createProgress(store, rollout, pace.progressMs)
  let [after, sentAt] = [wanted.after, performance.now()]
  try {
    yield 'retry: 1000\n\n' // at once, so that the reader has its headers
    while (!signal.aborted) {
      bell.hush()
      const rows = await transitionsAfter(store.db, { after, rollout, limit: pace.page })
      const texts = rows.map(transitionText)
      if (rows.length < pace.page) texts.push(...(await progress.read()))
      else bell.wake()
      if (texts.length === 0 && performance.now() - sentAt >= pace.heartbeatMs) texts.push(': still here\n\n')
      if (texts.length > 0) sentAt = performance.now()
      yield* texts
      after = rows.at(-1)?.id ?? after
      await bell.rung(Math.min(pace.pollMs, progress.dueInMs(), sentAt + pace.heartbeatMs - performance.now()))
    }
  } finally {
    bell.close()
  }
}

const transitionText = (row: StoredTransition): string =>
  `event: transition\nid: ${row.id}\ndata: ${JSON.stringify(transitionView(row))}\n\n`

/** Carries no id: it is the present, and nothing that a reader could have missed. */
const progressText = (view: RolloutView): string => `event: progress\ndata: ${JSON.stringify(view)}\n\n`

const createProgress = (store: Store, rollout: RolloutId | null, leastMs: number) => {
  let [sent, sentAt] = ['', Number.NEGATIVE_INFINITY]
  const dueInMs = (): number => sentAt + leastMs - performance.now()
  return {
    /** Time until progress may be sent again; without end where none is wanted, or where it may be sent now. */
    dueInMs: (): number => (rollout === null || dueInMs() <= 0 ? Number.POSITIVE_INFINITY : dueInMs()),
    /** The present view, where it is wanted, due and another one than before. */
    read: async (): Promise<readonly string[]> => {
      if (rollout === null || dueInMs() > 0) return []
      const view = await readView(store.db, rollout)
      const text = view === null ? '' : progressText(view)
      if (text === sent) return []
      sent = text
      sentAt = performance.now()
      return [text]
    },
  }
}

export const createEvents =
  ({ store }: HttpParts): Handler<'events'> =>
  async ({ query, request, reply, gone }) => {
    const after = resumeFrom(request.headers['last-event-id'], query.after)
    const rollout = query.rollout === undefined ? null : await known(store, query.rollout)
    reply.headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    return serverEvents(store, { rollout, after, signal: gone })
  }

const known = async (store: Store, name: string): Promise<RolloutId> => {
  const id = parseRolloutId(name)
  return id === null || (await getRollout(store.db, id)) === null ? refuse('HD4003', JSON.stringify(name)) : id
}

/** A browser that connects again sends the header and repeats the address: the header is the newer of the two. */
const resumeFrom = (header: string | string[] | undefined, after = 0): number => {
  if (header === undefined || header === '') return after
  const isId = /^\d{1,15}$/.test(String(header))
  return isId ? Number(header) : refuse('HD9001', 'Last-Event-ID is no id of an event', 'last-event-id')
}
