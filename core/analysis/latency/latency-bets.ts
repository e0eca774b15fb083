// Which slowdowns the judge of latency bets on: everything is slower, the slowest tenth is, or the slowest few are; each by
// eight strengths or so. A kind of slowdown gives every category of latency a score, and a bet of strength s says that a
// request of the candidate is exp(s · score) times likelier there, up to a constant. Part of the definition of the e-value:
// not tuned per service. How it was chosen: decisions/0015-joint-latency.md.
import type { CategoryBets } from '../engines/category-evidence.ts'

/** Thresholds between two quantiles that are asked for: every halving of the tail or so has one. */
const ladder = [0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999, 0.9995]
/** A step of the ladder is left out where a tail that is asked for is nearer than this to its own. */
const nearest = 1.3

/** The quantiles that are asked for, ascending, and those between them at which slowness is counted too. */
export const thresholdQuantiles = (asked: readonly number[]): readonly number[] => {
  const [first = 0, last = 0] = [asked[0], asked.at(-1)]
  const isApart = (step: number): boolean =>
    asked.every((quantile) => Math.abs(Math.log((1 - quantile) / (1 - step))) > Math.log(nearest))
  const between = ladder.filter((step) => step > first && step < last && isApart(step))
  return [...asked, ...between].sort((one, other) => one - other)
}

/** Where a kind of slowdown begins, as a share of stable's requests: null where it is all of them. */
type Kind = { readonly from: number | null; readonly weight: number; readonly strengths: readonly Strength[] }
type Strength = { readonly strength: number; readonly weight: number }

/** `count` strengths from the least to the most, a bell over their logarithm. */
const strengths = (
  [least, most, count]: readonly [number, number, number],
  { centre, spread }: { readonly centre: number; readonly spread: number },
): readonly Strength[] => {
  const all = Array.from({ length: count }, (_, index) => least * (most / least) ** (index / (count - 1)))
  const bells = all.map((strength) => Math.exp(-0.5 * (Math.log(strength / centre) / spread) ** 2))
  const total = bells.reduce((sum, bell) => sum + bell, 0)
  return all.map((strength, index) => ({ strength, weight: (bells[index] ?? 0) / total }))
}

const kinds: readonly Kind[] = [
  { from: null, weight: 0.38, strengths: strengths([0.04, 2, 8], { centre: 0.12, spread: 1 }) },
  { from: 0.9, weight: 0.12, strengths: strengths([0.15, 2.5, 7], { centre: 0.4, spread: 0.8 }) },
  { from: 0.97, weight: 0.5, strengths: strengths([0.2, 3, 9], { centre: 0.5, spread: 0.5 }) },
]

/** Of each bet the kind of slowdown, by its place among the scores. */
export const kindOfBet: readonly number[] = kinds.flatMap(({ strengths: own }, kind) => own.map(() => kind))

export const latencyBets = kindOfBet.length

const logWeights = kinds.flatMap(({ weight, strengths: own }) => own.map((one) => Math.log(weight * one.weight)))

/** The score of every category, kind by kind; none falls towards the slower ones. `shares` are stable's, fast ones first. */
export const slownessScores = (shares: readonly number[]): readonly Float64Array[] =>
  kinds.map(({ from }) => (from === null ? logitScores(shares) : tailScores(shares, from)))

export const betsOn = (scores: readonly Float64Array[]): CategoryBets => ({
  logWeights,
  logRatios: kinds.flatMap(({ strengths: own }, kind) =>
    own.map(({ strength }) => Float64Array.from(scores[kind] ?? [], (score) => strength * score)),
  ),
})

/** Mean of ln(p/(1-p)) over each category's ranks p: a log-normal latency that is s times as long is such a tilt but for 1 %. */
const logitScores = (shares: readonly number[]): Float64Array => {
  const entropy = (p: number): number => plogp(p) + plogp(1 - p)
  return overRanks(shares, (from, to) => (entropy(to) - entropy(from)) / (to - from))
}

/** Mean of -ln((1-p)/(1-start)), nothing before the start: a tail that is stretched by a power. */
const tailScores = (shares: readonly number[], from: number): Float64Array => {
  const start = Math.min(from, 1 - (shares.at(-1) ?? 0))
  const area = (p: number): number => {
    const rest = Math.min(1, (1 - p) / (1 - start))
    return (1 - start) * (rest - plogp(rest))
  }
  return overRanks(shares, (low, high) => (area(low) - area(high)) / (high - low))
}

const plogp = (p: number): number => (p <= 0 ? 0 : p * Math.log(p))

const overRanks = (shares: readonly number[], mean: (from: number, to: number) => number): Float64Array => {
  let to = 0
  const scores = Float64Array.from(shares, (share, index) => {
    const from = to
    to = index === shares.length - 1 ? 1 : to + share
    return mean(from, to)
  })
  // Of categories that hold next to nothing the mean is rounding; what a bet needs is that it never falls.
  for (let j = 1; j < scores.length; j += 1) scores[j] = Math.max(scores[j] ?? 0, scores[j - 1] ?? 0)
  return scores
}
