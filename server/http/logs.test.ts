import type { LogEntry } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
import type { HttpParts, LogQuery } from './parts.ts'
import { deployed, startHttp } from './started-http.ts'

const entry = (line: string): LogEntry => ({
  time: '2026-01-01T00:00:00.000Z',
  release: 'v1',
  instance: 'v1-1',
  stream: 'stdout',
  line,
})

const oneLine = async function* () {
  yield entry('listening')
}

const untilAborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => (signal.aborted ? resolve(null) : signal.addEventListener('abort', resolve)))

const collected = async <Value>(values: AsyncIterable<Value>): Promise<Value[]> => {
  const all: Value[] = []
  for await (const value of values) all.push(value)
  return all
}

/** Logs that remember what they were asked for. */
const logsOf = (lines: () => AsyncGenerator<LogEntry>) => {
  const asked: LogQuery[] = []
  const logs: HttpParts['logs'] = {
    read: (query) => {
      asked.push(query)
      return lines()
    },
    follow: async function* (query, signal) {
      asked.push(query)
      yield* lines()
      await untilAborted(signal)
    },
  }
  return { logs, asked }
}

test('reads what was asked for, an object a line', async () => {
  const { logs, asked } = logsOf(oneLine)
  await using http = await startHttp({ logs })
  await deployed(http.client)
  const response = await http.fetch('/v1/logs?app=shop')
  expect(response.headers.get('content-type')).toContain('application/x-ndjson')
  expect(await response.text()).toBe(`${JSON.stringify(entry('listening'))}\n`)
  const query = { app: 'shop', environment: 'production', release: 'v1', tail: 5 }
  expect(await collected(http.client.logs(query))).toEqual([entry('listening')])
  expect(asked).toEqual([{ app: 'shop', tail: 200 }, query])
})

test('follows until the reader leaves', async () => {
  const ended = Promise.withResolvers<void>()
  const lines = async function* () {
    try {
      yield entry('one')
      yield entry('two')
    } finally {
      ended.resolve()
    }
  }
  const { logs } = logsOf(lines)
  await using http = await startHttp({ logs })
  await deployed(http.client)
  const seen: string[] = []
  for await (const { line } of http.client.logs({ app: 'shop', follow: true })) {
    seen.push(line)
    if (line === 'two') break
  }
  expect(seen).toEqual(['one', 'two'])
  await ended.promise
})

test('a reader who follows has an answer before anything is written', async () => {
  const nothing = async function* () {}
  const { logs } = logsOf(nothing)
  await using http = await startHttp({ logs })
  await deployed(http.client)
  const left = new AbortController()
  const response = await http.fetch('/v1/logs?app=shop&follow=true', { signal: left.signal })
  expect(response.status).toBe(200)
  left.abort()
})

test.for([
  ['app=shoop', { code: 'HD4001', status: 404 }],
  ['app=shop&environment=prod', { code: 'HD2104', status: 422 }],
  ['app=shop&release=v9', { code: 'HD4004', status: 404, detail: '"v9" of shop' }],
  ['app=shop&release=..%2Fv1', { code: 'HD4004', status: 404 }],
  ['app=shop&tail=10001', { code: 'HD9001', status: 400, place: '?tail' }],
  ['app=shop&follow=yes', { code: 'HD9001', status: 400, place: '?follow' }],
  ['', { code: 'HD9001', status: 400, place: '?app' }],
] as const)('refuses ?%s', async ([query, expected]) => {
  await using http = await startHttp()
  await deployed(http.client)
  const response = await http.fetch(`/v1/logs?${query}`)
  expect(await response.json()).toMatchObject(expected)
})

const broken = new Error('the disk of the password sesame')

test('logs that cannot be read are a problem, noted once', async () => {
  const { logs } = logsOf(async function* () {
    yield* []
    throw broken
  })
  await using http = await startHttp({ logs })
  await deployed(http.client)
  const response = await http.fetch('/v1/logs?app=shop')
  const body = await response.text()
  expect(response.status).toBe(500)
  expect(JSON.parse(body)).toMatchObject({ code: 'HD9999' })
  expect(body).not.toContain('sesame')
  expect(http.logged).toHaveLength(1)
})

test('logs that break in the middle break off, and are noted once', async () => {
  const read = Promise.withResolvers<void>()
  const { logs } = logsOf(async function* () {
    yield entry('one')
    await read.promise
    throw broken
  })
  await using http = await startHttp({ logs })
  await deployed(http.client)
  const lines = http.client.logs({ app: 'shop' })
  expect((await lines.next()).value).toEqual(entry('one'))
  read.resolve()
  await expect(lines.next()).rejects.toThrow()
  expect(http.logged).toHaveLength(1)
  expect(http.logged[0]).toContain('sesame')
})
