// What is worked out once for each weight and then used at many requests. Capacity can make many weights over a long rollout,
// so only so many are kept.
import type { PartsPerMillion } from '../../time.ts'

const kept = 256

/** `make`, remembered: the same weight gives the same object, as long as it is kept. */
export const perWeight = <Made>(make: (weight: PartsPerMillion) => Made): ((weight: PartsPerMillion) => Made) => {
  const known = new Map<PartsPerMillion, Made>()
  return (weight) => {
    const found = known.get(weight)
    if (found !== undefined) return found
    if (known.size === kept) known.clear()
    const made = make(weight)
    known.set(weight, made)
    return made
  }
}
