// The e-processes over requests that were split at random with a known weight w. A bad event multiplies component k by
// a = r/(1 + w(r-1)) when it is the candidate's and by b = 1/(1 + w(r-1)) when it is stable's; r > 1 bets on a worse
// candidate, r < 1 on a better one. Only randomness of the split is needed: any weights that were fixed before their
// request, any common rate, any incident that both arms share.
//
// Per request the mean of the factor is 1 + w(a-1)(p1-p0), because w(a-1) + (1-w)(b-1) = 0. So, with B the sum of w(a-1)
// over all requests, good ones too, exp(A - d B) is a nonnegative supermartingale under p1 <= p0 + d for r > 1, and under
// p1 >= p0 + d for r < 1 (1 + u <= e^u). Likewise exp(A(r) - A(m)) under p1 >= m p0 for r < m: with a = a(r)/a(m) and
// b = b(r)/b(m) it holds that w m (a-1) + (1-w)(b-1) = 0. Mixtures and averages of such processes are such processes, and
// Ville's inequality makes them valid at every look.
import type { PartsPerMillion } from '../../time.ts'
import { everything } from '../../time.ts'
import { gridLogWeights, gridSize, gridSteps } from './grid.ts'
import type { Interval } from './interval.ts'
import { logBlend, logSumExp } from './log-sum-exp.ts'
import { crossing } from './margin-crossing.ts'
import { perWeight } from './per-weight.ts'

/** E-values are cut here, so that they stay finite in JSON. */
export const maxEvidence = 1e300

/** How much worse than stable a candidate may be and still be promoted: whichever of the two allows more. */
export type Margins = { readonly ratio: number; readonly difference: number }
export const promotionMargins: Margins = { ratio: 1.5, difference: 0.005 }

/** Components 0 to 23 bet on a worse candidate, 24 to 47 on a better one, 48 is the ratio that may not be exceeded. */
const bets = [...gridSteps, ...gridSteps.map((step) => -step)]
const ratioAt = 2 * gridSize

/** What it knows, in the order of the components. */
export type LabelState = {
  /** Those of promotion, fixed with the plan. */
  readonly margins: Margins
  /** A: the natural logarithm of each likelihood ratio. */
  readonly logs: readonly number[]
  /** B: the sum of w(a - 1), without the requests that are still `counted`. */
  readonly compensators: readonly number[]
  /** The last requests, all of one weight. */
  readonly counted: { readonly weight: PartsPerMillion; readonly requests: number }
}

/** How many numbers `logs` and `compensators` have. */
export const labelComponents = bets.length + 1
const zeros: readonly number[] = Array.from({ length: labelComponents }, () => 0)

export const blankLabels: LabelState = {
  margins: promotionMargins,
  logs: zeros,
  compensators: zeros,
  counted: { weight: 0 as PartsPerMillion, requests: 0 },
}

/** Whether a request of this weight could have gone to either arm: else which one it hit says nothing. */
export const splits = (weight: PartsPerMillion): boolean => weight > 0 && weight < everything

type Factors = Readonly<Record<'candidate' | 'stable' | 'mass', Float64Array>>

export type LabelEvidence = {
  /** A request, good or bad, by the candidate's weight in force when it was routed. */
  count(weight: PartsPerMillion): void
  /** That it was bad: said besides. */
  bad(arm: 'candidate' | 'stable', weight: PartsPerMillion): void
  /** Against "no worse": an e-value, between 0 and `maxEvidence`. */
  value(): number
  /** Against "worse than the margins of promotion": likewise. */
  promotion(): number
  /** Against p1 >= p0 + `most`: likewise. */
  bounded(most: number): number
  /** Of p1 - p0, right at all times at once with probability 1 - alpha. */
  difference(alpha: number): Interval
  state(): LabelState
}

