import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppName, EnvironmentName, Version } from '@humdrum/core/ids.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type AppLog, type LogEntry, openAppLog } from './app-log.ts'
import { followLogs, type LogQuery, readLogs } from './log-reader.ts'

const app = 'shop' as AppName
const production = 'production' as EnvironmentName
const staging = 'staging' as EnvironmentName
let folder: string
let log: AppLog
let clockMs: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'humdrum-log-'))
  clockMs = 1_700_000_000_000
  log = openAppLog({ folder, fileBytes: 2_000, keptFiles: 3, now: () => clockMs++ })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const append = (line: string, more: { environment?: EnvironmentName; release?: string } = {}): void =>
  log.append(
    { app, environment: more.environment ?? production, release: (more.release ?? 'v1') as Version, instance: 'i-1' },
    [{ stream: 'stdout', line }],
  )
const read = async (query: Partial<LogQuery> = {}): Promise<readonly string[]> => {
  const entries: LogEntry[] = []
  for await (const entry of readLogs(log, { app, tail: 1_000, ...query })) entries.push(entry)
  return entries.map(({ line }) => line)
}

test('a line is one line of JSON, readable by its owner alone', () => {
  append('hello')
  const path = join(folder, 'shop', 'production.jsonl')
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
    time: '2023-11-14T22:13:20.000Z',
    release: 'v1',
    instance: 'i-1',
    stream: 'stdout',
    line: 'hello',
  })
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('files are rotated at the limit, the oldest go, and reading spans them in order', async () => {
  const wanted = Array.from({ length: 200 }, (_, index) => `line ${index}`)
  for (const line of wanted) append(line)
  const files = log.filesOf({ app, environment: production })
  expect(files).toHaveLength(4)
  for (const file of files) expect(statSync(file).size).toBeLessThanOrEqual(2_000)
  const lines = await read()
  expect(lines.length).toBeGreaterThan(40)
  expect(lines).toEqual(wanted.slice(-lines.length))
  expect(await read({ tail: 30 })).toEqual(wanted.slice(-30))
  expect(await read({ tail: 0 })).toEqual([])
})

test('one can ask for an environment or a release, or for all in the order of time', async () => {
  append('one')
  append('two', { environment: staging })
  append('three', { release: 'v2' })
  expect(await read()).toEqual(['one', 'two', 'three'])
  expect(await read({ environment: staging })).toEqual(['two'])
  expect(await read({ release: 'v2' as Version })).toEqual(['three'])
  expect(await read({ app: 'unknown' as AppName })).toEqual([])
})

test('long files are read from their end, in blocks that split lines anywhere', async () => {
  log = openAppLog({ folder, fileBytes: 10_000_000, keptFiles: 3, now: () => clockMs++ })
  const wanted = Array.from({ length: 9_000 }, (_, index) => `${index} ${'é'.repeat(index % 90)}`)
  for (let at = 0; at < wanted.length; at += 100) {
    const lines = wanted.slice(at, at + 100).map((line) => ({ stream: 'stderr' as const, line }))
    log.append({ app, environment: production, release: 'v1' as Version, instance: 'i-1' }, lines)
  }
  expect(statSync(join(folder, 'shop', 'production.jsonl')).size).toBeGreaterThan(600_000)
  expect(await read({ tail: 100_000 })).toEqual(wanted)
  expect(await read({ tail: 7 })).toEqual(wanted.slice(-7))
})

test('a line that a power cut left in half is passed over', async () => {
  append('one')
  appendFileSync(join(folder, 'shop', 'production.jsonl'), '{"time":"2023-\n')
  append('two')
  expect(await read()).toEqual(['one', 'two'])
})

test('who follows gets the last lines and every new one, none twice and none of others', async () => {
  for (let index = 0; index < 5; index += 1) append(`old ${index}`)
  const ended = new AbortController()
  const stream = followLogs(log, { app, environment: production, tail: 2 }, ended.signal)
  const next = async (): Promise<string | undefined> => (await stream.next()).value?.line
  expect(await next()).toBe('old 3')
  append('new 0')
  append('elsewhere', { environment: staging })
  expect(await next()).toBe('old 4')
  expect(await next()).toBe('new 0')
  const waiting = next()
  append('new 1')
  expect(await waiting).toBe('new 1')
  const last = stream.next()
  ended.abort()
  expect((await last).done).toBe(true)
})

test('a reader that is too slow loses the oldest lines, and is told how many', async () => {
  append('first')
  const ended = new AbortController()
  const stream = followLogs(log, { app, tail: 1 }, ended.signal)
  await stream.next()
  const lines = Array.from({ length: 12_000 }, (_, index) => ({ stream: 'stdout' as const, line: `${index}` }))
  log.append({ app, environment: production, release: 'v1' as Version, instance: 'i-1' }, lines)
  expect((await stream.next()).value?.line).toMatch(/2000 lines left out/)
  expect((await stream.next()).value?.line).toBe('2000')
  ended.abort()
  await stream.return()
})

test('no name leads out of the folder', () => {
  expect(() => append('x', { environment: '../x' as EnvironmentName })).toThrow(/no name for a folder/)
})
