import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Sink } from '../terminal.ts'
import { whileWaiting } from './waiting.ts'

const sinkOf = (isLive: boolean) => {
  const written: string[] = []
  const sink: Sink = {
    write: (text) => written.push(text),
    isWatched: isLive,
    isLive,
    colours: isLive,
    columns: () => 80,
  }
  return { sink, written }
}

/** Work that goes on until `done` says so. */
const workUntil = async (done: () => boolean): Promise<string> => {
  const deadline = Date.now() + 10_000
  while (!done() && Date.now() < deadline) await sleep(1)
  return 'made'
}

const eager = { liveAfterMs: 0, drawMs: 1, pipeEveryMs: 0 }

test('says nothing of what is quick', async () => {
  for (const isLive of [true, false]) {
    const { sink, written } = sinkOf(isLive)
    expect(await whileWaiting(sink, { words: () => 'packing', work: Promise.resolve(7) })).toBe(7)
    expect(written).toEqual([])
  }
})

test('draws one line on a terminal, with the time, and takes it away', async () => {
  const { sink, written } = sinkOf(true)
  const work = workUntil(() => written.length > 0)
  expect(await whileWaiting(sink, { words: () => 'packing', work, pace: eager })).toBe('made')
  expect(written).toEqual(['\r\u001b[K● packing  0:00', '\r\u001b[K'])
})

test('tells a pipe what changed, a line each, and nothing twice', async () => {
  const { sink, written } = sinkOf(false)
  let asked = 0
  const words = (): string => {
    asked += 1
    return written.length === 0 ? '1 MB sent' : '2 MB sent'
  }
  await whileWaiting(sink, { words, work: workUntil(() => asked > 20), pace: eager })
  expect(written).toEqual(['● 1 MB sent\n', '● 2 MB sent\n'])
})

test('leaves no line behind a failure', async () => {
  const { sink, written } = sinkOf(true)
  const work = workUntil(() => written.length > 0).then(() => Promise.reject(new Error('gone')))
  await expect(whileWaiting(sink, { words: () => 'packing', work, pace: eager })).rejects.toThrow('gone')
  expect(written.at(-1)).toBe('\r\u001b[K')
})
