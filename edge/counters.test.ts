import { latencyBucket, latencyBucketStartMs } from '@humdrum/core/analysis/latency/latency-bucket.ts'
import { expect, test } from 'vitest'
import { Counters } from './counters.ts'

test('every answer lies in one bucket, which holds its time', () => {
  const counters = new Counters()
  const seen = [0, 0.001, 0.5, 0.5, 12.34, 60_000, 1e9]
  for (const elapsedMs of seen) counters.observe(elapsedMs)
  const latency = counters.latency()
  expect(latency.reduce((sum, [, count]) => sum + count, 0)).toBe(seen.length)
  expect(latency.find(([bucket]) => bucket === latencyBucket(500))).toEqual([latencyBucket(500), 2])
  const [ofTwelve] = latency.find(([bucket]) => bucket === latencyBucket(12_340)) ?? []
  expect(latencyBucketStartMs(ofTwelve ?? 0)).toBeLessThanOrEqual(12.34)
  expect(latencyBucketStartMs((ofTwelve ?? 0) + 1)).toBeGreaterThan(12.34)
})

test('only buckets in use are told, in order', () => {
  const counters = new Counters()
  expect(counters.latency()).toEqual([])
  for (const elapsedMs of [5, 1, 5]) counters.observe(elapsedMs)
  expect(counters.latency()).toEqual([
    [latencyBucket(1_000), 1],
    [latencyBucket(5_000), 2],
  ])
})
