// Goal: the capped wealth is fair at every bet, stops exactly at its limit and is not exhausted by what went well before.
// Method: laws over any history, releases simulated from a seed at the level of bad events, told streams.
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import type { PartsPerMillion } from '../../time.ts'
import { everything, ppm } from '../../time.ts'
import { createRandom, draws } from '../seeded-random.ts'
import type { WealthState } from './capped-wealth.ts'
import { blankWealth, createCappedWealth } from './capped-wealth.ts'
import { blankLabels, createLabelEvidence } from './label-evidence.ts'

type Event = { readonly arm: 'candidate' | 'stable'; readonly weight: PartsPerMillion }

const after = (events: readonly Event[], limit: number, from: WealthState = blankWealth) => {
  const wealth = createCappedWealth(from, limit)
  for (const { arm, weight } of events) wealth.bet(arm, weight)
  return wealth
}
const times = (count: number, arm: Event['arm'], weight: number): readonly Event[] =>
  Array.from({ length: count }, () => ({ arm, weight: ppm(weight) }))
const throughJson = (state: WealthState): WealthState => JSON.parse(JSON.stringify(state))

const weights = fc.oneof(fc.constantFrom(1, 10_000, 100_000, 500_000, 999_999), fc.integer({ min: 1, max: 999_999 }))
const histories = fc.array(
  fc.record({ arm: fc.constantFrom('candidate' as const, 'stable' as const), weight: weights.map(ppm) }),
  { maxLength: 60 },
)

property.prop([histories, weights, fc.constantFrom(1.5, 100, 1e6)])(
  'after any history the next bet is fair: w win + (1-w) lose = 1, win >= lose, and never beyond the limit',
  (history, weight, limit) => {
    const before = after(history, limit)
    fc.pre(before.value() < limit)
    const share = weight / everything
    const [won, lost] = (['candidate', 'stable'] as const).map((arm) =>
      after([...history, { arm, weight: ppm(weight) }], limit).value(),
    )
    const mean = (share * (won ?? 0) + (1 - share) * (lost ?? 0)) / before.value()
    expect(mean).toBeGreaterThan(1 - 1e-9)
    expect(mean).toBeLessThan(1 + 1e-9)
    expect(won).toBeGreaterThanOrEqual((lost ?? 0) * (1 - 1e-12))
    expect(won).toBeLessThanOrEqual(limit)
  },
)

property.prop([histories])('at one weight and without a limit it is the mixture, but for what waits', (history) => {
  const [labels, weight] = [createLabelEvidence(blankLabels), ppm(100_000)]
  for (const { arm } of history) labels.bad(arm, weight)
  const wealth = after(
    history.map(({ arm }) => ({ arm, weight })),
    1e300,
  ).value()
  expect(wealth).toBeGreaterThanOrEqual(0.75 * labels.value())
})

property.prop([histories, fc.nat({ max: 60 })])('a crash at any event changes no digit', (history, crash) => {
  const whole = after(history, 50)
  const resumed = after(history.slice(crash), 50, throughJson(after(history.slice(0, crash), 50).state()))
  expect(JSON.stringify(resumed.state())).toBe(JSON.stringify(whole.state()))
})

property.prop([histories])('what is spread stays whole: shares and what waits are 1 in all', (history) => {
  const { shares, waitsForWeight, waitsForEvents } = after(history, 1e300).state()
  expect(shares.reduce((sum, share) => sum + share, waitsForWeight + waitsForEvents)).toBeCloseTo(1, 12)
})

test('reaches its limit exactly, and then nothing takes it back', () => {
  const wealth = after(times(3, 'candidate', 100_000), 100)
  expect(wealth.value()).toBe(100)
  const state = JSON.stringify(wealth.state())
  for (const { arm, weight } of times(50, 'stable', 500_000)) wealth.bet(arm, weight)
  expect(JSON.stringify(wealth.state())).toBe(state)
})

test('what would overshoot is given back: near the limit a stable event costs less', () => {
  const near = times(2, 'candidate', 100_000)
  const loss = (limit: number): number => {
    const before = after(near, limit).value()
    return after([...near, ...times(1, 'stable', 100_000)], limit).value() / before
  }
  expect(loss(100)).toBeGreaterThan(loss(1e6) + 0.1)
})

test('what waits for the weight enters as the weight grows, and not as it falls or stays', () => {
  const waits = (...at: readonly number[]): number => {
    // Ratios, because what waits grows as a part of the whole while the rest loses.
    const state = after(
      at.map((weight) => ({ arm: 'stable', weight: ppm(weight) })),
      100,
    ).state()
    return state.waitsForWeight / (state.waitsForEvents * product(at.length))
  }
  const product = (events: number): number =>
    Array.from({ length: events }, (_, index) => 1 / (1 - 1 / (index + 1 + 30))).reduce((all, one) => all * one, 1)
  expect(waits(10_000)).toBeCloseTo(4, 9)
  expect(waits(10_000, 10_000, 5_000)).toBeCloseTo(4, 9)
  expect(waits(10_000, 100_000)).toBeCloseTo(2, 9) // half of the way from 1 % to 100 %
  expect(waits(10_000, 20_000, 100_000)).toBeCloseTo(2, 9)
})

test('never quite ruined: after ten thousand bad events of stable it still finds out', () => {
  const long = after(times(10_000, 'stable', 500_000), 100)
  expect(long.value()).toBeGreaterThan(0)
  for (const { arm, weight } of times(60, 'candidate', 500_000)) long.bet(arm, weight)
  expect(long.value()).toBeGreaterThanOrEqual(100)
})

/** Bad events of one release, as many at each weight; the candidate's with the odds of its rate ratio. */
const run = (seed: number, { ratio, each, limit }: { ratio: number; each: number; limit: number }): number => {
  const [wealth, random] = [createCappedWealth(blankWealth, limit), createRandom(seed)]
  let events = 0
  for (const weight of [10_000, 50_000, 250_000, 500_000]) {
    const share = weight / everything
    const hit = (share * ratio) / (share * ratio + 1 - share)
    for (let event = 0; event < each; event += 1) {
      events += 1
      wealth.bet(random() < hit * draws ? 'candidate' : 'stable', ppm(weight))
      if (wealth.value() >= limit) return events
    }
  }
  return Number.POSITIVE_INFINITY
}
const found = (runs: number, release: Parameters<typeof run>[1]): number =>
  Array.from({ length: runs }, (_, seed) => run(seed, release)).filter(Number.isFinite).length

test.each([20, 100])(
  'of releases that are no worse at most 1 in %i reaches its limit, over growing weights',
  (limit) => {
    const [runs, level] = [1_000, 1 / limit]
    const most = level + 3 * Math.sqrt((level * (1 - level)) / runs)
    expect(found(runs, { ratio: 1, each: 100, limit }) / runs).toBeLessThanOrEqual(most)
  },
)

test('ten times as many errors are found, and in few events', () => {
  expect(found(200, { ratio: 10, each: 100, limit: 100 })).toBe(200)
})
