// How much more the difference between the arms scatters from second to second than independent requests would: overdispersion.ts
// says why that matters. Here it is told score by score, each a number for every category of latency. Blocks of bins show what
// lasts longer than one; what the first seconds cannot show is taken from how stable scattered by itself before.
import type { CategoryBin } from '../engines/category-evidence.ts'
import type { ScatterState } from '../engines/scatter.ts'
import { blankScatter, createScatter } from '../engines/scatter.ts'

/** A series of bins, the same in blocks, and the block under way. */
type SeriesState = {
  readonly bins: ScatterState
  readonly blocks: ScatterState
  readonly open: { readonly count: number; readonly n: number; readonly d: readonly number[] }
}

/** Of stable by itself, for each score: how many times its variance was that of independent requests, and the mean exposure. */
type Noise = { readonly bins: readonly number[]; readonly blocks: readonly number[]; readonly requests: number }

export type LatencyScatterState = {
  /** Stable by itself, until it is compared; then the difference between the arms. */
  readonly series: SeriesState
  /** Σ n1²/n0 over bins: what stable's own chance adds to the variance. */
  readonly stablePart: number
  /** Null until the comparison begins. */
  readonly noise: Noise | null
}

const blankSeries = (scores: number): SeriesState => ({
  ...{ bins: blankScatter(scores), blocks: blankScatter(scores) },
  open: { count: 0, n: 0, d: new Array<number>(scores).fill(0) },
})

export const blankLatencyScatter = (scores: number): LatencyScatterState => ({
  ...{ series: blankSeries(scores), stablePart: 0, noise: null },
})

/** Shares of the categories. */
type Shares = { readonly candidate: ArrayLike<number>; readonly stable: ArrayLike<number> }

export type LatencyScatter = {
  /** One bin of stable alone. */
  watch(stable: ArrayLike<number>, requests: number): void
  /** One bin of both. */
  add(bin: CategoryBin): void
  /** By how much evidence from a score is to be divided, at least 1. */
  factor(score: number, shares: Shares): number
  /** Where the comparison begins, or begins anew at other thresholds: stable's own scatter is kept. */
  begun(shares: ArrayLike<number>): LatencyScatterState
  state(): LatencyScatterState
}

const blockBins = 4
/** Stable's own scatter counts for so many bins of the difference. */
const watchedBins = 8
/** What lasts longer than a block shows in it by half: so much is added of what a block scatters more than a bin. */
const lasting = 1.5
/** One bin alone says next to nothing: it divides evidence by so much more, two by a quarter of that, and so on. */
const firstBins = 16

export const createLatencyScatter = (
  scores: readonly ArrayLike<number>[],
  from: LatencyScatterState,
): LatencyScatter => {
  const [bins, blocks] = [createScatter(from.series.bins), createScatter(from.series.blocks)]
  const open = { ...from.series.open, d: Float64Array.from(from.series.open.d) }
  const found = new Float64Array(scores.length)
  let { stablePart } = from
  const { noise } = from

  const count = (n: number): void => {
    bins.add(found, n)
    for (let i = 0; i < found.length; i += 1) open.d[i] = (open.d[i] ?? 0) + (found[i] ?? 0)
    open.n += n
    open.count += 1
    if (open.count < blockBins) return
    blocks.add(open.d, open.n)
    open.d.fill(0)
    open.n = 0
    open.count = 0
  }

  /** Stable's own noise, were it the candidate's too, in a difference of arms of the present size. */
  const expected = (own: number | undefined): number => {
    if (noise === null || noise.requests === 0) return 1
    const candidate = bins.exposure()
    const perRequest = Math.max(0, (own ?? 1) - 1) / noise.requests
    return 1 + (2 * perRequest * candidate) / (1 + stablePart / (candidate * bins.count()))
  }

  const factor = (score: number, { candidate, stable }: Shares): number => {
    const seen = bins.count()
    if (seen === 0) return firstBins
    const of = scores[score] ?? []
    const perRequest = varianceOf(of, candidate) + (varianceOf(of, stable) * stablePart) / (bins.exposure() * seen)
    const second = blended(expected(noise?.bins[score]), watchedBins, {
      ratio: bins.ratio(score, perRequest),
      count: seen,
    })
    const block = blended(expected(noise?.blocks[score]), watchedBins / blockBins, {
      ratio: blocks.ratio(score, perRequest),
      count: blocks.count(),
    })
    return Math.max(1, second, block) + lasting * Math.max(0, block - Math.max(1, second)) + firstBins / seen ** 2
  }

  const watchedNoise = (shares: ArrayLike<number>): Noise => {
    const own = scores.map((of, score) => {
      const ratio = bins.ratio(score, varianceOf(of, shares)) ?? 1
      return { bins: ratio, blocks: blocks.ratio(score, varianceOf(of, shares)) ?? ratio }
    })
    return { bins: own.map((one) => one.bins), blocks: own.map((one) => one.blocks), requests: bins.exposure() }
  }

  return {
    watch: (stable, requests) => {
      for (let i = 0; i < found.length; i += 1) found[i] = scored(scores[i] ?? [], stable)
      count(requests)
    },
    add: ({ candidate, stable, candidateRequests, stableRequests }) => {
      const part = candidateRequests / stableRequests
      for (let i = 0; i < found.length; i += 1) {
        const of = scores[i] ?? []
        found[i] = scored(of, candidate) - part * scored(of, stable)
      }
      stablePart += part * candidateRequests
      count(candidateRequests)
    },
    factor,
    begun: (shares) => ({ ...blankLatencyScatter(scores.length), noise: noise ?? watchedNoise(shares) }),
    state: () => ({
      series: { bins: bins.state(), blocks: blocks.state(), open: { ...open, d: Array.from(open.d) } },
      ...{ stablePart, noise },
    }),
  }
}

const blended = (
  known: number,
  worth: number,
  { ratio, count }: { readonly ratio: number | null; readonly count: number },
): number => (ratio === null ? known : (known * worth + ratio * count) / (worth + count))

const scored = (scores: ArrayLike<number>, counts: ArrayLike<number>): number => {
  let sum = 0
  for (let j = 0; j < scores.length; j += 1) sum += (scores[j] ?? 0) * (counts[j] ?? 0)
  return sum
}

const varianceOf = (scores: ArrayLike<number>, shares: ArrayLike<number>): number => {
  const mean = scored(scores, shares)
  let sum = 0
  for (let j = 0; j < scores.length; j += 1) sum += (shares[j] ?? 0) * ((scores[j] ?? 0) - mean) ** 2
  return sum
}
