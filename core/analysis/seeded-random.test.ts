import { expect, test } from 'vitest'
import { createRandom, draws } from './seeded-random.ts'

test('the same seed gives the same numbers, another seed others', () => {
  const take = (seed: number): readonly number[] => Array.from({ length: 5 }, createRandom(seed))
  expect(take(1)).toEqual(take(1))
  expect(take(1)).not.toEqual(take(2))
})

test('is true with the probability that was asked for', () => {
  const random = createRandom(7)
  let hits = 0
  for (let draw = 0; draw < 100_000; draw += 1) if (random() < 0.1 * draws) hits += 1
  expect(hits).toBeGreaterThan(9_700) // 3 standard errors are 285
  expect(hits).toBeLessThan(10_300)
})
