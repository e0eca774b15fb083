import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createRandom, draws } from '../seeded-random.ts'
import { logBetaMixture } from './bernoulli-cs.ts'
import type { Buckets, QuantilePlan } from './quantile-cs.ts'
import { quantileCounts, quantileGap, quantileInterval, quantilePrior, usualTightest } from './quantile-cs.ts'

const plan = (quantile: number, alpha = 0.05): QuantilePlan => ({ quantile, alpha, tightest: usualTightest })
const edges = [0, 1, 2, 5, 10, 20, Number.POSITIVE_INFINITY]
const counts = fc.array(fc.nat({ max: 500 }), { minLength: 6, maxLength: 6 })
const quantile = fc.double({ min: 0.01, max: 0.99, noNaN: true })

property.prop([fc.nat({ max: 5_000 }), quantile])('the counts are exactly those that are not refuted', (n, q) => {
  const { lowest, highest } = quantileCounts(n, plan(q))
  const { a, b } = quantilePrior(plan(q))
  const stays = (k: number): boolean => logBetaMixture({ bad: k, requests: n, a, b }, q) < Math.log(20)
  expect([stays(lowest), stays(highest)]).toEqual([true, true])
  if (lowest > 0) expect(stays(lowest - 1)).toBe(false)
  if (highest < n) expect(stays(highest + 1)).toBe(false)
})

property.prop([counts, quantile])(
  'the interval holds the observed quantile, and less alpha makes it wider',
  (all, q) => {
    const n = all.reduce((sum, count) => sum + count, 0)
    fc.pre(n > 0)
    let [sum, bucket] = [0, 0]
    for (; bucket < all.length - 1 && sum + (all[bucket] ?? 0) < q * n; bucket += 1) sum += all[bucket] ?? 0
    const interval = quantileInterval({ edges, counts: all }, plan(q))
    expect(interval.lower).toBeLessThanOrEqual(edges[bucket] ?? 0)
    expect(interval.upper).toBeGreaterThanOrEqual(edges[bucket + 1] ?? 0)
    const wider = quantileInterval({ edges, counts: all }, plan(q, 0.001))
    expect(wider.lower).toBeLessThanOrEqual(interval.lower)
    expect(wider.upper).toBeGreaterThanOrEqual(interval.upper)
  },
)

test('the prior is centred at the quantile and as wide as is best at a thousand observations', () => {
  const median = quantilePrior({ quantile: 0.5, tightest: usualTightest })
  expect([median.a, median.b]).toEqual([expect.closeTo(62.5028048962817, 9), expect.closeTo(62.5028048962817, 9)])
  const tail = quantilePrior({ quantile: 0.99, tightest: usualTightest })
  expect([tail.a, tail.b]).toEqual([expect.closeTo(123.75555369463778, 9), expect.closeTo(1.2500560979256352, 9)])
  const soon = quantilePrior({ quantile: 0.5, tightest: { observations: 1, alpha: 0.05 } })
  expect([soon.a, soon.b]).toEqual([expect.closeTo(0.0005, 12), expect.closeTo(0.0005, 12)])
})

test('each arm of a gap is told at half of alpha', () => {
  const fine = { edges: Array.from({ length: 2_001 }, (_, edge) => edge + 1), counts: new Array<number>(2_000).fill(1) }
  const half = quantileInterval(fine, plan(0.5, 0.025))
  expect(half).not.toEqual(quantileInterval(fine, plan(0.5, 0.05)))
  const { difference, ratio } = quantileGap(fine, fine, plan(0.5, 0.05))
  expect(difference).toEqual({ lower: half.lower - half.upper, upper: half.upper - half.lower })
  expect(ratio).toEqual({ lower: half.lower / half.upper, upper: half.upper / half.lower })
})

test('without an observation every quantile is possible', () => {
  const none: Buckets = { edges, counts: [0, 0, 0, 0, 0, 0] }
  expect(quantileInterval(none, plan(0.9))).toEqual({ lower: 0, upper: Number.POSITIVE_INFINITY })
  expect(quantileGap(none, none, plan(0.9))).toEqual({
    difference: { lower: Number.NEGATIVE_INFINITY, upper: Number.POSITIVE_INFINITY },
    ratio: { lower: 0, upper: Number.POSITIVE_INFINITY },
  })
})

test('the gap of two arms is told at half of alpha each, as a difference and as a ratio', () => {
  const slow: Buckets = { edges, counts: [0, 0, 0, 100, 900, 0] }
  const fast: Buckets = { edges, counts: [0, 100, 900, 0, 0, 0] }
  const [one, other] = [quantileInterval(slow, plan(0.5, 0.025)), quantileInterval(fast, plan(0.5, 0.025))]
  expect([one, other]).toEqual([
    { lower: 10, upper: 20 },
    { lower: 2, upper: 5 },
  ])
  expect(quantileGap(slow, fast, plan(0.5))).toEqual({
    difference: { lower: 5, upper: 18 },
    ratio: { lower: 2, upper: 10 },
  })
})

test('what may begin at zero has no upper ratio, and what may end nowhere no lower one', () => {
  const low: Buckets = { edges, counts: [1_000, 0, 0, 0, 0, 0] }
  const high: Buckets = { edges, counts: [0, 0, 0, 0, 0, 1_000] }
  expect(quantileGap(high, low, plan(0.5)).ratio).toEqual({ lower: 20, upper: Number.POSITIVE_INFINITY })
  expect(quantileGap(low, high, plan(0.5)).ratio).toEqual({ lower: 0, upper: 0.05 })
  expect(quantileGap(low, low, plan(0.5)).ratio).toEqual({ lower: 0, upper: Number.POSITIVE_INFINITY })
})

test('where alpha refutes every count the nearest is told', () => {
  expect(quantileCounts(100, plan(0.5, 10))).toEqual({ lowest: 50, highest: 50 })
})

test('the true quantile is left in at most alpha of all runs, at any time', () => {
  const random = createRandom(7)
  let left = 0
  for (let run = 0; run < 200; run += 1) {
    let [below, missed] = [0, false]
    for (let n = 1; n <= 400; n += 1) {
      if (random() < 0.9 * draws) below += 1
      if (n % 20 > 0) continue
      const { lowest, highest } = quantileCounts(n, plan(0.9))
      missed ||= below < lowest || below > highest
    }
    if (missed) left += 1
  }
  expect(left / 200).toBeLessThanOrEqual(0.05)
})
