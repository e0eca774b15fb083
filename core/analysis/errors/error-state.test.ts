import { expect, test } from 'vitest'
import type { ErrorState } from './error-state.ts'
import { blankErrors, checkedErrors } from './error-state.ts'

test('takes a blank state, and one that has been through JSON', () => {
  expect(checkedErrors(blankErrors)).toBe(blankErrors)
  expect(checkedErrors(JSON.parse(JSON.stringify(blankErrors)))).toEqual(blankErrors)
})

const tally = { requests: 3, bad: 3 }
const note = { rule: 'evidence', evidence: 100, limit: 100, candidate: tally, stable: tally, at: null }
const withMargins = (margins: object) => ({ labels: { ...blankErrors.labels, margins } })

const wrong: readonly (readonly [what: string, change: Partial<Record<keyof ErrorState, unknown>>])[] = [
  ['more bad than requests', { candidate: { requests: 1, bad: 2 } }],
  ['a negative tally', { stable: { requests: -1, bad: 0 } }],
  ['half a request', { stable: { requests: 1.5, bad: 0 } }],
  ['too few logs', { labels: { ...blankErrors.labels, logs: [0, 0] } }],
  [
    'a log that JSON could not hold',
    { labels: { ...blankErrors.labels, logs: blankErrors.labels.logs.map(() => null) } },
  ],
  ['too few compensators', { labels: { ...blankErrors.labels, compensators: [] } }],
  ['half a request counted', { labels: { ...blankErrors.labels, counted: { weight: 1, requests: 0.5 } } }],
  ['a wealth beyond numbers', { wealth: { ...blankErrors.wealth, log: Number.NEGATIVE_INFINITY } }],
  ['too few shares', { wealth: { ...blankErrors.wealth, shares: [1] } }],
  ['a negative share', { wealth: { ...blankErrors.wealth, shares: blankErrors.wealth.shares.map((one) => -one) } }],
  ['shares that are more than all', { wealth: { ...blankErrors.wealth, waitsForWeight: 0.5 } }],
  ['half an event', { wealth: { ...blankErrors.wealth, events: 0.5 } }],
  ['a weight beyond all traffic', { wealth: { ...blankErrors.wealth, largest: 1_000_001 } }],
  ['a streak of more bad outcomes than there were', { streak: 1, streakUnits: 1 }],
  ['a streak of more sessions than outcomes', { candidate: { requests: 9, bad: 3 }, streak: 1, streakUnits: 2 }],
  ['an excess that is not a number', { strata: { ...blankErrors.strata, excess: Number.NaN } }],
  ['a negative sum', { strata: { ...blankErrors.strata, mhStable: -1 } }],
  ['an open tick between two seconds', { open: { ...blankErrors.open, second: 0.5 } }],
  ['an open tick with impossible counts', { open: { ...blankErrors.open, stable: { requests: 0, bad: 1 } } }],
  ['a recent second of long ago', { recentStable: [[60, 1, 0]] }],
  ['a recent second with impossible counts', { recentStable: [[0, 1, 2]] }],
  ['margins that allow less than no worse', withMargins({ ratio: 0.5, difference: 0 })],
  ['a margin that is no number', withMargins({ ratio: 1.5, difference: Number.NaN })],
  ['a note of nothing', { decided: 'note' }],
  ['a note where none was taken', { noted: note }],
  ['a note with impossible counts', { decided: 'note', noted: { ...note, stable: { requests: 0, bad: 1 } } }],
  ['a note without figures', { decided: 'note', noted: { ...note, evidence: null } }],
  ['an unknown decision', { decided: 'perhaps' }],
]

test.each(wrong)('refuses %s', (_, change) => {
  const state = { ...blankErrors, ...change } as ErrorState // what a broken store might hand back
  expect(() => checkedErrors(state)).toThrow(/^not a state of the error judge: /)
})
