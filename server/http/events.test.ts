import type { ServerEvent } from '@humdrum/contract/client.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import { pending } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Rollout, Stage } from '@humdrum/core/rollout/state.ts'
import { nothing } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { putMeasurement } from '../store/records.ts'
import { insertRollout } from '../store/rollouts.ts'
import type { EventsWanted, Pace } from './events.ts'
import { serverEvents } from './events.ts'
import type { StartedHttp } from './started-http.ts'
import { deployed, enter, now, startHttp } from './started-http.ts'

let http: StartedHttp
let leaving: AbortController

beforeEach(async () => {
  leaving = new AbortController()
  http = await startHttp()
})
afterEach(async () => {
  leaving.abort()
  await http[Symbol.asyncDispose]()
})

const stages: readonly Stage[] = [
  { phase: 'Preparing' },
  { phase: 'Progressing', step: 0, from: null, lapses: 0 },
  { phase: 'Promoting' },
  { phase: 'Baking', from: null, lapses: 0 },
  { phase: 'Succeeded' },
]

/** A rollout that goes all its way: six transitions with the first. */
const wholeRollout = async (): Promise<RolloutId> => {
  const { number } = await deployed(http.client)
  for (const stage of stages) await enter(http.store, number, stage)
  return number
}

/** Nothing is sent or read unless something happened. */
const patient: Pace = { heartbeatMs: 600_000, pollMs: 600_000, progressMs: 0, page: 2 }

/** The pieces of a stream, without the first, which only says when to try again. */
const pieces = async (wanted: Partial<EventsWanted>, pace: Partial<Pace> = {}): Promise<AsyncGenerator<string>> => {
  const given = { rollout: null, after: 0, signal: leaving.signal, ...wanted }
  const stream = serverEvents(http.store, given, { ...patient, ...pace })
  expect((await stream.next()).value).toBe('retry: 1000\n\n')
  return stream
}

const next = async (stream: AsyncGenerator<string>): Promise<string> => (await stream.next()).value

const idOf = (piece: string): number => Number(/^id: (\d+)$/m.exec(piece)?.[1])

const takeIds = async (stream: AsyncGenerator<string>, count: number): Promise<number[]> => {
  const ids: number[] = []
  while (ids.length < count) ids.push(idOf(await next(stream)))
  return ids
}

const countingUp = (count: number, from = 1): number[] => Array.from({ length: count }, (_, index) => index + from)

test('sends every transition once and in order, those too that come while others are sent', async () => {
  await wholeRollout()
  const stream = await pieces({})
  expect(await takeIds(stream, 3)).toEqual(countingUp(3))
  const later = wholeRollout()
  expect(await takeIds(stream, 9)).toEqual(countingUp(9, 4))
  await later
})

test('what happens while nobody waits for it is sent at once to whoever asks next', async () => {
  const { number } = await deployed(http.client)
  const stream = await pieces({})
  expect(await takeIds(stream, 1)).toEqual([1])
  await enter(http.store, number, { phase: 'Preparing' })
  expect(await takeIds(stream, 1)).toEqual([2])
})

test('a reader who breaks off anywhere and comes back has every transition once', async () => {
  await wholeRollout()
  for (let cut = 0; cut <= 6; cut += 1) {
    const before = await takeIds(await pieces({}), cut)
    const after = await takeIds(await pieces({ after: before.at(-1) ?? 0 }), 6 - cut)
    expect([...before, ...after]).toEqual(countingUp(6))
  }
})

test('says that it is still there while nothing happens', async () => {
  const stream = await pieces({}, { heartbeatMs: 20 })
  expect([await next(stream), await next(stream)]).toEqual([': still here\n\n', ': still here\n\n'])
})

const exposure = { hosts: [], warmup: null, shield: 'off' as const, before: null }

test('reads the store now and then, should nobody have said that it changed', async () => {
  const stream = await pieces({}, { pollMs: 20 })
  const { id: _, ...rollout } = pending()
  const waiting = next(stream)
  await expect.poll(http.listeners).toBe(1)
  await insertRollout(http.store.db, rollout as Omit<Rollout, 'id'>, { exposure, text: 'accepted' })
  expect(idOf(await waiting)).toBe(1)
})

const measure = async (rollout: RolloutId, requests: number): Promise<void> => {
  const judged = {
    candidate: { requests, bad: 0 },
    stable: { requests: 0, bad: 0 },
    ...{ rescued: 0, mismatch: null },
    evidence: 1,
    trip: null,
  }
  await putMeasurement(http.store.db, rollout, { ...judged, at: now(), weight: nothing, judge: null, releases: [] })
  http.store.changed()
}

const requestsIn = (piece: string): number | null => {
  const [event, data = ''] = piece.split('\n')
  return event === 'event: progress' ? JSON.parse(data.slice('data: '.length)).candidate.requests : null
}

