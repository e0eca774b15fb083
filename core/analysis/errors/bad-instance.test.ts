import { expect, test } from 'vitest'
import { badInstance } from './bad-instance.ts'

const seen = (...bad: readonly number[]) => bad.map((one) => ({ requests: 1_000, bad: one }))

test.each([
  [3, 7],
  [4, 5],
  [5, 5],
  [11, 3],
  [100, 3],
])('of %d instances one is found when it gave %d bad answers and no other gave one, not before', (instances, least) => {
  const others = Array.from({ length: instances - 1 }, () => 0)
  expect(badInstance(seen(...others, least - 1))).toBeNull()
  expect(badInstance(seen(...others, least))).toBe(instances - 1)
})

test('never of two: then it is as likely the other that is right', () => {
  expect(badInstance(seen(0, 1_000))).toBeNull()
})

test('a fifth of the bad ones may be of others, and no more', () => {
  expect(badInstance(seen(2, 2, 16))).toBe(2)
  expect(badInstance(seen(2, 3, 16))).toBeNull()
})

test('one that has most of the requests may have most of the bad ones', () => {
  const busy = [...seen(0, 0), { requests: 18_000, bad: 20 }]
  expect(badInstance(busy)).toBeNull()
})

test('nothing bad is nobody’s fault; many bad ones everywhere are the release’s', () => {
  expect(badInstance(seen(0, 0, 0))).toBeNull()
  expect(badInstance(seen(500, 480, 520))).toBeNull()
})
