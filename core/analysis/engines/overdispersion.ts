// How much more the difference between the arms scatters from second to second than independent requests would. Requests of
// one process share its pauses: a core that is taken away, a collector, a cold cache. So a second is not n independent
// draws, and evidence that took it for that would alarm on healthy releases. Measured while the candidate runs, from bins
// that are over; a difference that is always there is no scatter. Blocks of bins show what lasts longer than one.

/** Sums over bins (or blocks of them): n1 candidate and n0 stable requests, d = bad beyond what stable's share would give. */
type Scatter = {
  readonly count: number
  readonly d: number
  readonly dd: number
  readonly dn: number
  readonly n: number
  readonly nn: number
}

export type OverdispersionState = {
  readonly bins: Scatter
  readonly blocks: Scatter
  /** Σ n1²/n0 over bins: what stable's own chance adds to the variance. */
  readonly stablePart: number
  /** The block under way. */
  readonly open: { readonly count: number; readonly d: number; readonly n: number }
}

const none: Scatter = { count: 0, d: 0, dd: 0, dn: 0, n: 0, nn: 0 }

export const blankOverdispersion: OverdispersionState = {
  ...{ bins: none, blocks: none, stablePart: 0 },
  open: { count: 0, d: 0, n: 0 },
}

/** Shares of bad requests of both arms. */
type Shares = { readonly candidate: number; readonly stable: number }

export type Overdispersion = {
  /** One bin: how many more bad requests the candidate had than stable's share would have given it. */
  add(difference: number, candidateRequests: number, stableRequests: number): void
  /**
   * The logarithm of an e-value, divided by the overdispersion where it is positive. It only ever takes from evidence, so the
   * e-value's own bound stays.
   */
  tempered(logEvidence: number, shares: Shares): number
  state(): OverdispersionState
}

const blockBins = 4
/** A few bins say little of how they scatter: so many more are taken to scatter as much as all evidence. */
const unknownBins = 8

export const createOverdispersion = (from: OverdispersionState): Overdispersion => {
  let { bins, blocks, stablePart, open } = from

  const factor = ({ candidate, stable }: Shares): number => {
    const independent = candidate * (1 - candidate) * bins.n + stable * (1 - stable) * stablePart
    const perRequest = independent / Math.max(1, bins.n)
    return Math.max(
      1 + unknownBins / Math.max(1, bins.count),
      ...[bins, blocks].map((one) => factorOf(one, perRequest)),
    )
  }

  return {
    add: (d, n, stableRequests) => {
      bins = counted(bins, d, n)
      stablePart += n ** 2 / stableRequests
      open = { count: open.count + 1, d: open.d + d, n: open.n + n }
      if (open.count < blockBins) return
      blocks = counted(blocks, open.d, open.n)
      open = blankOverdispersion.open
    },
    tempered: (logEvidence, shares) => (logEvidence > 0 ? logEvidence / factor(shares) : logEvidence),
    state: () => ({ bins, blocks, stablePart, open }),
  }
}

const counted = (sums: Scatter, d: number, n: number): Scatter => ({
  count: sums.count + 1,
  d: sums.d + d,
  dd: sums.dd + d * d,
  dn: sums.dn + d * n,
  n: sums.n + n,
  nn: sums.nn + n * n,
})

/** Scatter around a difference that is the same in every bin, over that of independent requests; 1 while too few are known. */
const factorOf = ({ count, d, dd, dn, n, nn }: Scatter, perRequest: number): number => {
  if (count < 3 || perRequest <= 0) return 1
  const mean = d / n
  const around = dd - 2 * mean * dn + mean ** 2 * nn
  return (around / (perRequest * n)) * (count / (count - 1))
}
