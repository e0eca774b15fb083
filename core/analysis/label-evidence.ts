// The e-process over requests that were split at random with a known weight w. A bad event multiplies component k by
// a = r/(1 + w(r-1)) when it is the candidate's and by b = 1/(1 + w(r-1)) when it is stable's. Per request the mean is
// 1 + w(a-1)(p1-p0) <= 1 as long as p1 <= p0, because w(a-1) + (1-w)(b-1) = 0: valid for any weights that were fixed
// before their request, any common rate, any incident that both arms share. Only randomness of the split is needed.
import type { PartsPerMillion } from '../time.ts'
import { everything } from '../time.ts'
import { gridLogWeights, gridSize, gridSteps } from './grid.ts'
import { logBlend } from './log-sum-exp.ts'

/** E-values are cut here, so that they stay finite in JSON. */
export const maxEvidence = 1e300
/** Weights whose factors are kept; capacity can make many of them over a long rollout. */
const keptWeights = 256

type Factors = { readonly candidate: Float64Array; readonly stable: Float64Array }

type LabelEvidence = {
  /** A bad request, and the candidate's weight in force when it was routed. */
  add(arm: 'candidate' | 'stable', weight: PartsPerMillion): void
  /** Σ weight · exp(log): an e-value, between 0 and `maxEvidence`. */
  value(): number
  /** Per component, the logarithm of its likelihood ratio. */
  logs(): readonly number[]
}

export const createLabelEvidence = (from: readonly number[]): LabelEvidence => {
  const logs = Float64Array.from(from)
  const known = new Map<PartsPerMillion, Factors>()

  const factorsOf = (weight: PartsPerMillion): Factors => {
    const found = known.get(weight)
    if (found !== undefined) return found
    if (known.size === keptWeights) known.clear()
    const made = factors(weight)
    known.set(weight, made)
    return made
  }

  const add = (arm: 'candidate' | 'stable', weight: PartsPerMillion): void => {
    if (weight <= 0 || weight >= everything) return // there was only one arm to hit: that says nothing
    const added = factorsOf(weight)[arm]
    for (let k = 0; k < gridSize; k += 1) logs[k] = (logs[k] ?? 0) + (added[k] ?? 0)
  }

  const value = (): number => {
    let sum = 0
    for (let k = 0; k < gridSize; k += 1) sum += Math.exp((gridLogWeights[k] ?? 0) + (logs[k] ?? 0))
    return Math.min(sum, maxEvidence)
  }

  return { add, value, logs: () => Array.from(logs) }
}

const factors = (weight: PartsPerMillion): Factors => {
  const share = weight / everything
  const rest = (everything - weight) / everything
  const blends = gridSteps.map((step) => logBlend(step, share, rest))
  return {
    candidate: Float64Array.from(blends, (blend, k) => (gridSteps[k] ?? 0) - blend),
    stable: Float64Array.from(blends, (blend) => -blend),
  }
}
