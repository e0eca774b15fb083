import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createEngineB } from './engine-b.ts'
import { gridLogWeights, gridSteps } from './grid.ts'

type Arm = readonly [requests: number, bad: number]

const tick = ([candidateRequests, candidateBad]: Arm, [stableRequests, stableBad]: Arm) => ({
  candidateRequests,
  candidateBad,
  stableRequests,
  stableBad,
})
const half = { share: 0.5, requests: 100 }

test('before data the e-value is 1', () => {
  expect(createEngineB({ prior: half, direction: 'up' }).logEvidence()).toBeCloseTo(0, 14)
})

test('grows in the direction of its bet and falls in the other', () => {
  const [up, down] = [
    createEngineB({ prior: half, direction: 'up' }),
    createEngineB({ prior: half, direction: 'down' }),
  ]
  for (let second = 0; second < 20; second += 1) for (const engine of [up, down]) engine.add(tick([100, 70], [100, 50]))
  expect(up.logEvidence()).toBeGreaterThan(Math.log(1_000))
  expect(down.logEvidence()).toBeLessThan(0)
})

test('learns the baseline from earlier bins only, so the order of bins matters and a bin does not see itself', () => {
  const prior = { share: 0.01, requests: 10 }
  const first = createEngineB({ prior, direction: 'up' })
  first.add(tick([100, 50], [100, 50]))
  const learnt = createEngineB({ prior, direction: 'up' })
  learnt.add(tick([1, 0], [10_000, 5_000]))
  const before = learnt.logEvidence()
  learnt.add(tick([100, 50], [100, 50]))
  expect(first.logEvidence()).not.toBeCloseTo(learnt.logEvidence() - before, 1)
})

test('a baseline of 0, of 1, or of nothing at all gives finite evidence', () => {
  for (const share of [0, 1]) {
    for (const requests of [0, 1_000]) {
      const engine = createEngineB({ prior: { share, requests }, direction: 'up' })
      engine.add(tick([0, 0], [9, 0]))
      engine.add(tick([10, 10], [0, 0]))
      engine.add(tick([10, 3], [90, 4]))
      expect(engine.logEvidence()).toSatisfy(Number.isFinite)
    }
  }
})

test('where the baseline is 0 it bets like Engine P: the share decides', () => {
  const engine = createEngineB({ prior: { share: 0, requests: 1 }, direction: 'up' })
  for (let request = 0; request < 4; request += 1) engine.add(tick([1, 1], [9, 0]))
  expect(engine.logEvidence()).toBeGreaterThan(Math.log(100))
})

test('holds counts back until both arms were seen', () => {
  const [carried, whole] = [
    createEngineB({ prior: half, direction: 'up' }),
    createEngineB({ prior: half, direction: 'up' }),
  ]
  carried.add(tick([10, 9], [0, 0]))
  expect(carried.logEvidence()).toBeCloseTo(0, 14)
  carried.add(tick([0, 0], [20, 3]))
  whole.add(tick([10, 9], [20, 3]))
  expect(carried.logEvidence()).toBe(whole.logEvidence())
})

/** As it stands above the code, without any care for digits. */
const plainly = (counts: ReturnType<typeof tick>, t0: number, step: number): number => {
  const odds = (t0 / (1 - t0)) * Math.exp(step)
  const t1 = odds / (1 + odds)
  const { candidateRequests: n1, candidateBad: x1, stableRequests: n0, stableBad: x0 } = counts
  const mixed = (n1 * t1 + n0 * t0) / (n1 + n0)
  const term = (bad: number, requests: number, share: number): number =>
    bad * Math.log(share / mixed) + (requests - bad) * Math.log((1 - share) / (1 - mixed))
  return term(x1, n1, t1) + term(x0, n0, t0)
}

const arm = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat({ max: 40 })).map(([n, x]): Arm => [n, Math.min(n, x)])

property.prop([
  fc.array(fc.tuple(arm, arm), { minLength: 1, maxLength: 4 }),
  fc.constantFrom('up', 'down'),
  fc.double({ min: 0.01, max: 0.99, noNaN: true }),
])(
  'each component is the likelihood ratio of its formula, with the baseline of stable so far',
  (ticks, direction, share) => {
    const prior = { share, requests: 50 }
    const engine = createEngineB({ prior, direction })
    let [requests, bad] = [0, 0]
    const expected = [...gridLogWeights]
    for (const [candidate, stable] of ticks) {
      const t0 = (bad + 50 * share) / (requests + 50)
      for (const [k, step] of gridSteps.entries())
        expected[k] = (expected[k] ?? 0) + plainly(tick(candidate, stable), t0, direction === 'up' ? step : -step)
      engine.add(tick(candidate, stable))
      requests += stable[0]
      bad += stable[1]
    }
    const { logs, stableRequests, stableBad } = engine.state()
    expect([stableRequests, stableBad]).toEqual([requests, bad])
    for (const [k, log] of logs.entries()) {
      const scale = Math.max(1, Math.abs(expected[k] ?? 0))
      expect(Math.abs(log - (expected[k] ?? 0)) / scale).toBeLessThan(1e-9)
    }
  },
)

test('small steps and rare events keep their digits', () => {
  const engine = createEngineB({ prior: { share: 1e-12, requests: 1e9 }, direction: 'up' })
  engine.add(tick([1, 0], [1, 0]))
  const { logs } = engine.state()
  // To first order what a good request of each arm tells cancels.
  for (const [k, log] of logs.entries()) expect(Math.abs(log - (gridLogWeights[k] ?? 0))).toBeLessThan(1e-15)
})

test('what enters later is spread like at the start, and the rest stays', () => {
  const engine = createEngineB({ prior: half, direction: 'up' })
  engine.add(tick([10, 9], [20, 3]))
  const before = engine.state().logs
  engine.enter(Math.log(0.25))
  for (const [k, log] of engine.state().logs.entries())
    expect(Math.exp(log)).toBeCloseTo(Math.exp(before[k] ?? 0) + 0.25 * Math.exp(gridLogWeights[k] ?? 0), 12)
})

test('goes on from its state as if nothing had been', () => {
  const plan = { prior: half, direction: 'up' } as const
  const whole = createEngineB(plan)
  whole.add(tick([10, 9], [20, 3]))
  const resumed = createEngineB(plan, structuredClone(whole.state()))
  for (const engine of [whole, resumed]) engine.add(tick([5, 1], [7, 4]))
  expect(resumed.state()).toEqual(whole.state())
})
