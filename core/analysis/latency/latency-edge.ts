// Where a quantile of stable lies in its histogram, as an edge between two buckets, so that "slower than" is exact.

/** The first bucket that counts as slow, and the share of requests from there on. */
type Edge = { readonly slow: number; readonly share: number }

/**
 * The edge of the quantile's bucket beyond which the share of stable's requests is nearer to what it should be. Where many
 * requests share a bucket, one of its edges may have none beyond it, and nothing could be told from it.
 */
export const edgeAt = (recent: ReadonlyMap<number, number>, requests: number, quantile: number): Edge => {
  const sorted = [...recent].sort(([one], [other]) => one - other)
  let [below, inside, bucket] = [0, 0, 0]
  for (const [next, count] of sorted) {
    if (below + inside >= quantile * requests) break
    below += inside
    inside = count
    bucket = next
  }
  // The half keeps a share of 0 or 1 from being taken for certain.
  const beyond = (faster: number): number => (requests - faster + 0.5) / (requests + 1)
  const [lower, upper]: readonly [Edge, Edge] = [
    { slow: bucket, share: beyond(below) },
    { slow: bucket + 1, share: beyond(below + inside) },
  ]
  const off = ({ share }: Edge): number => Math.abs(logit(share) - logit(1 - quantile))
  return off(lower) < off(upper) ? lower : upper
}

export const logit = (share: number): number => Math.log(share / (1 - share))
