// What a release did since this edge started: counts that only grow, and a histogram that is allocated once. Recording
// costs some nanoseconds, as it happens at every request.
import { latencyBucket, latencyBuckets } from '@humdrum/core/analysis/latency/latency-bucket.ts'

export class Counters {
  requests = 0
  bad = 0
  aborted = 0
  cut = 0
  rescued = 0
  readonly #latency = new Uint32Array(latencyBuckets)

  /** One answer's time from dispatch to its head. */
  observe(elapsedMs: number): void {
    const bucket = latencyBucket(elapsedMs * 1_000)
    this.#latency[bucket] = (this.#latency[bucket] ?? 0) + 1
  }

  /** [bucket, count] of the buckets in use. */
  latency(): readonly (readonly [number, number])[] {
    const used: [number, number][] = []
    for (let bucket = 0; bucket < latencyBuckets; bucket += 1) {
      const seen = this.#latency[bucket] ?? 0
      if (seen > 0) used.push([bucket, seen])
    }
    return used
  }
}
