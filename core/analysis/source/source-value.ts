// One number per tick and arm, between two bounds (a queue's length, memory in use). Nothing is known of how it came about, so
// it is judged by the betting mean alone, and its interval by three sums.
import { createMeanBet, stakesFor } from '../engines/mean-bet.ts'
import type { DifferenceSums } from '../engines/mean-interval.ts'
import { meanInterval } from '../engines/mean-interval.ts'
import type { SourceMetric } from '../metric.ts'
import type { Amount, SourceEvidence } from './source-evidence.ts'
import { leastOfMargin, mirrored, noAmount, plus, scaled } from './source-evidence.ts'

export type SourceValueState = {
  readonly kind: 'value'
  readonly bets: { readonly worse: readonly number[]; readonly within: readonly number[] }
  readonly sums: DifferenceSums
  readonly candidate: Amount
  readonly stable: Amount
}

const even: readonly number[] = stakesFor(0).map(() => 0)

export const blankSourceValue: SourceValueState = {
  ...{ kind: 'value', bets: { worse: even, within: even }, sums: { count: 0, sum: 0, squares: 0 } },
  ...{ candidate: noAmount, stable: noAmount },
}

/** So many ticks, before one that was odd may decide. */
const leastTicks = 3

type Plan = Pick<SourceMetric, 'worse' | 'margin'> & { readonly low: number; readonly high: number }

export const createSourceValue = (
  { worse, margin, low, high }: Plan,
  from: SourceValueState,
): SourceEvidence<SourceValueState> => {
  const range = high - low
  const most = margin / range
  const sign = worse === 'higher' ? 1 : -1
  const betWorse = createMeanBet({ margin: 0, stakes: stakesFor(0) }, from.bets.worse)
  const betWithin = createMeanBet({ margin: -most, stakes: stakesFor(-most) }, from.bets.within)
  let { candidate, stable } = from
  let { count, sum, squares } = from.sums

  return {
    add: (own, other) => {
      if (own.kind !== 'value' || other.kind !== 'value') return 'wrongKind'
      const difference = (sign * (own.value - other.value)) / range
      betWorse.add(difference)
      betWithin.add(-difference)
      count += 1
      sum += difference
      squares += difference ** 2
      candidate = plus(candidate, 1, own.value)
      stable = plus(stable, 1, other.value)
      return null
    },
    learn: () => {},
    logWorse: betWorse.logEvidence,
    logWithin: betWithin.logEvidence,
    matters: () => count >= leastTicks && sum > 0 && sum >= leastOfMargin * most * count,
    lacking: () => null,
    told: (alpha) => {
      const worseBy = scaled(meanInterval({ count, sum, squares }, alpha), range)
      const difference = worse === 'higher' ? worseBy : mirrored(worseBy)
      return { candidate, stable, interval: { of: 'difference', quantile: null, ...difference } }
    },
    state: () => ({
      ...{ kind: 'value', bets: { worse: betWorse.state(), within: betWithin.state() } },
      ...{ sums: { count, sum, squares }, candidate, stable },
    }),
  }
}
