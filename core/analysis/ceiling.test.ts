import { expect, test } from 'vitest'
import { againstCeiling } from './ceiling.ts'
import { createRandom, draws } from './seeded-random.ts'

test('knows nothing at first, and nothing of a few requests', () => {
  expect(againstCeiling({ requests: 0, bad: 0 }, 0.05)).toBe('open')
  expect(againstCeiling({ requests: 3, bad: 1 }, 0.05)).toBe('open')
})

test.each([
  [{ requests: 1_000, bad: 150 }, 'above'],
  [{ requests: 1_000, bad: 60 }, 'open'],
  [{ requests: 1_000, bad: 40 }, 'open'],
  [{ requests: 1_000, bad: 5 }, 'below'],
  [{ requests: 4, bad: 4 }, 'above'],
  [{ requests: 1_000_000, bad: 0 }, 'below'],
] as const)('%o is %s 5 %%', (tally, expected) => {
  expect(againstCeiling(tally, 0.05)).toBe(expected)
})

test('a release exactly at the ceiling is hardly ever called above it, at all looks together', () => {
  const ceiling = 0.05
  const everAbove = (seed: number): boolean => {
    const random = createRandom(seed)
    let bad = 0
    for (let requests = 1; requests <= 2_000; requests += 1) {
      if (random() < ceiling * draws) bad += 1
      if (againstCeiling({ requests, bad }, ceiling) === 'above') return true
    }
    return false
  }
  expect(Array.from({ length: 300 }, (_, seed) => everAbove(seed)).filter(Boolean).length).toBeLessThanOrEqual(3)
})
