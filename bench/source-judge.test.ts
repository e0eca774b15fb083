import { expect, test } from 'vitest'
import { cases, tickCost, trial } from './source-judge.ts'

const few = { runs: 3, seed: 1, ticks: 30 }

test.each(cases)('the same seed measures the same, and a regression of a $name is taken out', (one) => {
  const worse = { ...few, ticks: 120, level: one.worse }
  expect(trial(one, worse)).toEqual(trial(one, worse))
  expect(trial(one, worse).trips).toBeGreaterThan(0)
  expect(trial(one, { ...few, level: one.healthy }).trips).toBe(0)
})

test('a tick costs something', () => {
  for (const one of cases) expect(tickCost(one, 1)).toBeGreaterThan(0)
})
