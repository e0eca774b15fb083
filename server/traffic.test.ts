import type { Scope, Version } from '@humdrum/core/ids.ts'
import type { ReleaseReport, RouteReport } from '@humdrum/core/routing/route.ts'
import { expect, test } from 'vitest'
import { createTrafficRecord } from './traffic.ts'

const scope = { app: 'shop', environment: 'production' } as Scope

const release = (name: string, requests: number): ReleaseReport => ({
  ...{
    release: name as Version,
    requests,
    bad: 1,
    inFlight: 0,
    aborted: 0,
    cut: 0,
    rescued: 0,
    warm: [],
    latency: [[70, requests]],
  },
})

const report = (releases: readonly ReleaseReport[], epoch = 'one') =>
  ({ ...scope, epoch, stable: 'v1', candidate: 'v2', releases }) as unknown as RouteReport

test('says nothing before it knows some seconds', () => {
  const traffic = createTrafficRecord()
  expect(traffic.of(scope, 0)).toBeNull()
  traffic.saw([report([release('v1', 100)])], 0)
  traffic.saw([report([release('v1', 200)])], 4_999)
  expect(traffic.of(scope, 4_999)).toBeNull()
})

test('counts the requests of all releases, from the first look on', () => {
  const traffic = createTrafficRecord()
  traffic.saw([report([release('v1', 1_000)])], 0)
  traffic.saw([report([release('v1', 1_090), release('v2', 10)])], 10_000)
  expect(traffic.of(scope, 10_000)).toMatchObject({
    requestsPerSecond: 10,
    overMs: 10_000,
    stable: { requests: 1_090, bad: 1, latency: [[70, 1_090]] },
  })
})

test('is about the last minute, however often one looks', () => {
  const traffic = createTrafficRecord()
  // 100 a second for two minutes, then none.
  for (let atMs = 0; atMs <= 120_000; atMs += 50) traffic.saw([report([release('v1', atMs / 10)])], atMs)
  expect(traffic.of(scope, 120_000)?.overMs).toBeGreaterThan(58_000)
  expect(traffic.of(scope, 120_000)?.requestsPerSecond).toBeCloseTo(100, 5)
  for (let atMs = 120_050; atMs <= 181_000; atMs += 50) traffic.saw([report([release('v1', 12_000)])], atMs)
  expect(traffic.of(scope, 181_000)?.requestsPerSecond).toBe(0)
})

test('an edge that starts anew takes nothing away', () => {
  const traffic = createTrafficRecord()
  traffic.saw([report([release('v1', 5_000)])], 0)
  traffic.saw([report([release('v1', 60)], 'two')], 10_000)
  expect(traffic.of(scope, 10_000)?.requestsPerSecond).toBe(6)
})

test('a release that left and is forgotten takes nothing away', () => {
  const traffic = createTrafficRecord()
  traffic.saw([report([release('v0', 900), release('v1', 100)])], 0)
  traffic.saw([report([release('v1', 150)])], 10_000)
  expect(traffic.of(scope, 10_000)?.requestsPerSecond).toBe(5)
})

test('what an edge said long ago is no present', () => {
  const traffic = createTrafficRecord()
  traffic.saw([report([release('v1', 0)])], 0)
  traffic.saw([report([release('v1', 100)])], 10_000)
  expect(traffic.of(scope, 25_000)).not.toBeNull()
  expect(traffic.of(scope, 25_001)).toBeNull()
})
