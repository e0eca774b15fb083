import { expect, test } from 'vitest'
import { createEngineB } from './engine-b.ts'

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
