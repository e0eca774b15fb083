import { expect, test } from 'vitest'
import { createGrantClock } from './grant.ts'
import { granted, order } from './test-bed/order.ts'

const grantOf = (ttlMs: number) => order({ grant: granted(0.5, { ttlMs }) }).grant

const started = (startsLapsed = false) => {
  const clock = { nowMs: 0 }
  return { clock, grant: createGrantClock(() => clock.nowMs, startsLapsed) }
}

test('a grant lapses at the end of its time, and stays lapsed', () => {
  const { clock, grant } = started()
  grant.renew(grantOf(10_000))
  clock.nowMs = 9_999
  expect(grant.lapsed()).toBe(false)
  clock.nowMs = 10_000
  expect(grant.lapsed()).toBe(true)
  clock.nowMs = 5_000
  expect(grant.lapsed()).toBe(true)
})

test('a renewal counts from its own instant, not from the end of the one before', () => {
  const { clock, grant } = started()
  grant.renew(grantOf(10_000))
  clock.nowMs = 6_000
  grant.renew(grantOf(10_000))
  clock.nowMs = 15_999
  expect(grant.lapsed()).toBe(false)
  clock.nowMs = 16_000
  expect(grant.lapsed()).toBe(true)
})

test('a new grant ends a lapse', () => {
  const { clock, grant } = started()
  grant.renew(grantOf(10))
  clock.nowMs = 10
  expect(grant.lapsed()).toBe(true)
  grant.renew(grantOf(10))
  expect(grant.lapsed()).toBe(false)
})

test('without a grant nothing can lapse', () => {
  const { clock, grant } = started()
  grant.renew(null)
  clock.nowMs = 1e12
  expect(grant.lapsed()).toBe(false)
})

test('after a restart it is lapsed until the next grant', () => {
  const { grant } = started(true)
  expect(grant.lapsed()).toBe(true)
  grant.renew(grantOf(10))
  expect(grant.lapsed()).toBe(false)
})
