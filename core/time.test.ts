import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { formatClock, formatDuration, formatPercent, parseDurationMs, parsePercentPpm, ppm } from './time.ts'

test.for([
  ['250ms', 250],
  ['30s', 30_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['30', null],
  ['30 s', null],
  ['-1s', null],
  ['1e3s', null],
  ['', null],
] as const)('%s is %s ms', ([text, ms]) => {
  expect(parseDurationMs(text)).toBe(ms)
})

test.for([
  ['25%', 250_000],
  ['0.1 %', 1_000],
  ['0.0001%', 1],
  ['100%', 1_000_000],
  ['101%', null],
  ['0.00001%', null],
  ['25', null],
] as const)('%s is %s parts per million', ([text, share]) => {
  expect(parsePercentPpm(text)).toBe(share)
})

property.prop([fc.integer({ min: 0, max: 1_000_000 })])('a share is read as it was written', (share) => {
  expect(parsePercentPpm(formatPercent(ppm(share)))).toBe(share)
})

test.for([
  [0, '0 ms', '0:00'],
  [999, '999 ms', '0:01'],
  [2_140, '2.1 s', '0:02'],
  [59_940, '59.9 s', '1:00'],
  [59_990, '1:00', '1:00'],
  [124_000, '2:04', '2:04'],
  [3_723_000, '1:02:03', '1:02:03'],
] as const)('%s ms is written %s, and %s on a clock', ([ms, words, clock]) => {
  expect(formatDuration(ms)).toBe(words)
  expect(formatClock(ms)).toBe(clock)
})
