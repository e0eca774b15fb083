import { expect, test } from 'vitest'
import { createRateLikelihood } from './rate-likelihood.ts'

type Arm = readonly [requests: number, bad: number]

const bin = ([candidateRequests, candidateBad]: Arm, [stableRequests, stableBad]: Arm) => ({
  candidateRequests,
  candidateBad,
  stableRequests,
  stableBad,
})

test('is the log likelihood ratio of the labels, 0 at a ratio of 1', () => {
  const likelihood = createRateLikelihood()
  likelihood.add(bin([10, 2], [90, 1]))
  expect(likelihood.at(0)).toBe(0)
  expect(likelihood.at(Math.log(5))).toBeCloseTo(2 * Math.log(5 / 1.4) + Math.log(1 / 1.4), 13)
})

test('remembers every bin, however many', () => {
  const [many, one] = [createRateLikelihood(), createRateLikelihood()]
  for (let second = 0; second < 1_000; second += 1) many.add(bin([10, 1], [90, 2]))
  one.add(bin([10, 1_000], [90, 2_000]))
  expect(many.at(1)).toBeCloseTo(one.at(1), 8)
})

test('an arm without a bad event leaves its end open', () => {
  const [onlyCandidate, onlyStable] = [createRateLikelihood(), createRateLikelihood()]
  onlyCandidate.add(bin([10, 3], [90, 0]))
  onlyStable.add(bin([10, 0], [90, 3]))
  expect(onlyCandidate.above(0).upper).toBe(Number.POSITIVE_INFINITY)
  expect(onlyCandidate.above(0).lower).toBeCloseTo(1, 12)
  expect(onlyStable.above(0).lower).toBe(0)
  expect(onlyStable.above(0).upper).toBeCloseTo(1, 12)
})

test('answers its best point when a level is never reached', () => {
  const likelihood = createRateLikelihood()
  likelihood.add(bin([50, 4], [50, 2]))
  const { lower, upper } = likelihood.above(1e6)
  expect(lower).toBe(upper)
  expect(lower).toBeCloseTo(2, 12)
})
