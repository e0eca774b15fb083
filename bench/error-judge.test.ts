import { createRandom } from '@humdrum/core/analysis/seeded-random.ts'
import { expect, test } from 'vitest'
import { detection, falseAlarms, lateDetection, takenOut, untilTrip } from './error-judge.ts'

const regression = { seed: 1, runs: 100, weightPpm: 100_000, p0: 0.001, p1: 0.05, limit: 100 }

test('the same seed measures the same', () => {
  expect(detection(regression)).toEqual(detection(regression))
})

test('finds 0.1 → 5 % in every run, and a higher limit takes longer', () => {
  const [usual, strict] = [detection(regression), detection({ ...regression, limit: 10_000 })]
  expect(usual.found).toBe(100)
  expect(usual.median).toBeLessThan(80)
  expect(usual.p95).toBeGreaterThan(usual.median)
  expect(strict.median).toBeGreaterThan(usual.median)
})

test('counts healthy releases that were taken out: about one in limit', () => {
  const healthy = { seed: 1, runs: 100, requests: 10_000, weightPpm: 100_000, p: 0.01 }
  expect(falseAlarms({ ...healthy, limit: 100 }).rolledBack).toBeLessThanOrEqual(4)
  const loose = falseAlarms({ ...healthy, limit: 2 })
  expect(loose.rolledBack).toBeGreaterThan(4)
  expect(loose.rolledBack).toBeLessThanOrEqual(65)
})

const phases = [
  { requests: 5_000, weightPpm: 100_000, p0: 0.001, p1: 0.001 },
  { requests: 50_000, weightPpm: 500_000, p0: 0.001, p1: 0.05 },
]

test('counts what begins later from there on, and keeps the phases apart', () => {
  const { found, median } = lateDetection({ seed: 1, runs: 50, onset: 1, phases, limit: 100 })
  expect(found).toBe(50)
  expect(median).toBeGreaterThan(detection({ ...regression, weightPpm: 500_000 }).median)
  const [before, since] = untilTrip({ random: createRandom(1), phases, limit: 100 }) ?? []
  expect(before).toBeGreaterThan(400)
  expect(since).toBeLessThan(2_000)
})

test('over phases of a healthy release hardly any run is taken out', () => {
  const healthy = phases.map((phase) => ({ ...phase, requests: 5_000, p1: phase.p0 }))
  expect(takenOut({ seed: 1, runs: 50, phases: healthy, limit: 100 })).toEqual({ rolledBack: 0, runs: 50 })
})
