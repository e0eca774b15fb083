// Counts of both arms over a span of time, and the rule that says when such a span may be judged. Knows no statistics.

/** What one tick saw: completed requests, and the bad ones among them. */
export type BinCounts = {
  readonly candidateRequests: number
  readonly candidateBad: number
  readonly stableRequests: number
  readonly stableBad: number
}

/** Gathers ticks until both arms were seen: only then can one be held against the other. */
type OpenBin = BinCounts & {
  /** Adds a tick; true when the bin is closed by it. A closed bin can be read until the next tick is added. */
  add(tick: BinCounts): boolean
}

class Bin implements OpenBin {
  candidateRequests = 0
  candidateBad = 0
  stableRequests = 0
  stableBad = 0

  // Closing depends on exposure alone, never on an outcome: that is what keeps the e-values valid.
  private get closed(): boolean {
    return this.candidateRequests >= 1 && this.stableRequests >= 1
  }

  add(tick: BinCounts): boolean {
    const kept = this.closed ? 0 : 1
    this.candidateRequests = kept * this.candidateRequests + tick.candidateRequests
    this.candidateBad = kept * this.candidateBad + tick.candidateBad
    this.stableRequests = kept * this.stableRequests + tick.stableRequests
    this.stableBad = kept * this.stableBad + tick.stableBad
    return this.closed
  }
}

export const createOpenBin = (): OpenBin => new Bin()
