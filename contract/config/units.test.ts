// Durations and shares agree with the core, and mistakes are told with what to write.
import { fc, test as property } from '@fast-check/vitest'
import { everything, parseDurationMs, parsePercentPpm } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import { durationMs, share } from './units.ts'

const said = (schema: ReturnType<typeof durationMs> | ReturnType<typeof share>, value: unknown): string => {
  const read = schema.safeParse(value)
  return read.success ? String(read.data) : (read.error.issues[0]?.message ?? '')
}
const anyShare = share(() => true, 'must be a share')

const unit = fc.constantFrom('ms', 's', 'm', 'h', 'd')
property.prop([fc.integer({ min: 0, max: 14 }), unit])(
  'reads what the core reads, to the millisecond',
  (amount, of) => {
    expect(durationMs(0).parse(`${amount}${of}`)).toBe(parseDurationMs(`${amount}${of}`))
  },
)

property.prop([fc.integer({ min: 0, max: everything })])(
  'takes every share that parts per million can say',
  (value) => {
    const written = `${(value / 10_000).toFixed(4)}%`
    expect(anyShare.parse(written)).toBe(value)
  },
)

const nearlyUnits = fc.stringMatching(/^[0-9]{0,4}(\.[0-9]{0,5})? ?(ms|s|m|h|d|%|sec| )?$/)
property.prop([fc.oneof(nearlyUnits, fc.string())])('agrees with the core about every text', (written) => {
  const ms = parseDurationMs(written)
  expect(durationMs(0).safeParse(written).success).toBe(ms !== null && ms <= 14 * 86_400_000)
  expect(anyShare.safeParse(written).success).toBe(parsePercentPpm(written) !== null)
})

test.each([
  [30, 'write 30s'],
  ['30', 'write 30s'],
  ['10 sec', 'write 10s'],
  ['2 minutes', 'write 2m'],
  ['1.5H', 'write 1.5h'],
  ['1m30s', 'write 250ms, 30s, 2m, 1h or 1d'],
  [-1, 'write 250ms, 30s, 2m, 1h or 1d'],
  [null, 'write 250ms, 30s, 2m, 1h or 1d'],
])('tells how to write the duration %j', (value, hint) => {
  expect(said(durationMs(0), value).split('\n')[1]).toBe(hint)
})

test.each([
  [10, 'write 10%'],
  ['10', 'write 10%'],
  ['5 percent', 'write 5%'],
  [0.01, 'write 0.01% or 1%, whichever you mean'],
  [250, 'write 1%, 2.5% or 0.1%'],
])('tells how to write the share %j', (value, hint) => {
  expect(said(anyShare, value).split('\n')[1]).toBe(hint)
})

test('keeps durations between its limits', () => {
  expect(said(durationMs(0), '0s')).toBe('0')
  expect(said(durationMs(1), '0s')).toBe('must be longer than 0s')
  expect(said(durationMs(0), '14d')).toBe(String(14 * 86_400_000))
  expect(said(durationMs(0), '14.001d')).toBe('must be at most 14d')
  expect(said(durationMs(0, 3_600_000), '61m')).toBe('must be at most 1h')
})

test('says the rule for a share that is not allowed', () => {
  const below = share((value) => value < everything, 'must be below 100%')
  expect(said(below, '100%')).toBe('must be below 100%, not 100%')
  expect(said(below, '110%')).toBe('must be below 100%, not 110%')
})
