// Seeded randomness: the same seed gives the same world. mulberry32 (Tommy Ettinger, public domain), 32 bits of state.

export type Random = {
  /** In [0, 1). */
  next(): number
  /** True with this probability. */
  chance(probability: number): boolean
  /** Integer from `low` to `high`, both included. */
  between(low: number, high: number): number
  /** Of the standard normal distribution. */
  normal(): number
}

export const createRandom = (seed: number): Random => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    chance: (probability) => next() < probability,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()), // Box and Muller (1958)
  }
}
