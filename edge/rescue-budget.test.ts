import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { RescueBudget } from './rescue-budget.ts'

const taken = (budget: RescueBudget, atMs: number, tries = 1_000): number => {
  let count = 0
  for (let attempt = 0; attempt < tries; attempt += 1) if (budget.take(atMs)) count += 1
  return count
}

const busy = (answered: number, atMs = 0): RescueBudget => {
  const budget = new RescueBudget()
  for (let count = 0; count < answered; count += 1) budget.earn(atMs)
  return budget
}

test.each([
  [0, 3],
  [79, 3],
  [80, 4],
  [2_000, 100],
])('of %d requests that stable answered just now, %d may come on top', (answered, wanted) => {
  expect(taken(busy(answered), 0)).toBe(wanted)
})

test('a long busy past earns nothing for a quiet present', () => {
  const budget = busy(100_000)
  expect(taken(budget, 9_999, 1)).toBe(1)
  expect(taken(budget, 10_000)).toBe(3 - 1)
  expect(taken(busy(100_000), 3_600_000)).toBe(3)
})

test('what was taken counts for as long as what was earned', () => {
  const budget = new RescueBudget()
  expect(taken(budget, 500)).toBe(3)
  expect(taken(budget, 9_999)).toBe(0)
  expect(taken(budget, 10_000)).toBe(3)
})

test('an outcome that is told a little late counts as told now', () => {
  const budget = busy(0)
  expect(taken(budget, 5_000)).toBe(3)
  for (let count = 0; count < 80; count += 1) budget.earn(1_000)
  expect(taken(budget, 5_000)).toBe(1)
})

const moment = fc.record({ passedMs: fc.nat(4_000), answered: fc.nat(50), tries: fc.nat(20) })

test.prop([fc.array(moment, { maxLength: 60 })])('never more than 5 % of any ten seconds, or three', (moments) => {
  const budget = new RescueBudget()
  let second = 0
  const seen: { second: number; answered: number; taken: number }[] = []
  for (const { passedMs, answered, tries } of moments) {
    second += Math.floor(passedMs / 1_000)
    for (let count = 0; count < answered; count += 1) budget.earn(second * 1_000)
    seen.push({ second, answered, taken: taken(budget, second * 1_000, tries) })
    const recent = seen.filter((one) => one.second > second - 10)
    const total = (of: 'answered' | 'taken') => recent.reduce((sum, one) => sum + one[of], 0)
    if ((seen.at(-1)?.taken ?? 0) > 0) expect(total('taken')).toBeLessThanOrEqual(Math.max(3, total('answered') / 20))
  }
})
