import { expect, test } from 'vitest'
import { createTally } from './tally.ts'
import type { Outcome } from './visit.ts'

const answered: Outcome = { kind: 'read', sentAt: 0, status: 200, release: 'v2', dropped: null }
const countsOf = (...outcomes: readonly Partial<Outcome>[]) => {
  const tally = createTally()
  for (const outcome of outcomes) tally.take({ ...answered, ...outcome })
  const { requests, errors, dropped, odd } = tally
  return { requests: requests(), errors: errors(), dropped: dropped(), odd: odd() }
}

test('an error counts for the release that answered it', () => {
  const tally = createTally()
  for (const status of [200, 500, 201, 503]) tally.take({ ...answered, release: 'v3', status })
  tally.take(answered)
  expect(tally.of('v3')).toEqual({ answers: 4, errors: 2 })
  expect(tally.of('v2')).toEqual({ answers: 1, errors: 0 })
  expect(tally.of('v9')).toEqual({ answers: 0, errors: 0 })
  expect(tally.errors()).toBe(2)
})

test('an error that no release signed still counts', () => {
  expect(countsOf({ status: 502, release: null })).toEqual({ requests: 1, errors: 1, dropped: 0, odd: 0 })
})

test('a truncated answer is dropped, whatever its status was', () => {
  expect(countsOf({ dropped: 'the answer broke off' })).toEqual({ requests: 1, errors: 0, dropped: 1, odd: 0 })
  expect(countsOf({ status: null, dropped: 'refused' })).toEqual({ requests: 1, errors: 0, dropped: 1, odd: 0 })
})

test('a page that is not there is odd, and the first of such is kept in words', () => {
  expect(countsOf({ status: 404 })).toEqual({ requests: 1, errors: 0, dropped: 0, odd: 1 })
  const tally = createTally()
  expect(tally.example()).toBeNull()
  tally.take({ ...answered, status: 404 })
  tally.take({ ...answered, dropped: 'the answer broke off' })
  expect(tally.example()).toBe('a read got 404')
})
