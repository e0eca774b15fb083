import { expect, test } from 'vitest'
import { createPracticalMargin } from './practical-margin.ts'

const none = { requests: 0, bad: 0 }
const fresh = () =>
  createPracticalMargin(
    { candidateRequests: 0, excess: 0, mhCandidate: 0, mhStable: 0 },
    { candidate: none, stable: none },
  )

type Margin = ReturnType<typeof fresh>
type Counts = { readonly n1: number; readonly x1: number; readonly n0: number; readonly x0: number }

const count = (margin: Margin, { n1, x1, n0, x0 }: Counts): void => {
  for (let request = 0; request < n1; request += 1) margin.countCandidate(request < x1)
  for (let request = 0; request < n0; request += 1) margin.countStable(request < x0)
}

test('knows nothing before both arms were seen', () => {
  const margin = fresh()
  expect(margin.exceeded()).toBe(false)
  count(margin, { n1: 5, x1: 5, n0: 0, x0: 0 })
  margin.turn()
  expect(margin.exceeded()).toBe(false)
  count(margin, { n1: 0, x1: 0, n0: 1, x0: 0 })
  expect(margin.exceeded()).toBe(true)
})

test('counts the open tick in, and says the same once it is closed', () => {
  const margin = fresh()
  count(margin, { n1: 10, x1: 1, n0: 90, x0: 1 })
  expect(margin.exceeded()).toBe(true)
  expect(margin.strata().candidateRequests).toBe(0)
  margin.turn()
  expect(margin.exceeded()).toBe(true)
  expect(margin.strata()).toMatchObject({ candidateRequests: 10, mhCandidate: 0.9, mhStable: 0.1 })
  expect(margin.strata().excess).toBeCloseTo(1 - 10 / 90, 12)
  expect(margin.open()).toEqual({ candidate: none, stable: none })
})

test('an excess below 0.1 points passes when the ratio is 2, and a trifle in both does not', () => {
  const doubled = fresh()
  count(doubled, { n1: 10_000, x1: 4, n0: 10_000, x0: 2 })
  expect(doubled.exceeded()).toBe(true)
  const trifle = fresh()
  count(trifle, { n1: 10_000, x1: 105, n0: 10_000, x0: 96 })
  expect(trifle.exceeded()).toBe(false)
  const excess = fresh()
  count(excess, { n1: 10_000, x1: 107, n0: 10_000, x0: 96 })
  expect(excess.exceeded()).toBe(true)
})

test('what is usual is what stable had in the same ticks, weighed as the candidate was', () => {
  const margin = fresh()
  expect(margin.usual(0)).toBeNull()
  count(margin, { n1: 10, x1: 2, n0: 990, x0: 99 })
  margin.turn()
  count(margin, { n1: 30, x1: 0, n0: 10, x0: 5 })
  expect(margin.usual(2)).toBeCloseTo((10 * 0.1 + 30 * 0.5) / 40, 12)
  margin.turn()
  count(margin, { n1: 50, x1: 50, n0: 0, x0: 0 }) // nothing to compare with: it tells nothing of stable
  expect(margin.usual(52)).toBeCloseTo((10 * 0.1 + 30 * 0.5) / 40, 12)
})

test('is not fooled by pooling: more weight while everybody fails is no excess', () => {
  const margin = fresh()
  for (let second = 0; second < 60; second += 1) {
    count(margin, { n1: 10, x1: 0, n0: 990, x0: 0 })
    margin.turn()
  }
  for (let second = 0; second < 60; second += 1) {
    count(margin, { n1: 500, x1: 50, n0: 500, x0: 50 })
    margin.turn()
  }
  expect(margin.exceeded()).toBe(false) // pooled rates would say 9.8 % against 3.4 %
})
