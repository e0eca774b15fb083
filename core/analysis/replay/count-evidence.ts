// Engine P for counts of any number of ticks: the e-processes of engines/engine-p.ts (there are the proofs) in a memory that
// does not grow, because the only ratio that will be asked for, the margin of promotion, is known from the start.
import type { BinCounts } from '../engines/bin.ts'
import { createOpenBin } from '../engines/bin.ts'
import { gridLogWeights, gridSize, gridSteps } from '../engines/grid.ts'
import type { Interval } from '../engines/interval.ts'
import { maxEvidence } from '../engines/label-evidence.ts'
import { logBlend, logSumExp } from '../engines/log-sum-exp.ts'
import { crossing } from '../engines/margin-crossing.ts'
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

/** Components 0 to 23 bet on a worse candidate, 24 to 47 on a better one; the last is the ratio that may not be exceeded. */
const better = gridSize
const ratioAt = 2 * gridSize

export const createCountEvidence = (margin: ErrorsMetric['margin']): CountEvidence => {
  const limitStep = Math.log(margin.ratio)
  const steps = [...gridSteps, ...gridSteps.map((step) => -step), limitStep]
  const logs = new Float64Array(steps.length)
  const compensators = new Float64Array(steps.length)
  const terms = new Float64Array(gridSize)
  const bin = createOpenBin()

  const add = (tick: BinCounts): boolean => {
    if (!bin.add(tick)) return false
    const requests = bin.candidateRequests + bin.stableRequests
    const [share, rest] = [bin.candidateRequests / requests, bin.stableRequests / requests]
    const bad = bin.candidateBad + bin.stableBad
    for (let k = 0; k < steps.length; k += 1) {
      const step = steps[k] ?? 0
      if (bad > 0) logs[k] = (logs[k] ?? 0) + bin.candidateBad * step - bad * logBlend(step, share, rest)
      const mass = (bin.candidateRequests * rest * Math.expm1(step)) / (rest + share * Math.exp(step))
      compensators[k] = (compensators[k] ?? 0) + mass
    }
    return true
  }

  const mixed = (first: 0 | typeof better, most: number): number => {
    for (let k = 0; k < gridSize; k += 1) {
      const at = first + k
      terms[k] = (gridLogWeights[k] ?? 0) + (logs[at] ?? 0) - most * (compensators[at] ?? 0)
    }
    return logSumExp(terms)
  }

  const promotion = (): number => {
    const withinRatio = mixed(better, 0) - (logs[ratioAt] ?? 0)
    return finite(logSumExp([withinRatio, mixed(better, margin.difference)]) - Math.LN2)
  }

  const difference = (alpha: number): Interval => {
    const level = Math.LN2 - Math.log(alpha)
    return {
      lower: crossing(-1, (most) => mixed(0, most) >= level),
      upper: crossing(1, (most) => mixed(better, most) >= level),
    }
  }

  return { add, value: () => finite(mixed(0, 0)), promotion, difference, bin }
}

const finite = (logEvidence: number): number => Math.min(Math.exp(logEvidence), maxEvidence)
