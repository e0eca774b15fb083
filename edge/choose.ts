// Chance, where the split of traffic needs it: independent for every request, because the statistics rest on that. Which
// releases there are, and what they may carry, is decided elsewhere.
import { isWithin } from '@humdrum/core/analysis/errors/session-book.ts'
import type { PartsPerMillion } from '@humdrum/core/time.ts'

/** Uniform integers, 0 to 2^32 - 1. */
export type Random = () => number

/** Marsaglia's xorshift128 (Journal of Statistical Software 8(14), 2003), seeded from the outside: 2 ns a number. */
export const createRandom = (seed: Uint32Array): Random => {
  let [x, y, z, w] = [seed[0] ?? 0, seed[1] ?? 0, seed[2] ?? 0, (seed[3] ?? 0) | 1] // all zeros would stay zeros
  return () => {
    const mixed = x ^ (x << 11)
    x = y
    y = z
    z = w
    w = w ^ (w >>> 19) ^ mixed ^ (mixed >>> 8)
    return w >>> 0
  }
}

/** True with probability `weight`: never at 0, always at everything. */
export const takesCandidate = (weight: PartsPerMillion, random: Random): boolean =>
  weight > 0 && isWithin(weight, random())

/** What choosing among instances needs to know of one. */
export type Choosable = {
  readonly inFlight: number
  readonly warm: boolean
  readonly downUntilMs: number
  readonly passedOver: boolean
}

const rank = (instance: Choosable, nowMs: number): number =>
  (instance.passedOver ? 4 : 0) + (instance.downUntilMs > nowMs ? 2 : 0) + (instance.warm ? 0 : 1)

/**
 * The instance with the fewest requests in flight; one that is passed over, down or cold only where there is no better. Fail-open: when
 * all are down one of them is tried. `turn` says where to begin, so that equals take turns.
 */
export const chooseInstance = <Instance extends Choosable>(
  instances: readonly Instance[],
  {
    tried,
    nowMs,
    turn,
  }: { readonly tried: ReadonlySet<Instance> | null; readonly nowMs: number; readonly turn: number },
): Instance | null => {
  let best: Instance | null = null
  for (let offset = 0; offset < instances.length; offset += 1) {
    const next = instances[(turn + offset) % instances.length]
    if (next === undefined || tried?.has(next) === true) continue
    const better = best === null ? -1 : rank(next, nowMs) - rank(best, nowMs)
    if (best === null || better < 0 || (better === 0 && next.inFlight < best.inFlight)) best = next
  }
  return best
}
