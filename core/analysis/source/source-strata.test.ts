import { expect, test } from 'vitest'
import { createStrata, noStrata } from './source-strata.ts'

const bin = ([n1, x1]: readonly [number, number], [n0, x0]: readonly [number, number]) => ({
  ...{ candidateRequests: n1, candidateBad: x1, stableRequests: n0, stableBad: x0 },
})

test('before data nothing is larger', () => {
  const strata = createStrata(noStrata)
  expect([strata.isLargerBy(0), strata.isTimes(0)]).toEqual([false, false])
})

test('tells a difference and a ratio, up to exactly what they are', () => {
  const strata = createStrata(noStrata)
  strata.add(bin([100, 12], [400, 24])) // 12 % and 6 %
  expect([strata.isLargerBy(0.06), strata.isLargerBy(0.061)]).toEqual([true, false])
  expect([strata.isTimes(2), strata.isTimes(2.01)]).toEqual([true, false])
})

test('an even share is not larger, and one without bad events no multiple', () => {
  const even = createStrata(noStrata)
  even.add(bin([100, 5], [100, 5]))
  expect(even.isLargerBy(0)).toBe(false)
  const none = createStrata(noStrata)
  none.add(bin([100, 0], [100, 0]))
  expect(none.isTimes(0)).toBe(false)
})

test('is not misled when weight and level change together', () => {
  const strata = createStrata(noStrata)
  strata.add(bin([10, 0], [990, 1]))
  strata.add(bin([500, 50], [500, 50])) // an incident that both share, at a larger weight
  expect(strata.isLargerBy(0.001)).toBe(false)
  expect(strata.isTimes(1.1)).toBe(false)
})

test('goes on from its state', () => {
  const strata = createStrata(noStrata)
  strata.add(bin([100, 12], [400, 24]))
  expect(createStrata(strata.state()).state()).toEqual(strata.state())
  expect(createStrata(strata.state()).isTimes(2)).toBe(true)
})