test('the progress of a rollout is sent when it is another one than before, and has no id', async () => {
  const { number } = await deployed(http.client)
  const stream = await pieces({ rollout: number })
  expect(await takeIds(stream, 1)).toEqual([1])
  const first = await next(stream)
  expect(requestsIn(first)).toBe(0)
  expect(first).not.toMatch(/^id:/m)
  const second = next(stream)
  for (let times = 0; times < 3; times += 1) {
    http.store.changed()
    await new Promise(setImmediate)
  }
  await measure(number, 7)
  expect(requestsIn(await second)).toBe(7)
})

test('progress that comes too soon is sent later, as it is then', async () => {
  const { number } = await deployed(http.client)
  const stream = await pieces({ rollout: number, after: 1 }, { progressMs: 50 })
  expect(requestsIn(await next(stream))).toBe(0)
  const reading = (async () => {
    for await (const piece of stream) if (requestsIn(piece) === 9) return
  })()
  for (const requests of [7, 8, 9]) await measure(number, requests)
  await reading
})

test('progress does not come as fast as it changes, transitions do', async () => {
  const { number } = await deployed(http.client)
  const stream = await pieces({ rollout: number, after: 1 }, { progressMs: 600_000 })
  expect(requestsIn(await next(stream))).toBe(0)
  const second = next(stream)
  for (const requests of [7, 8, 9]) await measure(number, requests)
  await enter(http.store, number, { phase: 'Preparing' })
  expect(idOf(await second)).toBe(2)
})

test('with a rollout named, tells of that one alone', async () => {
  const first = await wholeRollout()
  const { number } = await deployed(http.client)
  const stream = await pieces({ rollout: number })
  expect(await takeIds(stream, 1)).toEqual([7])
  expect(requestsIn(await next(stream))).toBe(0)
  await measure(first, 5)
  await enter(http.store, number, { phase: 'Preparing' })
  expect(await takeIds(stream, 1)).toEqual([8])
})

test('ends with its signal, also in the middle of a wait, and listens no more', async () => {
  const stream = await pieces({})
  const waiting = stream.next()
  await expect.poll(http.listeners).toBe(1)
  leaving.abort()
  expect(await waiting).toEqual({ done: true, value: undefined })
  expect(http.listeners()).toBe(0)
})

test('nobody listens to the store any more once the readers have left', async () => {
  const { id } = await deployed(http.client)
  const reads = [http.fetch('/v1/events', { signal: leaving.signal })]
  for (const query of [`?rollout=${id}`, '?after=7'])
    reads.push(http.fetch(`/v1/events${query}`, { signal: leaving.signal }))
  for (const response of await Promise.all(reads)) {
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(response.headers.get('cache-control')).toBe('no-store')
  }
  expect(http.listeners()).toBe(3)
  leaving.abort()
  await expect.poll(http.listeners).toBe(0)
})

const idsFrom = async (path: string, headers: Record<string, string>, count: number): Promise<number[]> => {
  const response = await http.fetch(path, { headers, signal: leaving.signal })
  let all = ''
  const ids = (): number[] => [...all.matchAll(/^id: (\d+)\n/gm)].map((match) => Number(match[1]))
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    all += text
    if (ids().length >= count) break
  }
  return ids()
}

test('resumes after Last-Event-ID, else after ?after, else from the beginning', async () => {
  await wholeRollout()
  expect(await idsFrom('/v1/events', {}, 6)).toEqual(countingUp(6))
  expect(await idsFrom('/v1/events?after=2', {}, 4)).toEqual([3, 4, 5, 6])
  expect(await idsFrom('/v1/events?after=2', { 'last-event-id': '4' }, 2)).toEqual([5, 6])
})

test('the client reads transitions and progress as they come', async () => {
  const { id, number } = await deployed(http.client)
  const seen: ServerEvent[] = []
  for await (const event of http.client.events({ rollout: id, signal: leaving.signal })) {
    seen.push(event)
    if (seen.length === 2) await enter(http.store, number, { phase: 'Preparing' })
    if (event.kind === 'progress' && event.rollout.phase === 'Preparing') break
  }
  expect(seen).toMatchObject([
    { kind: 'transition', transition: { id: 1, rollout: id, phase: 'Pending', generation: 1 } },
    { kind: 'progress', rollout: { id, phase: 'Pending' } },
    { kind: 'transition', transition: { id: 2, rollout: id, phase: 'Preparing', generation: 2 } },
    { kind: 'progress', rollout: { id, phase: 'Preparing' } },
  ])
})

test.for([
  ['/v1/events?rollout=r-9', {}, { code: 'HD4003', status: 404 }],
  ['/v1/events?rollout=nine', {}, { code: 'HD4003', status: 404 }],
  ['/v1/events?after=-1', {}, { code: 'HD9001', status: 400, place: '?after' }],
  ['/v1/events', { 'last-event-id': 'seven' }, { code: 'HD9001', status: 400, place: 'last-event-id' }],
] as const)('refuses %s with %o', async ([path, headers, expected]) => {
  const response = await http.fetch(path, { headers })
  expect(await response.json()).toMatchObject(expected)
  expect(http.listeners()).toBe(0)
})
