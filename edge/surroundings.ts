// What the edge takes from its surroundings, passed in, so that a test can turn the clock.
import type { Instant } from '@humdrum/core/time.ts'
import type { Random } from './choose.ts'
import type { Log } from './log.ts'

export type Surroundings = {
  /** Never goes back, also when somebody sets the clock. */
  readonly monotonicMs: () => number
  readonly wallClock: () => Instant
  readonly random: Random
  readonly log: Log
  /** How long a release may take until the head of its answer. */
  readonly headTimeoutMs: number
}
