// How much sums over bins scatter around what their exposure would give: several quantities side by side, each with the
// same exposure. Knows neither arms nor thresholds.

/** Sums over bins (or blocks of them): d is what was counted in a bin, n its exposure. */
export type ScatterState = {
  readonly count: number
  readonly n: number
  readonly nn: number
  /** One per quantity: Σ d, Σ d², Σ d n. */
  readonly d: readonly number[]
  readonly dd: readonly number[]
  readonly dn: readonly number[]
}

export const blankScatter = (quantities: number): ScatterState => {
  const none = new Array<number>(quantities).fill(0)
  return { count: 0, n: 0, nn: 0, d: none, dd: none, dn: none }
}

export type Scatter = {
  add(d: ArrayLike<number>, n: number): void
  count(): number
  /** Mean exposure of a bin; 0 before the first. */
  exposure(): number
  /**
   * Variance of a quantity around a mean that is the same in every bin, over `perExposure` for each unit of exposure; null
   * while too few bins are known.
   */
  ratio(quantity: number, perExposure: number): number | null
  state(): ScatterState
}

export const createScatter = (from: ScatterState): Scatter => {
  let { count, n, nn } = from
  const [d, dd, dn] = [Float64Array.from(from.d), Float64Array.from(from.dd), Float64Array.from(from.dn)]

  return {
    add: (of, exposure) => {
      count += 1
      n += exposure
      nn += exposure * exposure
      for (let i = 0; i < d.length; i += 1) {
        const one = of[i] ?? 0
        d[i] = (d[i] ?? 0) + one
        dd[i] = (dd[i] ?? 0) + one * one
        dn[i] = (dn[i] ?? 0) + one * exposure
      }
    },
    count: () => count,
    exposure: () => (count === 0 ? 0 : n / count),
    ratio: (quantity, perExposure) => {
      if (count < 2 || !(perExposure > 0)) return null
      const mean = (d[quantity] ?? 0) / n
      const around = (dd[quantity] ?? 0) - 2 * mean * (dn[quantity] ?? 0) + mean * mean * nn
      return ((around / (perExposure * n)) * count) / (count - 1)
    },
    state: () => ({ count, n, nn, d: Array.from(d), dd: Array.from(dd), dn: Array.from(dn) }),
  }
}
