import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { latencyBucket, latencyBucketStartMs, latencyBuckets } from './latency-bucket.ts'

test.prop([fc.integer({ min: 0, max: 2 ** 30 - 1 })])('a bucket contains the duration that was put in it', (us) => {
  const bucket = latencyBucket(us)
  const [start, end] = [latencyBucketStartMs(bucket) * 1_000, latencyBucketStartMs(bucket + 1) * 1_000]
  expect(start).toBeLessThanOrEqual(us + 1e-6)
  expect(end).toBeGreaterThan(us)
  expect(end - start).toBeLessThanOrEqual(Math.max(1, us / 63) + 1e-6)
})

test('the longest durations share the last bucket', () => {
  expect(latencyBucket(2 ** 30 - 1)).toBe(latencyBuckets - 1)
  expect(latencyBucket(1e15)).toBe(latencyBuckets - 1)
  expect(latencyBucket(0)).toBe(0)
})
