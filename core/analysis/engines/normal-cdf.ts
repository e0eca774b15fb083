// The distribution function of the standard normal by its logarithm, to the last digits in both tails.

const logRootTau = 0.5 * Math.log(2 * Math.PI)
/** Within it the series is short and nothing cancels; beyond it the continued fraction is. */
const centre = 1
/** Its error at the edge of the centre is below exp(-2 sqrt(2 · 200)). */
const fractionTerms = 200

/** ln Φ(z). */
export const logNormalCdf = (z: number): number => {
  if (z < -centre) return -0.5 * z * z - logRootTau - Math.log(millsDenominator(-z))
  if (z > centre) return Math.log1p(-Math.exp(logNormalCdf(-z)))
  return Math.log(0.5 + aroundZero(z))
}

/** Φ(z) - ½ = φ(z) (z + z³/3 + z⁵/15 + …) (Marsaglia, 2004). */
const aroundZero = (z: number): number => {
  let term = z
  let sum = z
  for (let odd = 3; odd < 99; odd += 2) {
    term *= (z * z) / odd
    const next = sum + term
    if (next === sum) break
    sum = next
  }
  return sum * Math.exp(-0.5 * z * z - logRootTau)
}

/** φ(x) / Φ(-x) = x + 1/(x + 2/(x + 3/(x + …))) (Laplace). */
const millsDenominator = (x: number): number => {
  let fraction = x
  for (let term = fractionTerms; term >= 1; term -= 1) fraction = x + term / fraction
  return fraction
}
