import { expect, test } from 'vitest'
import { detectableRate, divergence, growth, wald } from './information-limit.ts'

test('coins that are alike are not to be told apart, and a certain one at once', () => {
  expect(divergence(0.3, 0.3)).toBe(0)
  expect(growth({ p0: 0.01, p1: 0.01, share: 0.1 })).toBeCloseTo(0, 15)
  expect(divergence(1, 0.001)).toBeCloseTo(Math.log(1_000), 12)
})

test('a test that always finds out must gather the evidence at which it decides', () => {
  expect(wald(0.01, 0)).toBeCloseTo(Math.log(100), 12)
})

test('the more was seen, the smaller a regression that would have been found', () => {
  const rates = [60, 600, 6_000].map((candidateRequests) =>
    detectableRate({ p0: 0.001, candidateRequests, share: 0.1, limit: 100 }),
  )
  expect(rates.map((rate) => Number(rate?.toPrecision(1)))).toEqual([0.06, 0.01, 0.003])
})

test('nothing would have been found where nothing could be compared', () => {
  const watched = { p0: 0.001, candidateRequests: 100, share: 0.1, limit: 100 }
  expect(detectableRate({ ...watched, candidateRequests: 0 })).toBeNull()
  expect(detectableRate({ ...watched, share: 1 })).toBeNull()
  expect(detectableRate({ ...watched, candidateRequests: 1, limit: 1e6 })).toBeNull()
})
