// Mann and Whitney's test as Kayenta applies it: Hodges and Lehmann's estimate of the shift from control to experiment, and a
// confidence interval around it by the normal approximation with corrections for ties and for continuity. Re-implemented from
// spinnaker/kayenta's MannWhitney.scala, which follows R's wilcox.test.

import { rootOf } from './brent.ts'

export type Shift = { readonly lower: number; readonly upper: number; readonly estimate: number }

/** Of the standard normal distribution, at 0.99: an interval of level 98 %. */
const quantile99 = 2.326_347_874_040_841

/** In the unit of the values, as Kayenta has it. */
const accuracy = 1e-4

/** Of ascending values; null when all of them are the same. */
export const shiftOf = (experiment: ArrayLike<number>, control: ArrayLike<number>): Shift | null => {
  const [lowest, highest] = [
    (experiment[0] ?? 0) - (control[control.length - 1] ?? 0),
    (experiment[experiment.length - 1] ?? 0) - (control[0] ?? 0),
  ]
  // Each arm has one value throughout: there is nothing to rank, and Kayenta adds a little noise; the shift is what it is.
  if (lowest === highest) return lowest === 0 ? null : { lower: lowest, upper: lowest, estimate: lowest }
  const score = (shift: number): number => standardScore(experiment, control, shift)
  const root = (level: number): number => {
    if (score(lowest) <= level) return lowest
    if (score(highest) >= level) return highest
    const f = (shift: number): number => score(shift) - level
    const middle = (lowest + highest) / 2 // where its solver begins
    return f(middle) > 0
      ? rootOf({ f, from: middle, to: highest, accuracy })
      : rootOf({ f, from: lowest, to: middle, accuracy })
  }
  return { lower: root(quantile99), upper: root(-quantile99), estimate: root(0) }
}

/** How far the rank sum of `experiment - shift` is above what chance would give it, in standard deviations. */
const standardScore = (experiment: ArrayLike<number>, control: ArrayLike<number>, shift: number): number => {
  const [n, m] = [experiment.length, control.length]
  let [i, j, above, ties] = [0, 0, 0, 0]
  while (i < n || j < m) {
    const [x, y] = [i < n ? (experiment[i] ?? 0) - shift : Infinity, j < m ? (control[j] ?? 0) : Infinity]
    const value = Math.min(x, y)
    const [fromX, fromY] = [i, j]
    while (i < n && (experiment[i] ?? 0) - shift === value) i += 1
    while (j < m && control[j] === value) j += 1
    const [equalX, equalY] = [i - fromX, j - fromY]
    above += equalX * (fromY + equalY / 2)
    ties += (equalX + equalY) ** 3 - (equalX + equalY)
  }
  const off = above - (n * m) / 2
  const spread = Math.sqrt(((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1))))
  return spread === 0 ? 0 : (off - Math.sign(off) * 0.5) / spread
}
