import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import type { Random } from '../seeded-random.ts'
import { createRandom, draws } from '../seeded-random.ts'
import type { LatencyScatter } from './latency-scatter.ts'
import { blankLatencyScatter, createLatencyScatter } from './latency-scatter.ts'

const requests = 100
const half = { candidate: [0.5, 0.5], stable: [0.5, 0.5] }

const counts = (random: Random, share: number): readonly [number, number] => {
  let slow = 0
  for (let request = 0; request < requests; request += 1) if (random() < share * draws) slow += 1
  return [requests - slow, slow]
}

type Shift = (random: Random) => number

const fed = (scatter: LatencyScatter, bins: number, shift: Shift): number => {
  const random = createRandom(7)
  for (let bin = 0; bin < bins; bin += 1) {
    const [candidate, stable] = [counts(random, 0.5 + shift(random)), counts(random, 0.5)]
    scatter.add({ candidate, stable, candidateRequests: requests, stableRequests: requests })
  }
  return scatter.factor(0, half)
}

/** What evidence is divided by after so many bins, where stable was watched for so many before. */
const factor = (bins: number, shift: Shift, watched = { bins: 0, shift: (_: Random): number => 0 }): number => {
  const [before, random] = [createLatencyScatter([[0, 1]], blankLatencyScatter(1)), createRandom(3)]
  for (let bin = 0; bin < watched.bins; bin += 1) before.watch(counts(random, 0.5 + watched.shift(random)), requests)
  return fed(createLatencyScatter([[0, 1]], before.begun([0.5, 0.5])), bins, shift)
}

const none: Shift = () => 0
const often: Shift = (random) => (random() / draws - 0.5) * 0.6

test('takes next to nothing where requests are independent, once a few bins are known', () => {
  expect(factor(400, none)).toBeLessThan(1.3)
  expect(factor(12, none)).toBeLessThan(2)
})

test('takes nothing for a difference that is always there', () => {
  expect(factor(400, () => 0.2)).toBeLessThan(1.3)
})

test('takes most where whole seconds are off by chance', () => {
  expect(factor(400, often)).toBeGreaterThan(4)
})

test('where stable was off by itself, the first seconds of the comparison are not trusted', () => {
  expect(factor(4, none, { bins: 60, shift: often })).toBeGreaterThan(2 * factor(4, none, { bins: 60, shift: none }))
})

test('sees what is off for several seconds in a row', () => {
  let now = 0
  const slowly: Shift = (random) => {
    now = 0.9 * now + (random() / draws - 0.5) * 0.05
    return now
  }
  expect(factor(400, slowly)).toBeGreaterThan(1.3 * factor(400, (random) => (random() / draws - 0.5) * 0.1))
})

test('trusts a bin alone next to nothing', () => {
  expect(factor(1, none)).toBeGreaterThan(10)
  expect(factor(0, none)).toBeGreaterThan(10)
})

const bin = fc.tuple(
  fc.nat({ max: 50 }),
  fc.integer({ min: 1, max: 50 }),
  fc.nat({ max: 500 }),
  fc.integer({ min: 1, max: 500 }),
)

property.prop([fc.array(bin, { maxLength: 40 }), fc.nat({ max: 40 })])(
  'only ever takes, and a crash after any bin changes no digit',
  (bins, crash) => {
    const scores = [
      [0, 1],
      [-1, 4],
    ]
    const begun = createLatencyScatter(scores, blankLatencyScatter(2)).begun([0.5, 0.5])
    const add = (scatter: LatencyScatter, told: typeof bins): void => {
      for (const [fast, slow, stableFast, stableSlow] of told) {
        const [candidate, stable] = [
          [fast, slow],
          [stableFast, stableSlow],
        ]
        scatter.add({ candidate, stable, candidateRequests: fast + slow, stableRequests: stableFast + stableSlow })
      }
    }
    const [whole, broken] = [createLatencyScatter(scores, begun), createLatencyScatter(scores, begun)]
    add(whole, bins)
    add(broken, bins.slice(0, crash))
    const resumed = createLatencyScatter(scores, JSON.parse(JSON.stringify(broken.state())))
    add(resumed, bins.slice(crash))
    expect(JSON.stringify(resumed.state())).toBe(JSON.stringify(whole.state()))
    for (const score of [0, 1]) expect(whole.factor(score, half)).toBeGreaterThanOrEqual(1)
  },
)
