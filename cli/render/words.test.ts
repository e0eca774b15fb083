import { expect, test } from 'vitest'
import { count, formatMilliseconds, shortDigest } from './words.ts'

test('keeps the part of a millisecond where that is the point', () => {
  expect([0.314, 3, 12.7].map(formatMilliseconds)).toEqual(['0.31 ms', '3 ms', '13 ms'])
})

test('shortens a digest to what lift takes', () => {
  expect(shortDigest(`sha256:3f9a1c0e2b4d${'0'.repeat(52)}`)).toBe('3f9a1c0e2b4d')
})

test('counts one thing and many', () => {
  expect([count(1, 'instance'), count(0, 'instance'), count(1_200, 'request')]).toEqual([
    '1 instance',
    '0 instances',
    '1,200 requests',
  ])
})
