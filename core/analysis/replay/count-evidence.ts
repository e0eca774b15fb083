// What the counts of a recording tell of errors: Engine P in a memory that does not grow (engines/rate-evidence.ts), asked for the
// margins of promotion. Ticks in which an arm had no request are carried over.
import type { BinCounts } from '../engines/bin.ts'
import { createOpenBin } from '../engines/bin.ts'
import type { Interval } from '../engines/interval.ts'
import { maxEvidence } from '../engines/label-evidence.ts'
import { logSumExp } from '../engines/log-sum-exp.ts'
import { createRateEvidence } from '../engines/rate-evidence.ts'
import type { ErrorsMetric } from '../metric.ts'

type CountEvidence = {
  /** Adds a tick. One in which an arm had no request is carried over; true when a bin is closed by it. */
  add(tick: BinCounts): boolean
  /** Against "no worse": an e-value, at most 1e300. */
  value(): number
  /** Against "worse than the margins of promotion": likewise. */
  promotion(): number
  /** Of p1 - p0, right at all times at once with probability 1 - alpha. */
  difference(alpha: number): Interval
  /** The bin as it was closed last, until a tick is added. */
  readonly bin: BinCounts
}

export const createCountEvidence = (margin: ErrorsMetric['margin']): CountEvidence => {
  const rate = createRateEvidence(margin.ratio)
  const bin = createOpenBin()
  return {
    add: (tick) => {
      const isClosed = bin.add(tick)
      if (isClosed) rate.add(bin)
      return isClosed
    },
    value: () => finite(rate.logAbove(0)),
    promotion: () => finite(logSumExp([rate.logBelowRatio(), rate.logBelow(margin.difference)]) - Math.LN2),
    difference: rate.difference,
    bin,
  }
}

const finite = (logEvidence: number): number => Math.min(Math.exp(logEvidence), maxEvidence)
