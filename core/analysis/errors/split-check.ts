// Whether the outcomes that were counted are split as they were drawn. The edge draws sides itself, so this finds its own
// mistakes and outcomes that never come (answers that one arm loses). It warns and decides nothing: the judge asks for the
// weight of each event alone.
//
// Under "a counted request of weight w is the candidate's with probability w" the factor e^t/(1 - w + w e^t) for the
// candidate's and 1/(1 - w + w e^t) for stable's has the mean 1, whatever the weights were: a likelihood ratio for odds that are
// e^t times what they should be. Where all weights are equal a mixture over t is Robbins's mixture for a share; here
// the weight varies, so the mixture is over odds. Ville: it ever reaches 10,000 with probability at most 1 in 10,000.
import type { PartsPerMillion } from '../../time.ts'
import { everything, ppm } from '../../time.ts'
import { splits } from '../engines/label-evidence.ts'
import { logSumExp } from '../engines/log-sum-exp.ts'

export type Mismatch = {
  /** The candidate's share of what was counted, and what it should have been. */
  readonly seen: PartsPerMillion
  readonly granted: PartsPerMillion
  readonly requests: number
}

export type SplitCheck = {
  /** An outcome came in, of a request that was drawn with this weight. */
  count(arm: 'candidate' | 'stable', weight: PartsPerMillion): void
  /** What was found at the first look at which the evidence was enough, or at a later one; null until then. */
  look(): Mismatch | null
}

const alarm = 1e4
/** From odds that are 2 % off to seven times too large or small. */
const shifts = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2].flatMap((shift) => [shift, -shift])

export const createSplitCheck = (): SplitCheck => {
  const closed = new Float64Array(shifts.length)
  const terms = new Float64Array(shifts.length)
  let [requests, candidate, expected] = [0, 0, 0]
  /** Of the weight under way. */
  let [open, openRequests, openCandidate] = [ppm(0), 0, 0]
  let isFound = false

  const logOf = (index: number): number => {
    const shift = shifts[index] ?? 0
    const blend = Math.log1p((open / everything) * Math.expm1(shift))
    return (closed[index] ?? 0) + shift * openCandidate - openRequests * blend
  }

  const turnTo = (weight: PartsPerMillion): void => {
    for (let index = 0; index < shifts.length; index += 1) closed[index] = logOf(index)
    open = weight
    openRequests = 0
    openCandidate = 0
  }

  return {
    count: (arm, weight) => {
      if (!splits(weight)) return
      if (weight !== open) turnTo(weight)
      requests += 1
      openRequests += 1
      expected += weight
      if (arm === 'stable') return
      candidate += 1
      openCandidate += 1
    },
    look: () => {
      for (let index = 0; index < shifts.length; index += 1) terms[index] = logOf(index)
      isFound ||= requests > 0 && logSumExp(terms) - Math.log(shifts.length) >= Math.log(alarm)
      if (!isFound) return null
      const [seen, granted] = [(everything * candidate) / requests, expected / requests]
      return { seen: ppm(Math.round(seen)), granted: ppm(Math.round(granted)), requests }
    },
  }
}
