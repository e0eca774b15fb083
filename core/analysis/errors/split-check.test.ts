import { expect, test } from 'vitest'
import type { PartsPerMillion } from '../../time.ts'
import { everything, nothing, ppm } from '../../time.ts'
import { createRandom, draws } from '../seeded-random.ts'
import { createSplitCheck } from './split-check.ts'

type Traffic = { readonly seed: number; readonly requests: number; readonly sent: (weight: number) => number }

/** Weights that grow, and what the candidate gets of each request. */
const checked = ({ seed, requests, sent }: Traffic) => {
  const random = createRandom(seed)
  const check = createSplitCheck()
  const weights = [10_000, 50_000, 250_000, 500_000].map(ppm)
  for (let request = 0; request < requests; request += 1) {
    const weight: PartsPerMillion = weights[Math.floor((4 * request) / requests)] ?? nothing
    check.count(random() < sent(weight / everything) * draws ? 'candidate' : 'stable', weight)
    if (request % 1_000 === 999 && check.look() !== null) break
  }
  return check.look()
}

test('a split that is as it was drawn is not told, however often one looks', () => {
  for (let seed = 1; seed <= 100; seed += 1)
    expect(checked({ seed, requests: 20_000, sent: (share) => share })).toBeNull()
})

test('tells what was sent and what was granted: 12 % where 10 % was', () => {
  const random = createRandom(5)
  const check = createSplitCheck()
  for (let request = 0; request < 20_000; request += 1)
    check.count(random() < 0.121 * draws ? 'candidate' : 'stable', ppm(100_000))
  const found = check.look()
  expect(found?.granted).toBe(100_000)
  expect((found?.seen ?? 0) / everything).toBeCloseTo(0.121, 2)
  expect(found?.requests).toBe(20_000)
})

test('finds lost outcomes of either arm over changing weights', () => {
  const lost = (odds: number) => (share: number) => (odds * share) / (1 - share + odds * share)
  expect(checked({ seed: 1, requests: 20_000, sent: lost(0.8) })).not.toBeNull()
  expect(checked({ seed: 1, requests: 20_000, sent: lost(1.2) })).not.toBeNull()
})

test('once told it stays told', () => {
  const check = createSplitCheck()
  for (let request = 0; request < 100; request += 1) check.count('candidate', ppm(100_000))
  expect(check.look()).not.toBeNull()
  for (let request = 0; request < 900; request += 1) check.count('stable', ppm(100_000))
  expect(check.look()).toEqual({ seen: 100_000, granted: 100_000, requests: 1_000 })
})

test('where all went one way there is nothing to check', () => {
  const check = createSplitCheck()
  for (const weight of [nothing, everything])
    for (let request = 0; request < 1_000; request += 1) check.count('stable', weight)
  expect(check.look()).toBeNull()
})
