// Whether the bad outcomes of a release come from one of its instances rather than from the release. By counts since the release
// is exposed; whoever asks decides what follows.
import { logBeta } from '../engines/log-beta.ts'
import type { Tally } from '../tally.ts'

/** One of so many, with so many bad ones, and such a share of all bad ones. */
const [leastInstances, leastBad, leastShare] = [3, 3, 0.8]
/** So rarely would as many hit it by chance, were they spread as the requests are. */
const chance = 1e-3

/** The index of the instance that is at fault; null where none is, or where it may be chance. */
export const badInstance = (instances: readonly Tally[]): number | null => {
  if (instances.length < leastInstances) return null
  const all = instances.reduce((sum, { bad }) => sum + bad, 0)
  const requests = instances.reduce((sum, one) => sum + one.requests, 0)
  const index = instances.findIndex(({ bad }) => bad >= leastBad && bad >= leastShare * all)
  const worst = instances[index]
  return worst !== undefined && tail(worst.bad, all, worst.requests / requests) <= chance ? index : null
}

/** The probability that a binomial of `trials` at `share` is at least `least`. */
const tail = (least: number, trials: number, share: number): number => {
  if (share >= 1) return 1
  const [log, rest] = [Math.log(share), Math.log1p(-share)]
  let sum = 0
  for (let hits = least; hits <= trials; hits += 1) {
    const ways = -Math.log(trials + 1) - logBeta(hits + 1, trials - hits + 1)
    sum += Math.exp(ways + hits * log + (trials - hits) * rest)
  }
  return sum
}
