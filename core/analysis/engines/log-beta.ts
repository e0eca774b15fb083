// The beta function by its logarithm, through Stirling's series: the terms of n ln n that would drown the digits at
// millions of requests are taken apart before they are subtracted.

const halfLogTau = 0.5 * Math.log(2 * Math.PI)
/** From here on six terms of the series are exact to a double. */
const asymptotic = 16

/** lnΓ(z) - ((z - ½) ln z - z + ½ ln 2π), for z > 0. */
export const stirlingRemainder = (z: number): number => {
  let shifted = z
  let sum = 0
  for (; shifted < asymptotic; shifted += 1) sum += (shifted + 0.5) * Math.log1p(1 / shifted) - 1
  const square = 1 / (shifted * shifted)
  const tail = 1 / 1_260 - square * (1 / 1_680 - square * (1 / 1_188 - (square * 691) / 360_360))
  return sum + (1 / 12 - square * (1 / 360 - square * tail)) / shifted
}

/** What lnB(a, b) adds to its leading powers. */
const correction = (a: number, b: number): number =>
  halfLogTau + stirlingRemainder(a) + stirlingRemainder(b) - stirlingRemainder(a + b)

/** lnB(a, b), for a, b > 0. */
export const logBeta = (a: number, b: number): number =>
  correction(a, b) - (a - 0.5) * Math.log1p(b / a) - (b - 0.5) * Math.log1p(a / b) - 0.5 * Math.log(a + b)

/** lnB(a, b) - a ln p - b ln(1 - p), for 0 < p < 1: small where a/(a+b) is near p, however large both are. */
export const logBetaAround = (a: number, b: number, p: number): number => {
  const sum = a + b
  const spread = 0.5 * (Math.log(a) + Math.log(b) - Math.log(sum))
  return deviance(a, sum * p) + deviance(b, sum * (1 - p)) - spread + correction(a, b)
}

/** x ln(x/mean) + mean - x, without cancellation near x = mean (Loader, 2000). */
const deviance = (x: number, mean: number): number => {
  const off = x - mean
  if (Math.abs(off) >= 0.1 * (x + mean)) return x * Math.log(x / mean) - off
  const v = off / (x + mean)
  let power = 2 * x * v
  let sum = off * v
  for (let odd = 3; odd < 99; odd += 2) {
    power *= v * v
    const next = sum + power / odd
    if (next === sum) break
    sum = next
  }
  return sum
}
