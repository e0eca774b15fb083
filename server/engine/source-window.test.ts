import type { ArmReadings } from '@humdrum/core/analysis/source/source-trouble.ts'
import type { Reading } from '@humdrum/core/ports.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import { isOpen } from './source-window.ts'

const window = (seconds: number) => ({ from: 100_000 as Instant, to: (100_000 + 1_000 * seconds) as Instant })
const share = (hits: number, total: number): Reading => ({ kind: 'share', hits, total })
const of = (candidate: Reading, stable: Reading): readonly ArmReadings[] => [{ candidate, stable }]

test.for<[what: string, readings: readonly ArmReadings[], isLeftOpen: boolean]>([
  ['both arms have all that they should', of(share(0, 0), share(3, 9)), false],
  ['of an arm no scrape has come yet', of(share(0, 2), { kind: 'stale', lastAt: 95_000 as Instant }), true],
  ['an arm has been silent for long', of(share(0, 2), { kind: 'stale', lastAt: 30_000 as Instant }), false],
  ['an order came before whose visit was in the window before', of(share(1, 0), share(3, 9)), true],
  ['stable has one like that', of(share(0, 1), share(3, 2)), true],
])('%s', ([, readings, isLeftOpen]) => {
  expect(isOpen(window(10), readings)).toBe(isLeftOpen)
  expect(isOpen(window(60), readings), 'nobody waits for longer than a minute').toBe(false)
})
