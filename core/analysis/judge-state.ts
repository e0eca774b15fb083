// What the judge of a rollout knows, as JSON: each of its metrics, enough to go on byte for byte after a crash.
import type { ErrorState } from './errors/error-state.ts'
import { blankErrors, checkedErrors } from './errors/error-state.ts'
import type { LatencyState } from './latency/latency-state.ts'
import { checkedLatency } from './latency/latency-state.ts'

export type JudgeState = {
  readonly version: 3
  readonly errors: ErrorState
  /** Null where latency is not judged. */
  readonly latency: LatencyState | null
}

/** Before the first outcome, where errors alone are judged. */
export const blankState: JudgeState = { version: 3, errors: blankErrors, latency: null }

/** The state itself; throws when it is not one that a judge can have had. */
export const checkedState = (state: JudgeState): JudgeState => {
  if (state.version !== 3) throw new Error('not a state of the judge: version must be 3')
  checkedErrors(state.errors)
  if (state.latency !== null) checkedLatency(state.latency)
  return state
}
