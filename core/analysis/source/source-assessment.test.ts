// Goal: the status in the field's words, at every bound. What leads there is in source-judge.test.ts.
import { expect, test } from 'vitest'
import type { Instant } from '../../time.ts'
import { freshMs, standingOf, tickClock } from './source-assessment.ts'

type Known = Parameters<typeof standingOf>[0]

const good: Known = {
  ...{ lastGoodAt: 5 as Instant, unmeasuredMs: 0, missingMs: 0, trouble: null, verdict: 'none' },
  ...{ silentMs: 0, lacking: null, shown: false },
}
const stale = { kind: 'stale', arm: 'both', lastAt: 5 as Instant } as const
const unmeasured = (trouble: NonNullable<Known['trouble']>, forMs: number): object => ({
  kind: 'unmeasured',
  trouble,
  forMs,
})

test.each<readonly [string, Partial<Known>, string, object | null]>([
  ['measured', {}, 'Running', null],
  ['shown', { shown: true }, 'Successful', null],
  ['shown, and not measured for 30 s', { shown: true, trouble: stale, unmeasuredMs: 30_000 }, 'Successful', null],
  ['for longer', { shown: true, trouble: stale, unmeasuredMs: 30_001 }, 'Running', unmeasured(stale, 30_001)],
  ['for 5 minutes', { shown: true, trouble: stale, unmeasuredMs: 300_000 }, 'Running', unmeasured(stale, 300_000)],
  ['for more', { shown: true, trouble: stale, unmeasuredMs: 300_001 }, 'Inconclusive', unmeasured(stale, 300_001)],
  [
    'not measured and silent add up',
    { trouble: stale, unmeasuredMs: 290_000, silentMs: 20_000 },
    'Inconclusive',
    unmeasured(stale, 310_000),
  ],
  ['silent for 30 s', { shown: true, silentMs: 30_000 }, 'Successful', null],
  ['silent for longer', { shown: true, silentMs: 30_001 }, 'Running', { kind: 'silent', forMs: 30_001 }],
  ['silent for more than 5 minutes', { silentMs: 300_001 }, 'Inconclusive', { kind: 'silent', forMs: 300_001 }],
  ['not shown, and just not measured', { trouble: stale, unmeasuredMs: 9 }, 'Running', unmeasured(stale, 9)],
  ['never measured', { lastGoodAt: null }, 'Pending', null],
  [
    'never measured, for a while',
    { lastGoodAt: null, trouble: stale, unmeasuredMs: 40_000 },
    'Pending',
    unmeasured(stale, 40_000),
  ],
  [
    'never measured, for long',
    { lastGoodAt: null, trouble: stale, unmeasuredMs: 300_001 },
    'Inconclusive',
    unmeasured(stale, 300_001),
  ],
  [
    'still learning',
    { shown: true, lacking: { seen: 1, needed: 2 } },
    'Running',
    { kind: 'learning', seen: 1, needed: 2 },
  ],
  [
    'shown by a clock that is wrong',
    { shown: true, trouble: { kind: 'clock' } },
    'Running',
    unmeasured({ kind: 'clock' }, 0),
  ],
  [
    'judged worse, whatever else',
    { verdict: 'worse', shown: true, trouble: stale, unmeasuredMs: 1e9 },
    'Failed',
    { kind: 'worse' },
  ],
  ['missing', { verdict: 'missing', missingMs: 60_000, trouble: stale }, 'Failed', { kind: 'missing', forMs: 60_000 }],
])('%s', (_, over, status, reason) => {
  expect(standingOf({ ...good, ...over })).toEqual({ status, reason })
})

test.each([
  { kind: 'error', arm: 'both', why: 'refused' },
  { kind: 'bad', arm: 'both', fault: 'negative' },
  { kind: 'notRead' },
] as const)('%o is an Error at once, and stays one', (trouble) => {
  for (const unmeasuredMs of [1, 30_001, 300_001]) {
    expect(standingOf({ ...good, shown: true, trouble, unmeasuredMs })).toEqual({
      ...{ status: 'Error', reason: unmeasured(trouble, unmeasuredMs) },
    })
  }
})

test.each([1_000, 10_000, 30_000, 60_000, 300_000])(
  'windows of %d ms that are read as soon as they are due leave nothing that is not fresh',
  (intervalMs) => {
    const readAt = 1_000_000
    const end = readAt - intervalMs
    const silentMs = (now: number): number => Math.max(0, tickClock(now, intervalMs) - end)
    expect(silentMs(readAt + intervalMs)).toBeLessThanOrEqual(10_000)
    expect(silentMs(readAt + intervalMs + freshMs + 1)).toBeGreaterThan(Math.min(freshMs, intervalMs))
    expect(standingOf({ ...good, shown: true, silentMs: silentMs(readAt + intervalMs) }).status).toBe('Successful')
  },
)
