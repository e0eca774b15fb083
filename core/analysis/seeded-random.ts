// Repeatable randomness for simulations and tests: Doty-Humphrey's sfc32. Never for anything that must not be guessed,
// and never for the split of real traffic, which the edge draws itself.

/** Draws whole numbers from 0 to 4,294,967,295. */
export type Random = () => number

/** How many values a draw can take: `draw() < share * draws` is true with probability `share`. */
export const draws = 2 ** 32

/** The same seed gives the same numbers. */
export const createRandom = (seed: number): Random => {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = seed | 0
  let counter = 1
  const draw = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let turn = 0; turn < 16; turn += 1) draw() // until every bit of the seed is everywhere
  return draw
}
