// How latencies are numbered in histograms: log-linear buckets from 1 µs to 17 minutes, at most 1.6 % wide. The edge counts
// by them, and the judge takes its thresholds from their edges, so that "slower than" is exact.

/** Microseconds up to here have a bucket each; above, every doubling has so many buckets (width at most 1.6 %). */
const bucketsPerDoubling = 64
const linearBits = Math.log2(bucketsPerDoubling)
const longestUs = 2 ** 30 - 1

/** Buckets of a latency histogram; the last one also takes everything longer than 17 minutes. */
export const latencyBuckets = (30 - linearBits + 1) * bucketsPerDoubling

/** The bucket of a duration in whole microseconds. */
export const latencyBucket = (us: number): number => {
  const value = us < longestUs ? us | 0 : longestUs
  if (value < bucketsPerDoubling) return value
  const doubling = 31 - Math.clz32(value) - linearBits
  return (doubling + 1) * bucketsPerDoubling + (value >>> doubling) - bucketsPerDoubling
}

/** The shortest duration of a bucket; its longest is just below that of the next. */
export const latencyBucketStartMs = (bucket: number): number => {
  if (bucket < bucketsPerDoubling) return bucket / 1_000
  const doubling = Math.floor(bucket / bucketsPerDoubling) - 1
  return (((bucket % bucketsPerDoubling) + bucketsPerDoubling) * 2 ** doubling) / 1_000
}
