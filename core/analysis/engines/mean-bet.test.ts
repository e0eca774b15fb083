// Goal: the promises of the betting mean beyond the golden vectors: laws over random differences, and healthy releases by
// the hundred from a seed.
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createRandom, draws } from '../seeded-random.ts'
import { createMeanBet, stakesFor } from './mean-bet.ts'

const betAfter = (differences: readonly number[], margin = 0): number => {
  const bet = createMeanBet({ margin, stakes: stakesFor(margin) })
  for (const difference of differences) bet.add(difference)
  return bet.logEvidence()
}
test('is the mean wealth of those who stake different shares on each difference', () => {
  const bet = createMeanBet({ margin: 0.1, stakes: [0.2, 0.5] })
  bet.add(0.6)
  bet.add(-0.3)
  const wealth = (stake: number): number => (1 + stake * 0.5) * (1 + stake * -0.4)
  expect(bet.logEvidence()).toBeCloseTo(Math.log((wealth(0.2) + wealth(0.5)) / 2), 12)
  expect(bet.state().map((log) => Math.exp(log))).toEqual([
    expect.closeTo(wealth(0.2), 12),
    expect.closeTo(wealth(0.5), 12),
  ])
})

test('a larger margin bears smaller stakes, the boldest of which keeps a tenth', () => {
  expect(stakesFor(0)).toEqual([0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9])
  expect(stakesFor(0.5).at(-1)).toBeCloseTo(0.6, 12)
  expect(stakesFor(-0.1).at(-1)).toBeCloseTo(1, 12)
})

const bounded = fc.double({ min: -1, max: 1, noNaN: true })
const margins = fc.double({ min: -0.9, max: 0.9, noNaN: true })

test('before data the e-value is 1', () => {
  expect(betAfter([])).toBeCloseTo(0, 14)
})

property.prop([fc.array(bounded, { maxLength: 30 }), margins])('no stake can lose everything', (all, margin) => {
  expect(betAfter(all, margin)).toBeGreaterThan(Number.NEGATIVE_INFINITY)
  expect(
    betAfter(
      Array.from({ length: 500 }, () => -1),
      margin,
    ),
  ).toBeGreaterThan(-50)
})

property.prop([fc.array(bounded, { maxLength: 30 })])('whatever comes in another order is the same evidence', (all) => {
  expect(betAfter(all)).toBeCloseTo(betAfter([...all].reverse()), 9)
})

property.prop([fc.array(bounded, { maxLength: 30 }), margins])(
  'the larger the margin, the less the evidence against it',
  (all, margin) => {
    expect(betAfter(all, margin + 0.05)).toBeLessThanOrEqual(betAfter(all, margin) + 1e-12)
  },
)

property.prop([fc.array(bounded, { maxLength: 9 }), fc.array(bounded, { maxLength: 9 })])(
  'goes on from its state to the last bit',
  (before, after) => {
    const one = createMeanBet({ margin: 0, stakes: stakesFor(0) })
    for (const difference of before) one.add(difference)
    const other = createMeanBet({ margin: 0, stakes: stakesFor(0) }, one.state())
    for (const difference of after) {
      one.add(difference)
      other.add(difference)
    }
    expect(other.state()).toEqual(one.state())
    expect(one.state()).toHaveLength(stakesFor(0).length)
  },
)

test('a mean at the margin crosses 1/alpha in at most alpha of all runs, however lopsided the values', () => {
  const random = createRandom(5)
  const runs = 400
  let crossed = 0
  for (let run = 0; run < runs; run += 1) {
    const bet = createMeanBet({ margin: 0.05, stakes: stakesFor(0.05) })
    let highest = 0
    for (let tick = 0; tick < 300; tick += 1) {
      bet.add(random() < 0.1 * draws ? 0.95 : -0.05)
      highest = Math.max(highest, bet.logEvidence())
    }
    if (highest >= Math.log(20)) crossed += 1
  }
  expect(crossed / runs).toBeLessThanOrEqual(0.05 + 2 * Math.sqrt((0.05 * 0.95) / runs))
})
