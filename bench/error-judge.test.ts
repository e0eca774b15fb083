import { expect, test } from 'vitest'
import { detection, falseAlarms } from './error-judge.ts'

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
