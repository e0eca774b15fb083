// Goal: evidence about a share of any size, and of observations between 0 and 1, is valid and not dear. Method: laws over random
// bins, and releases by the hundred from a seed, healthy ones and ones exactly at the margin.
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createRandom, draws } from '../seeded-random.ts'
import type { BinCounts } from './bin.ts'
import { createEngineP } from './engine-p.ts'
import { createShareEvidence } from './share-evidence.ts'

const random = createRandom(3)
const coin = (p: number): number => (random() < p * draws ? 1 : 0)
/** Between 0 and 1 with the mean p, and with far less scatter than a coin. */
const mild = (p: number): number => p + ((random() / draws) * 2 - 1) * Math.min(p, 1 - p)
const sumOf = (n: number, draw: () => number): number => {
  let sum = 0
  for (let one = 0; one < n; one += 1) sum += draw()
  return sum
}
const binOf = (draw: (p: number) => number, p1: number, p0: number): BinCounts => ({
  ...{ candidateRequests: 20, candidateBad: sumOf(20, () => draw(p1)) },
  ...{ stableRequests: 80, stableBad: sumOf(80, () => draw(p0)) },
})

const runs = 150
const mayCross = 0.05 * runs + 2 * Math.sqrt(0.05 * 0.95 * runs)

test.each([
  ['rare coins', coin, 0.01],
  ['even coins', coin, 0.5],
  ['frequent coins', coin, 0.97],
  ['mild observations', mild, 0.3],
])('%s: a healthy release crosses 1/alpha in at most alpha of all runs', (_, draw, p) => {
  let crossed = 0
  for (let run = 0; run < runs; run += 1) {
    const evidence = createShareEvidence()
    let highest = 0
    for (let tick = 0; tick < 60; tick += 1) {
      evidence.add(binOf(draw, p, p))
      highest = Math.max(highest, evidence.logWorse())
    }
    if (highest >= Math.log(20)) crossed += 1
  }
  expect(crossed).toBeLessThanOrEqual(mayCross)
})

test.each([
  ['rare', 0.01, 0.05],
  ['even', 0.5, 0.1],
  ['frequent', 0.9, 0.08],
])('%s: a release exactly at the margin is shown to be within it in at most beta of all runs', (_, p, margin) => {
  let shown = 0
  for (let run = 0; run < runs; run += 1) {
    const evidence = createShareEvidence()
    let highest = 0
    for (let tick = 0; tick < 60; tick += 1) {
      evidence.add(binOf(coin, p + margin, p))
      highest = Math.max(highest, evidence.logWithin(margin))
    }
    if (highest >= Math.log(20)) shown += 1
  }
  expect(shown).toBeLessThanOrEqual(mayCross)
})

test.each([0.01, 0.5, 0.97])('the interval of a difference holds the truth at a share of %d', (p) => {
  let missed = 0
  for (let run = 0; run < 60; run += 1) {
    const evidence = createShareEvidence()
    for (let tick = 0; tick < 40; tick += 1) evidence.add(binOf(coin, p + 0.02, p))
    const { lower, upper } = evidence.difference(0.05, (log) => log)
    if (lower > 0.02 || upper < 0.02) missed += 1
  }
  expect(missed).toBeLessThanOrEqual(6)
})

test('bad and good are told apart by their names alone: a rise of one is a drop of the other', () => {
  const rise = createShareEvidence()
  const drop = createShareEvidence()
  for (let tick = 0; tick < 10; tick += 1) {
    const bin = binOf(coin, 0.6, 0.5)
    rise.add(bin)
    drop.add({ ...bin, candidateBad: 20 - bin.candidateBad, stableBad: 80 - bin.stableBad })
  }
  const [up, down] = [rise.difference(0.05, (log) => log), drop.difference(0.05, (log) => log)]
  expect(up.lower).toBeCloseTo(-down.upper, 9)
  expect(up.upper).toBeCloseTo(-down.lower, 9)
  expect(rise.logWithin(0.3)).toBeGreaterThan(drop.logWithin(-0.3))
})

test('within a margin is the mean of Engine P on bad events and on good ones', () => {
  const [bad, good, both] = [createEngineP(), createEngineP(), createShareEvidence()]
  for (let tick = 0; tick < 10; tick += 1) {
    const bin = binOf(coin, 0.35, 0.3)
    bad.add(bin)
    good.add({ ...bin, candidateBad: 20 - bin.candidateBad, stableBad: 80 - bin.stableBad })
    both.add(bin)
  }
  const [one, other] = [bad.logNoninferior(0.1), good.logWorse(-0.1)]
  expect(both.logWithin(0.1)).toBeCloseTo(Math.log((Math.exp(one) + Math.exp(other)) / 2), 9)
})

test('the first bin tells the baseline and bets nothing', () => {
  const evidence = createShareEvidence()
  evidence.add({ candidateRequests: 100, candidateBad: 100, stableRequests: 100, stableBad: 0 })
  expect(evidence.logWorse()).toBeCloseTo(0, 13)
  evidence.add({ candidateRequests: 100, candidateBad: 100, stableRequests: 100, stableBad: 0 })
  expect(evidence.logWorse()).toBeGreaterThan(Math.log(1e6))
})

property.prop([fc.array(fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 80 })), { maxLength: 9 }), fc.nat({ max: 9 })])(
  'goes on from its state to the last bit, wherever it was left',
  (bins, cut) => {
    const whole = createShareEvidence()
    let resumed = createShareEvidence()
    for (const [index, [candidateBad, stableBad]] of bins.entries()) {
      if (index === cut) resumed = createShareEvidence(JSON.parse(JSON.stringify(resumed.state())))
      for (const one of [whole, resumed])
        one.add({ candidateRequests: 20, candidateBad, stableRequests: 80, stableBad })
    }
    expect(resumed.state()).toEqual(whole.state())
  },
)
