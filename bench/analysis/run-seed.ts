// Where the randomness of a run comes from: the seed of the whole, the name of its case and its number, and nothing else. So a
// figure is the same whatever ran beside it, and on however many cores.
import type { Random } from '@humdrum/core/analysis/seeded-random.ts'
import { createRandom, draws } from '@humdrum/core/analysis/seeded-random.ts'

/** Fowler, Noll and Vo's FNV-1a, 32 bits. */
const hashed = (text: string): number => {
  let hash = 0x811c9dc5
  for (const letter of text) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return hash >>> 0
}

/** The odd number nearest to 2^32 divided by the golden ratio: its multiples do not repeat before 2^32 runs. */
const spread = 0x9e3779b1

/** `stream`: of a case, or of what is measured before it. */
export const randomOfRun = (seed: number, stream: string, run: number): Random =>
  createRandom(hashed(`${seed} ${stream}`) ^ Math.imul(run + 1, spread))

/** Standard normal numbers, two by two (Box and Muller 1958). */
export const createNormals = (random: Random): (() => number) => {
  let kept = Number.NaN
  return () => {
    if (!Number.isNaN(kept)) {
      const last = kept
      kept = Number.NaN
      return last
    }
    const radius = Math.sqrt(-2 * Math.log((random() + 1) / (draws + 1)))
    const angle = (2 * Math.PI * random()) / draws
    kept = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}
