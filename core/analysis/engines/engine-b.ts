// Engine B, for proportions that are not rare (the share of slow requests, a conversion): the two-sample Bernoulli
// e-variable of Turner, Ly & Grünwald (JSPI 2024, arXiv 2106.02693), mixed over the grid. The baseline is plugged in
// from earlier bins of stable; a wrong one costs power, never validity.
import type { BinCounts } from './bin.ts'
import { createOpenBin } from './bin.ts'
import { gridLogWeights, gridSize, gridSteps } from './grid.ts'
import { logSumExp } from './log-sum-exp.ts'

type EngineBPlan = {
  /** The baseline before any data, and how many requests it is worth. */
  readonly prior: { readonly share: number; readonly requests: number }
  /** `up` is evidence against p1 <= p0, `down` against p1 >= p0. */
  readonly direction: 'up' | 'down'
}

export type EngineB = {
  /** Adds the counts of a tick. A tick in which one arm had no request is carried over to the next. */
  add(tick: BinCounts): void
  /** Takes so much more wealth into the bet, given by its logarithm, spread like at the start. */
  enter(log: number): void
  /** Natural logarithm of the e-value. */
  logEvidence(): number
  /** What it knows of the ticks that were added, but for one that is still carried over. */
  state(): EngineBState
}

export type EngineBState = {
  /** Per component of the grid: the logarithm of its weight and of its likelihood ratio. */
  readonly logs: readonly number[]
  readonly stableRequests: number
  readonly stableBad: number
}

export const blankEngineB: EngineBState = { logs: gridLogWeights, stableRequests: 0, stableBad: 0 }

export const createEngineB = ({ prior, direction }: EngineBPlan, from = blankEngineB): EngineB => {
  const odds = direction === 'up' ? upwards : downwards
  const logs = Float64Array.from(from.logs)
  const bin = createOpenBin()
  let { stableRequests, stableBad } = from

  const add = (tick: BinCounts): void => {
    if (!bin.add(tick)) return
    const weight = stableRequests + prior.requests
    const bad = weight > 0 ? (stableBad + prior.requests * prior.share) / weight : prior.share
    const good =
      weight > 0 ? (stableRequests - stableBad + prior.requests * (1 - prior.share)) / weight : 1 - prior.share
    bet(logs, bin, { bad, good, odds })
    stableRequests += bin.stableRequests
    stableBad += bin.stableBad
  }

  const enter = (log: number): void => {
    for (let k = 0; k < gridSize; k += 1) {
      const [old, fresh] = [logs[k] ?? 0, log + (gridLogWeights[k] ?? 0)]
      logs[k] = Math.max(old, fresh) + Math.log1p(Math.exp(-Math.abs(old - fresh)))
    }
  }

  return {
    add,
    enter,
    logEvidence: () => logSumExp(logs),
    state: () => ({ logs: Array.from(logs), stableRequests, stableBad }),
  }
}

/** Each component's odds ratio r and its inverse, and how far both are from 1. */
type Odds = Readonly<Record<'ratio' | 'inverse' | 'ratioMove' | 'inverseMove', Float64Array>>

const oddsOf = (sign: 1 | -1): Odds => ({
  ratio: Float64Array.from(gridSteps, (step) => Math.exp(sign * step)),
  inverse: Float64Array.from(gridSteps, (step) => Math.exp(-sign * step)),
  ratioMove: Float64Array.from(gridSteps, (step) => Math.expm1(sign * step)),
  inverseMove: Float64Array.from(gridSteps, (step) => Math.expm1(-sign * step)),
})
const upwards = oddsOf(1)
const downwards = oddsOf(-1)

/** A bet: the baseline's share of bad and of good requests, and the candidate's odds ratios. */
type Bet = { readonly bad: number; readonly good: number; readonly odds: Odds }

/**
 * With t0 = bad, t1 = logistic(logit t0 + step), t* = f t1 + (1-f) t0: adds x1 ln(t1/t*) + (n1-x1) ln((1-t1)/(1-t*)) and the
 * same of stable to each component. Written in the ratios t1/t0 = 1/(good/r + bad) and (1-t1)/(1-t0) = 1/(bad r + good), which
 * stay finite where the baseline is 0 or 1. The exponentials are of the grid and taken once: this is the hot part of a tick.
 */
const bet = (logs: Float64Array, bin: BinCounts, { bad, good, odds }: Bet): void => {
  const requests = bin.candidateRequests + bin.stableRequests
  const share = bin.candidateRequests / requests
  const rest = bin.stableRequests / requests
  const ownBad = bin.candidateBad
  const ownGood = bin.candidateRequests - ownBad
  const allBad = ownBad + bin.stableBad
  const allGood = requests - allBad
  for (let k = 0; k < gridSize; k += 1) {
    const badMove = good * (odds.inverseMove[k] ?? 0)
    const goodMove = bad * (odds.ratioMove[k] ?? 0)
    const badOver = bad + good * (odds.inverse[k] ?? 0)
    const goodOver = good + bad * (odds.ratio[k] ?? 0)
    const ofBad =
      ownBad * logOf(badMove, badOver) + allBad * logOf((-share * badMove) / badOver, rest + share / badOver)
    const ofGood =
      ownGood * logOf(goodMove, goodOver) + allGood * logOf((-share * goodMove) / goodOver, rest + share / goodOver)
    logs[k] = (logs[k] ?? 0) - ofBad - ofGood
  }
}

/** ln(whole), where whole = 1 + move: by whichever of the two has its digits. */
const logOf = (move: number, whole: number): number => (move > -0.5 ? Math.log1p(move) : Math.log(whole))
