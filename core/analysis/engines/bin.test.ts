import { expect, test } from 'vitest'
import { createOpenBin } from './bin.ts'

type Arm = readonly [requests: number, bad: number]

const tick = ([candidateRequests, candidateBad]: Arm, [stableRequests, stableBad]: Arm) => ({
  candidateRequests,
  candidateBad,
  stableRequests,
  stableBad,
})

test('stays open until both arms were seen, then starts anew', () => {
  const bin = createOpenBin()
  expect(bin.add(tick([2, 1], [0, 0]))).toBe(false)
  expect(bin.add(tick([0, 0], [0, 0]))).toBe(false)
  expect(bin.add(tick([1, 0], [5, 2]))).toBe(true)
  expect(bin).toMatchObject(tick([3, 1], [5, 2]))
  expect(bin.add(tick([0, 0], [4, 1]))).toBe(false)
  expect(bin).toMatchObject(tick([0, 0], [4, 1]))
})

test('one request of each arm is enough', () => {
  expect(createOpenBin().add(tick([1, 0], [1, 1]))).toBe(true)
})
