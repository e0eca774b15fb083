// A band around a whole distribution that holds at all times at once: Howard & Ramdas (Bernoulli 28(3), 2022), Theorem 2, by
// the law of the iterated logarithm. It assumes independent draws of one distribution, so it is for display alone.
import { lastHolding } from './bisection.ts'

type Band = {
  /** Its level: it is left with probability alpha at most. */
  readonly alpha: number
  /** Observations from which on it holds; before, it says nothing. */
  readonly from: number
  /** Its leading factor, above √½; 0.85 is the usual one. */
  readonly factor: number
}

/** The constant C of the band, the smallest with an error of at most alpha (`find_optimal_C` of confseq). */
export const lilConstant = ({ alpha, factor }: Pick<Band, 'alpha' | 'factor'>): number => {
  const holds = (constant: number): boolean => leastError(constant, factor) <= alpha
  if (!(factor > Math.SQRT1_2 && alpha > 0)) return Number.POSITIVE_INFINITY
  let [low, high] = [1, 2]
  while (!holds(high)) {
    if (high > farthest) return Number.POSITIVE_INFINITY
    high *= 2
  }
  while (holds(low)) low /= 2 // it ends: a constant near 0 leaves no band
  return lastHolding(high, low, holds)
}

/** A constant that no band has. */
const farthest = 1e9

/** How far the empirical distribution may be off after so many observations. */
export const lilRadius = (observations: number, band: Band): number =>
  observations < band.from
    ? Number.POSITIVE_INFINITY
    : band.factor * Math.sqrt((Math.log1p(Math.log(observations / band.from)) + lilConstant(band)) / observations)

/** The probability of leaving the band when time is cut at powers of 1 + growth. */
const errorAt = (constant: number, factor: number, growth: number): number => {
  const slack = factor - Math.sqrt((2 * growth) / constant)
  const square = (2 / (1 + growth)) * slack ** 2
  if (slack <= 0 || square <= 1) return Number.POSITIVE_INFINITY
  return 4 * Math.exp(-square * constant) * (1 + 1 / ((square - 1) * Math.log1p(growth)))
}

const golden = (Math.sqrt(5) - 1) / 2
/** Sections after which the bracket is narrower than what a minimum can be told to. */
const sections = 100

/** The least of them: the error is infinite at both ends and has one valley between (searched by the logarithm of the growth). */
const leastError = (constant: number, factor: number): number => {
  const error = (log: number): number => errorAt(constant, factor, Math.exp(log))
  const narrowest = Math.log(1e-12)
  let [low, high] = [narrowest, lastHolding(narrowest, Math.log(2 * factor ** 2), (log) => Number.isFinite(error(log)))]
  for (let section = 0; section < sections; section += 1) {
    const width = golden * (high - low)
    if (error(high - width) <= error(low + width)) high = low + width
    else low = high - width
  }
  return error(low + (high - low) / 2)
}
