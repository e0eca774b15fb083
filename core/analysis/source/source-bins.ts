// Gathers ticks into bins in which both arms were exposed, and can be written down in between.
import type { BinCounts } from '../engines/bin.ts'
import { createOpenBin } from '../engines/bin.ts'

/** Counts that wait for the other arm. */
export type OpenCounts = BinCounts

export const noCounts: OpenCounts = { candidateRequests: 0, candidateBad: 0, stableRequests: 0, stableBad: 0 }

type SourceBins = {
  /** Adds a tick; the bin, valid until the next one, when it is closed by it, else null. */
  add(tick: BinCounts): BinCounts | null
  open(): OpenCounts
}

export const createSourceBins = (from: OpenCounts): SourceBins => {
  const bin = createOpenBin()
  let closed = bin.add(from)
  return {
    add: (tick) => {
      closed = bin.add(tick)
      return closed ? bin : null
    },
    open: () => {
      if (closed) return noCounts
      const { candidateRequests, candidateBad, stableRequests, stableBad } = bin
      return { candidateRequests, candidateBad, stableRequests, stableBad }
    },
  }
}
