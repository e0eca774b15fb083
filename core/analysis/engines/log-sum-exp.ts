// Sums and mixtures of numbers that are only known by their logarithms, without overflow and without cancellation.

/** ln(Σ exp(terms)), of the first `count` terms; -Infinity when there are none. */
export const logSumExp = (terms: ArrayLike<number>, count: number = terms.length): number => {
  let largest = Number.NEGATIVE_INFINITY
  for (let k = 0; k < count; k += 1) largest = Math.max(largest, terms[k] ?? Number.NEGATIVE_INFINITY)
  if (!Number.isFinite(largest)) return largest
  let sum = 0
  for (let k = 0; k < count; k += 1) sum += Math.exp((terms[k] ?? Number.NEGATIVE_INFINITY) - largest)
  return largest + Math.log(sum)
}

/** Above this, exp() leaves the range of a double. */
const overflow = 700

/**
 * ln(rest + share · exp(step)) where share + rest = 1: the logarithm of 1 + share (r - 1) for r = exp(step).
 * Both shares are asked for, because 1 - share has lost its digits when share is near 1.
 */
export const logBlend = (step: number, share: number, rest: number): number => {
  if (step > overflow) return share === 0 ? Math.log(rest) : step + Math.log(share + rest * Math.exp(-step))
  const move = share * Math.expm1(step)
  return move > -0.5 ? Math.log1p(move) : Math.log(rest + share * Math.exp(step))
}
