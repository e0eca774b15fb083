// Leave to expose a candidate runs out by itself, on a clock that no administrator can set. Nothing ticks here: who
// dispatches asks.
import type { Grant } from '@humdrum/core/routing/route.ts'

export type GrantClock = {
  /** A new grant, or none; it counts from now. */
  renew(grant: Grant | null): void
  /** True once the grant ran out, and from then on until the next one. */
  lapsed(): boolean
}

/** `startsLapsed`: an edge that restarts with a candidate waits for a new grant. */
export const createGrantClock = (nowMs: () => number, startsLapsed: boolean): GrantClock => {
  let [deadlineMs, lapsed] = [Number.POSITIVE_INFINITY, startsLapsed]
  return {
    renew: (grant) => {
      lapsed = false
      deadlineMs = grant === null ? Number.POSITIVE_INFINITY : nowMs() + grant.ttlMs
    },
    lapsed: () => {
      lapsed ||= nowMs() >= deadlineMs
      return lapsed
    },
  }
}
