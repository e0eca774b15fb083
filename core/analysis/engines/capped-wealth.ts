// The evidence that decides: a wealth that bets on the arm of each bad event and stops exactly at its limit. What likelihood
// ratios would overshoot is given back as smaller losses (cf. Fischer & Ramdas, "Improving the (approximate) sequential
// probability ratio test by avoiding overshoot"). Proof, figures and what else was tried: decisions/0014-capped-wealth.md.
//
// Under "no worse" a request of weight w that went bad is the candidate's with probability w p1/(w p1 + (1-w) p0) <= w, given
// the past, whatever the common rate is. So a wealth W that becomes W·win when it is the candidate's and W·lose when it is
// stable's is a nonnegative supermartingale if win >= lose and w·win + (1-w)·lose = 1, however win is chosen from the past
// and from w. It is chosen in two steps.
//
// 1. The mixture's bet. Each component k bets for a rate ratio r: r/(1 + w(r-1)) or 1/(1 + w(r-1)); what waits bets nothing, 1 in
//    both cases. `shares` is how the mixture's own, uncapped wealth is spread; win and lose are the averages under it.
//    Moving shares between components before a bet moves no wealth, so what waits may enter when it likes.
// 2. The cap. Where W·win would go beyond the limit L, win is L/W instead, and lose (1 - w L/W)/(1-w), which is larger.
//
// Ville: W ever reaches L with probability at most 1/L. Once there it stays there.
import type { PartsPerMillion } from '../../time.ts'
import { everything } from '../../time.ts'
import { gridLogWeights, gridSize, gridSteps } from './grid.ts'
import { logBlend } from './log-sum-exp.ts'
import { perWeight } from './per-weight.ts'

export type WealthState = {
  /** Natural logarithm, 0 at the start. */
  readonly log: number
  /** How the mixture's wealth is spread over its components, without what waits: in all they are 1. */
  readonly shares: readonly number[]
  /** Enters while the weight grows. */
  readonly waitsForWeight: number
  /** Enters while bad events go by. */
  readonly waitsForEvents: number
  /** Bad events that were bet on. */
  readonly events: number
  /** The largest weight at which one was. */
  readonly largest: PartsPerMillion
}

/** What waits at first for a regression that begins at a later step, and for one that begins at any time. */
const [weightWaits, eventsWait] = [0.2, 0.05]
/** Of the second, 1/(n + this) enters at the nth event. */
const patience = 30

const prior = gridLogWeights.map((log) => Math.exp(log))

export const blankWealth: WealthState = {
  log: 0,
  shares: prior.map((part) => part * (1 - weightWaits - eventsWait)),
  waitsForWeight: weightWaits,
  waitsForEvents: eventsWait,
  events: 0,
  largest: 0 as PartsPerMillion,
}

type CappedWealth = {
  /** A bad event that hit this arm, at a weight between 0 and 1. */
  bet(arm: 'candidate' | 'stable', weight: PartsPerMillion): void
  /** An e-value against "no worse"; the limit itself once it was reached. */
  value(): number
  state(): WealthState
}

/** Goes on from `from`, up to `limit`. Reached before with a lower limit, it goes on from there. */
export const createCappedWealth = (from: WealthState, limit: number): CappedWealth => {
  const logLimit = Math.log(limit)
  const shares = Float64Array.from(from.shares)
  let { log, waitsForWeight, waitsForEvents, events, largest } = from

  const enter = (amount: number): void => {
    for (let k = 0; k < gridSize; k += 1) shares[k] = (shares[k] ?? 0) + amount * (prior[k] ?? 0)
  }

  /** What waits for the weight enters in proportion to the weight's logarithm, the last of it at 100 %. */
  const letIn = (weight: PartsPerMillion): void => {
    events += 1
    const restless = waitsForEvents / (events + patience)
    waitsForEvents -= restless
    let entering = restless
    if (weight > largest) {
      const stays = largest === 0 ? 1 : Math.log(everything / weight) / Math.log(everything / largest)
      entering += waitsForWeight * (1 - stays)
      waitsForWeight *= stays
      largest = weight
    }
    enter(entering)
  }

  const bet = (arm: 'candidate' | 'stable', weight: PartsPerMillion): void => {
    if (log >= logLimit) return
    letIn(weight)
    const factors = factorsOf(weight)
    const waiting = waitsForWeight + waitsForEvents
    let [win, lose] = [waiting, waiting]
    for (let k = 0; k < gridSize; k += 1) {
      win += (shares[k] ?? 0) * (factors.candidate[k] ?? 0)
      lose += (shares[k] ?? 0) * (factors.stable[k] ?? 0)
    }
    const isWon = arm === 'candidate'
    log = logAfter(weight, isWon, { win, lose })
    const [own, all] = isWon ? [factors.candidate, win] : [factors.stable, lose]
    for (let k = 0; k < gridSize; k += 1) shares[k] = ((shares[k] ?? 0) * (own[k] ?? 0)) / all
    waitsForWeight /= all
    waitsForEvents /= all
  }

  const logAfter = (weight: number, isWon: boolean, { win, lose }: { win: number; lose: number }): number => {
    if (log + Math.log(win) < logLimit) return log + Math.log(isWon ? win : lose)
    if (isWon) return logLimit
    const capped = (everything - weight * Math.exp(logLimit - log)) / (everything - weight)
    return log + Math.log(Math.max(lose, capped)) // never less than uncapped: rounding may say so near a weight of 1
  }

  return {
    bet,
    value: () => (log === logLimit ? limit : Math.exp(log)),
    state: () => ({ log, shares: Array.from(shares), waitsForWeight, waitsForEvents, events, largest }),
  }
}

type Factors = Readonly<Record<'candidate' | 'stable', Float64Array>>

const factorsOf = perWeight((weight): Factors => {
  const [share, rest] = [weight / everything, (everything - weight) / everything]
  const blends = gridSteps.map((step) => logBlend(step, share, rest))
  return {
    candidate: Float64Array.from(blends, (blend, k) => Math.exp((gridSteps[k] ?? 0) - blend)),
    stable: Float64Array.from(blends, (blend) => Math.exp(-blend)),
  }
})
