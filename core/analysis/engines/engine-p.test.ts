// Goal: the promises of Engine P beyond the golden vectors. Method: laws over random bins, and healthy releases by the
// hundred from a seed.
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createRandom, draws } from '../seeded-random.ts'
import type { BinCounts } from './bin.ts'
import type { EngineP } from './engine-p.ts'
import { createEngineP, logPromote, logRollback } from './engine-p.ts'

type Arm = readonly [requests: number, bad: number]

const tick = ([candidateRequests, candidateBad]: Arm, [stableRequests, stableBad]: Arm): BinCounts => ({
  candidateRequests,
  candidateBad,
  stableRequests,
  stableBad,
})
const after = (ticks: readonly BinCounts[]): EngineP => {
  const engine = createEngineP()
  for (const one of ticks) engine.add(one)
  return engine
}
const arm = fc
  .tuple(fc.nat({ max: 200 }), fc.nat({ max: 200 }))
  .map(([one, other]) => [Math.max(one, other), Math.min(one, other)] as const)
const ticks = fc.array(
  fc.tuple(arm, arm).map(([[n1, x1], [n0, x0]]) => tick([n1, x1], [n0, x0])),
  { maxLength: 12 },
)
const agree = (one: number, other: number): void =>
  expect(Math.abs(one - other)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(one)))

test('before data every e-value is 1 and nothing is refuted', () => {
  const engine = createEngineP()
  const margins = { ratio: 1.25, difference: 0.001 }
  for (const log of [
    engine.logWorse(0),
    engine.logWorse(0.01),
    engine.logNoninferior(0.005),
    logRollback(engine, margins),
    logPromote(engine, margins),
  ]) {
    expect(log).toBeCloseTo(0, 13)
  }
  expect(engine.difference(0.05)).toEqual({ lower: -1, upper: 1 })
  expect(engine.ratio(0.05)).toEqual({ lower: 0, upper: Number.POSITIVE_INFINITY })
})

property.prop([ticks, fc.integer({ min: 2, max: 9 })])(
  'a tick split into equal ones is the same evidence',
  (all, parts) => {
    const scaled = all.map((one) =>
      tick(
        [one.candidateRequests * parts, one.candidateBad * parts],
        [one.stableRequests * parts, one.stableBad * parts],
      ),
    )
    const split = all.flatMap((one) => Array.from({ length: parts }, () => one))
    fc.pre(all.every((one) => one.candidateRequests > 0 && one.stableRequests > 0))
    agree(after(scaled).logWorse(0.001), after(split).logWorse(0.001))
    agree(after(scaled).logNoninferiorToRatio(1.5), after(split).logNoninferiorToRatio(1.5))
  },
)

property.prop([ticks, fc.integer({ min: 2, max: 1_000 })])(
  'without a margin only the share of exposure counts, not its size',
  (all, factor) => {
    fc.pre(all.every((one) => one.candidateRequests > 0 && one.stableRequests > 0))
    const larger = all.map((one) =>
      tick([one.candidateRequests * factor, one.candidateBad], [one.stableRequests * factor, one.stableBad]),
    )
    agree(after(all).logWorse(0), after(larger).logWorse(0))
  },
)

property.prop([ticks, fc.nat({ max: 500 }), fc.nat({ max: 500 })])(
  'a tick without a bad event moves nothing but the margins',
  (all, n1, n0) => {
    fc.pre(all.every((one) => one.candidateRequests > 0 && one.stableRequests > 0))
    expect(after([...all, tick([n1, 0], [n0, 0])]).logWorse(0)).toBe(after(all).logWorse(0))
  },
)

test('holds counts back until both arms were seen', () => {
  const carried = after([tick([0, 0], [5, 1]), tick([3, 1], [0, 0]), tick([2, 2], [0, 0])])
  expect(carried.logWorse(0)).toBe(after([tick([3, 1], [5, 1])]).logWorse(0))
})

property.prop([ticks])('the intervals hold together: not empty, and ordered', (all) => {
  const { difference, ratio } = { difference: after(all).difference(0.05), ratio: after(all).ratio(0.05) }
  expect(difference.lower).toBeLessThanOrEqual(difference.upper)
  expect(ratio.lower).toBeLessThanOrEqual(ratio.upper)
})

test('an incident that both arms share is no evidence, whatever the weights', () => {
  const incident = [0.01, 0.05, 0.25, 0.5].flatMap((share) =>
    Array.from({ length: 60 }, () => tick([1_000 * share, 400 * share], [1_000 * (1 - share), 400 * (1 - share)])),
  )
  expect(after(incident).logWorse(0)).toBeLessThan(0)
})

test('a healthy release crosses 1/alpha in at most alpha of all runs, also when the weight grows', () => {
  const random = createRandom(11)
  const binomial = (n: number, p: number): number => {
    let hits = 0
    for (let trial = 0; trial < n; trial += 1) if (random() < p * draws) hits += 1
    return hits
  }
  let crossed = 0
  for (let run = 0; run < 300; run += 1) {
    const engine = createEngineP()
    let highest = 0
    for (const n1 of [5, 25, 50, 100].flatMap((requests) => Array.from({ length: 30 }, () => requests))) {
      engine.add(tick([n1, binomial(n1, 0.01)], [200 - n1, binomial(200 - n1, 0.01)]))
      highest = Math.max(highest, engine.logWorse(0))
    }
    if (highest >= Math.log(20)) crossed += 1
  }
  expect(crossed / 300).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt((0.05 * 0.95) / 300))
})

test('asked about a ratio beyond its grid it has no opinion', () => {
  expect(after([tick([10, 9], [100, 0])]).logWorseThanRatio(5_000)).toBe(0)
})

test('an alpha of 2 and more refutes every difference: nothing is left between the ends', () => {
  expect(after([tick([10, 1], [100, 1])]).difference(1_000)).toEqual({ lower: 1, upper: -1 })
})
