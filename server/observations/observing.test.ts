import type { SourceMetric } from '@humdrum/core/analysis/metric.ts'
import type { EnvironmentName, Scope, Version } from '@humdrum/core/ids.ts'
import { observationVerdict } from '@humdrum/core/observation/verdict.ts'
import type { Ask, MetricsSource, Reading } from '@humdrum/core/ports.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import { silentSource } from '../metrics-source.ts'
import type { NewObservation } from '../store/observations.ts'
import { beginObservation, getObservation, openObservations } from '../store/observations.ts'
import { openStore } from '../store/open.ts'
import { startObserving } from './observing.ts'

const failures: SourceMetric = {
  ...{ kind: 'custom', name: 'failures', onFail: 'rollback', required: false, dryRun: false, worse: 'higher' },
  ...{ measure: { kind: 'share', hits: 'failed', total: 'all' }, margin: 0.02 },
}
const scope = { app: 'shop', environment: 'production' } as Scope
const begun = (candidate: string, at: number): NewObservation => ({
  ...{ scope, candidate: candidate as Version, stable: 'v1' as Version, attempt: null },
  plan: {
    ...{ metrics: [failures], alpha: 0.01, beta: 0.05, leastMs: 60_000, forMs: 600_000 },
    source: { kind: 'prometheus', url: 'http://127.0.0.1:9', token: null, intervalMs: 10_000 },
  },
  ...{ begunBy: 'ada', begunAt: at as Instant },
})

type World = { source: MetricsSource; at: number; asked: Ask[]; said: string[] }

/** A source of two releases whose requests fail by these shares, 100 and 900 in ten seconds. */
const counting = (world: World, rates: Readonly<Record<string, number>>): MetricsSource => ({
  ...silentSource('a test'),
  read: async (ask): Promise<Reading> => {
    world.asked.push(ask)
    const total = (ask.release === 'v1' ? 900 : 100) * ((ask.to - ask.from) / 10_000)
    return { kind: 'share', hits: Math.round(total * (rates[ask.release] ?? 0)), total: Math.round(total) }
  },
})

const watched = async () => {
  const world: World = { source: silentSource('it is away'), at: 0, asked: [], said: [] }
  const store = await openStore(':memory:')
  const parts = {
    ...{ store, sourceOf: () => world.source, now: () => world.at as Instant },
    log: (_: string, text: string) => world.said.push(text),
  }
  /** A second at a time, as a server does. */
  const pass = async (seconds: number, observing = startObserving(parts, null)): Promise<void> => {
    for (let second = 0; second < seconds; second += 1) {
      world.at += 1_000
      await observing.round()
    }
  }
  const verdict = async () => {
    const newest = await getObservation(store.db, id)
    return newest === null ? null : observationVerdict(newest, world.at as Instant)
  }
  const id = await beginObservation(store.db, begun('v2', 0))
  return { world, store, pass, verdict, id, [Symbol.asyncDispose]: () => store.close() }
}

test('reads window after window of both releases, and shows a candidate that is well to be so', async () => {
  await using watch = await watched()
  watch.world.source = counting(watch.world, { v1: 0.001, v2: 0 })
  await watch.pass(180)
  expect(await watch.verdict()).toMatchObject({ kind: 'Successful' })
  const own = watch.world.asked.filter(({ release }) => release === ('v2' as Version))
  expect(own.map(({ from, to }) => [from, to]).slice(0, 2)).toEqual([
    [0, 10_000],
    [10_000, 20_000],
  ])
  expect(own).toHaveLength(17)
  expect(watch.world.said.map((text) => text.split(':')[0])).toEqual([
    'shop/production o-1 Running',
    'shop/production o-1 Successful',
  ])
})

test('says of a candidate that fails what it would have to be done, and does nothing', async () => {
  await using watch = await watched()
  watch.world.source = counting(watch.world, { v1: 0.001, v2: 0.2 })
  await watch.pass(60)
  expect(await watch.verdict()).toMatchObject({ kind: 'Failed', rollback: true })
  expect(await openObservations(watch.store.db)).toHaveLength(1)
})

test('a source that is away neither promotes nor rolls back, and what was known goes on after it', async () => {
  await using watch = await watched()
  const counts = counting(watch.world, { v1: 0.001, v2: 0 })
  watch.world.source = counts
  await watch.pass(90)
  watch.world.source = silentSource('it is away')
  await watch.pass(30)
  expect(await watch.verdict()).toMatchObject({ kind: 'Error', promote: false, rollback: false })
  watch.world.source = counts
  await watch.pass(60)
  expect(await watch.verdict()).toMatchObject({ kind: 'Successful' })
})

test('goes on where it was after a restart: no window is read twice and none is left out', async () => {
  await using watch = await watched()
  watch.world.source = counting(watch.world, { v1: 0.001, v2: 0 })
  await watch.pass(47)
  watch.world.at += 33_000
  await watch.pass(40)
  const own = watch.world.asked.filter(({ release }) => release === ('v2' as Version))
  own.reduce((last, { from, to }) => {
    expect(from).toBe(last)
    return to
  }, 0 as Instant)
})

test('ends when its time is over, and asks nothing more', async () => {
  await using watch = await watched()
  await watch.pass(601)
  const asked = watch.world.asked.length
  await watch.pass(60)
  expect(await getObservation(watch.store.db, watch.id)).toMatchObject({ end: { kind: 'time', at: 600_000 } })
  expect(watch.world.asked).toHaveLength(asked)
  expect(watch.world.said.at(-1)).toBe('shop/production o-1 ended: its time was over')
})

test('another candidate takes its place', async () => {
  await using watch = await watched()
  await watch.pass(15)
  const next = await beginObservation(watch.store.db, begun('v3', watch.world.at))
  expect(await getObservation(watch.store.db, watch.id)).toMatchObject({ end: { kind: 'followed', by: 'v3' } })
  expect((await openObservations(watch.store.db)).map(({ id }) => id)).toEqual([next])
})

test('one that cannot be read does not keep the others from being read, and is told once', async () => {
  await using watch = await watched()
  const staging = { ...scope, environment: 'staging' as EnvironmentName }
  await beginObservation(watch.store.db, { ...begun('v2', 0), scope: staging })
  const counts = counting(watch.world, { v1: 0, v2: 0 })
  let first = true
  watch.world.source = {
    ...counts,
    read: (ask) => {
      if (!first) return counts.read(ask)
      first = false
      throw new Error('a bug of an adapter')
    },
  }
  await expect(watch.pass(20)).rejects.toThrow('a bug of an adapter')
  expect((await openObservations(watch.store.db)).map(({ judge }) => judge === null)).toEqual([true, false])
})
