import { expect, test } from 'vitest'
import type { JudgeState } from './judge-state.ts'
import { blankState, checkedState } from './judge-state.ts'

test('takes a blank state, and one that has been through JSON', () => {
  expect(checkedState(blankState)).toBe(blankState)
  expect(checkedState(JSON.parse(JSON.stringify(blankState)))).toEqual(blankState)
})

const wrong: readonly (readonly [what: string, change: Partial<Record<keyof JudgeState, unknown>>])[] = [
  ['another version', { version: 2 }],
  ['more bad than requests', { candidate: { requests: 1, bad: 2 } }],
  ['a negative tally', { stable: { requests: -1, bad: 0 } }],
  ['half a request', { stable: { requests: 1.5, bad: 0 } }],
  ['too few logs', { logs: [0, 0] }],
  ['a log that JSON could not hold', { logs: blankState.logs.map(() => null) }],
  ['a streak longer than the bad outcomes', { streak: 1 }],
  ['an excess that is not a number', { strata: { ...blankState.strata, excess: Number.NaN } }],
  ['a negative sum', { strata: { ...blankState.strata, mhStable: -1 } }],
  ['an open tick between two seconds', { open: { ...blankState.open, second: 0.5 } }],
  ['an open tick with impossible counts', { open: { ...blankState.open, stable: { requests: 0, bad: 1 } } }],
  ['a recent second of long ago', { recentStable: [[60, 1, 0]] }],
  ['a recent second with impossible counts', { recentStable: [[0, 1, 2]] }],
  ['an unknown decision', { decided: 'perhaps' }],
]

test.each(wrong)('refuses %s', (_, change) => {
  const state = { ...blankState, ...change } as JudgeState // what a broken store might hand back
  expect(() => checkedState(state)).toThrow(/^not a state of the error judge: /)
})
