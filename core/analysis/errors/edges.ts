// What several edges know of the errors of one rollout, put together (each judges its own requests, at its own weights).
//
// Likelihood ratios of different requests multiply, in whatever order they came, so the plain logarithms add up: their mixture is
// one e-process over all requests (`merged`). Each edge has its own wealth besides. With k slots, given to edges before the first
// request, E = ½ merged + ½ mean of the slots' wealths is an average of supermartingales, hence one: it reaches L with probability
// at most 1/L (Ville). An edge trips alone where its own share of E suffices, so its limit is 2 k L. With one slot there is nothing
// to merge: E is the wealth of that edge, and its limit is L.
//
// A slot whose edge has told nothing counts as 1, the value that it starts from. An edge that came late has no slot: it counts
// in what is merged and never trips alone. The merged half waits for no later onset; the wealths do.
import type { Interval } from '../engines/interval.ts'
import { createLabelEvidence, maxEvidence, mergedLabels } from '../engines/label-evidence.ts'
import type { Tally } from '../tally.ts'
import type { ErrorState } from './error-state.ts'

export type ErrorFigures = {
  /** An e-value against "no worse", at most 1e300. */
  readonly evidence: number
  readonly candidate: Tally
  readonly stable: Tally
  /** As in `ErrorJudge`, over the requests of all edges. */
  promotion(): number
  bounded(most: number): number
  difference(alpha: number): Interval
}

/** The edges that have a slot come first. */
export const errorsOfEdges = (states: readonly ErrorState[], slots: number): ErrorFigures => {
  const labels = createLabelEvidence(mergedLabels(states.map((state) => state.labels)))
  const wealths = Array.from({ length: slots }, (_, slot) => Math.exp(states[slot]?.wealth.log ?? 0))
  const mean = wealths.reduce((sum, wealth) => sum + wealth, 0) / slots
  return {
    evidence: Math.min(slots === 1 ? mean : (labels.value() + mean) / 2, maxEvidence),
    candidate: sumOf(states.map(({ candidate }) => candidate)),
    stable: sumOf(states.map(({ stable }) => stable)),
    promotion: labels.promotion,
    bounded: labels.bounded,
    difference: labels.difference,
  }
}

const sumOf = (tallies: readonly Tally[]): Tally =>
  tallies.reduce((sum, { requests, bad }) => ({ requests: sum.requests + requests, bad: sum.bad + bad }), {
    requests: 0,
    bad: 0,
  })