export const createLabelEvidence = (from: LabelState): LabelEvidence => {
  const logs = Float64Array.from(from.logs)
  const compensators = Float64Array.from(from.compensators)
  const terms = new Float64Array(gridSize)
  const { margins } = from
  const steps = stepsWithin(margins)
  const factorsOf = perWeight((weight) => factors(weight, steps))
  let { weight: open, requests } = from.counted

  const count = (weight: PartsPerMillion): void => {
    if (!splits(weight)) return
    if (weight !== open) {
      const { mass } = factorsOf(open)
      for (let k = 0; k < steps.length; k += 1) compensators[k] = (compensators[k] ?? 0) + requests * (mass[k] ?? 0)
      open = weight
      requests = 0
    }
    requests += 1
  }

  const bad = (arm: 'candidate' | 'stable', weight: PartsPerMillion): void => {
    if (!splits(weight)) return
    const added = factorsOf(weight)[arm]
    for (let k = 0; k < steps.length; k += 1) logs[k] = (logs[k] ?? 0) + (added[k] ?? 0)
  }

  // No compensator is needed at a margin of 0.
  const value = (): number => {
    let sum = 0
    for (let k = 0; k < gridSize; k += 1) sum += Math.exp((gridLogWeights[k] ?? 0) + (logs[k] ?? 0))
    return Math.min(sum, maxEvidence)
  }

  const logAgainst = (first: 0 | typeof gridSize, margin: number): number => {
    const { mass } = factorsOf(open)
    for (let k = 0; k < gridSize; k += 1) {
      const at = first + k
      const compensator = (compensators[at] ?? 0) + requests * (mass[at] ?? 0)
      terms[k] = (gridLogWeights[k] ?? 0) + (logs[at] ?? 0) - margin * compensator
    }
    return logSumExp(terms)
  }

  const promotion = (): number => {
    const beyondRatio = logAgainst(gridSize, 0) - (logs[ratioAt] ?? 0)
    const logEvidence = logSumExp([beyondRatio, logAgainst(gridSize, margins.difference)]) - Math.LN2
    return Math.min(Math.exp(logEvidence), maxEvidence)
  }

  const bounded = (most: number): number => Math.min(Math.exp(logAgainst(gridSize, most)), maxEvidence)

  const difference = (alpha: number): Interval => {
    const level = Math.LN2 - Math.log(alpha)
    return {
      lower: crossing(-1, (margin) => logAgainst(0, margin) >= level),
      upper: crossing(1, (margin) => logAgainst(gridSize, margin) >= level),
    }
  }

  const state = (): LabelState => ({
    margins,
    logs: Array.from(logs),
    compensators: Array.from(compensators),
    counted: { weight: open, requests },
  })

  return { count, bad, value, promotion, bounded, difference, state }
}

const stepsWithin = ({ ratio }: Margins): readonly number[] => [...bets, Math.log(ratio)]

/**
 * As if one had seen what each of them saw: likelihood ratios multiply, so their logarithms add up. All of one plan, so all of
 * the same margins.
 */
export const mergedLabels = (states: readonly LabelState[]): LabelState => {
  const margins = states[0]?.margins ?? promotionMargins
  const steps = stepsWithin(margins)
  const closed = states.map(({ compensators, counted: { weight, requests } }) => {
    const { mass } = factors(weight, steps)
    return compensators.map((sum, k) => sum + requests * (mass[k] ?? 0))
  })
  const added = (each: readonly (readonly number[])[]): readonly number[] =>
    zeros.map((_, k) => each.reduce((sum, one) => sum + (one[k] ?? 0), 0))
  return { ...blankLabels, margins, logs: added(states.map(({ logs }) => logs)), compensators: added(closed) }
}

/** `mass` is w(a - 1) of one request, written so that nothing cancels. */
const factors = (weight: PartsPerMillion, steps: readonly number[]): Factors => {
  const share = weight / everything
  const rest = (everything - weight) / everything
  const blends = steps.map((step) => logBlend(step, share, rest))
  return {
    candidate: Float64Array.from(blends, (blend, k) => (steps[k] ?? 0) - blend),
    stable: Float64Array.from(blends, (blend) => -blend),
    mass: Float64Array.from(steps, (step) => (share * rest * Math.expm1(step)) / (rest + share * Math.exp(step))),
  }
}
