import type { RolloutView } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
import { endingOf } from './ending.ts'
import { exampleMetric, exampleTrip, exampleView } from './example-view.ts'

const told = (given: Partial<RolloutView>): string => {
  const ending = endingOf(exampleView({ step: null, ...given }))
  return ending === null ? '' : [`${ending.mood}: ${ending.title}`, ...ending.body].join('\n')
}

test.for(['Pending', 'Preparing', 'Progressing', 'Promoting', 'Baking', 'RollingBack'] as const)(
  'says nothing while it goes on by itself: %s',
  (phase) => {
    expect(endingOf(exampleView({ phase }))).toBeNull()
  },
)

test('says who is stable now and how long it took', () => {
  expect(told({ phase: 'Succeeded', startedAt: 0, endedAt: 124_000 })).toBe('good: v3 is stable, 2:04 after the start')
})

test('says how long the way back is short', () => {
  expect(told({ phase: 'Succeeded', since: 0, standbyUntil: 3_600_000 })).toContain(
    '\nv2 stays warm for 1:00:00: until then humdrum rollback goes back at once.',
  )
})

test('says what the evidence was, what it promises, and what to do after a trip', () => {
  expect(told({ phase: 'RolledBack', trip: exampleTrip(), rejected: true })).toBe(
    `bad: rolled back to v2, 0.31 ms after the deciding request
v3 failed in 9 of 121 (7.4 %) of its requests, v2 in 1 of 1,089 (0.092 %): evidence 1,204 : 1 against "no worse", limit 100 : 1.
Under its assumptions (independent units), the statistics stop at most 1 in 100 releases that are no worse; guardrails and missing data stop more.
v3 is rejected: nothing deploys these bytes again until   humdrum lift 3f9a1c0e2b4d --reason "why"

what it logged   humdrum logs shop --release v3
ship a fix       humdrum deploy production`,
  )
})

test.for([
  [1, 0, '1 request failed on v3; 1 request got an error.'],
  [9, 1, '9 requests failed on v3; 1 of them was answered by v2 instead; 8 requests got an error.'],
  [9, 7, '9 requests failed on v3; 7 of them were answered by v2 instead; 2 requests got an error.'],
  [1_200, 1_200, '1,200 requests failed on v3; 1,200 of them were answered by v2 instead; 0 requests got an error.'],
] as const)('says after a rollback who had an error: %d failed, %d rescued', ([bad, rescued, words]) => {
  const candidate = { requests: 2_000, bad }
  expect(told({ phase: 'RolledBack', trip: exampleTrip(), candidate, rescued })).toContain(`\n${words}\n`)
})

test('says of sessions what they had, and of requests which were spared: these are not counted in those', () => {
  const sticky = { candidate: { requests: 900, bad: 3 }, rescued: 50, unit: 'session' } as const
  expect(told({ phase: 'RolledBack', trip: exampleTrip(), ...sticky })).toContain(
    '\nAt least 3 sessions had a failure on v3; v2 answered 50 requests instead.\n',
  )
})

test('says nothing of errors where there were none', () => {
  expect(told({ phase: 'RolledBack', candidate: { requests: 9, bad: 0 } })).not.toContain('failed on')
})

test('says between which bounds it is worse, once they are known', () => {
  const errors = exampleMetric({ difference: { lower: 0.0391, upper: 0.12 } })
  const words = told({ phase: 'RolledBack', trip: exampleTrip(), metrics: [errors] })
  expect(words).toContain('\nIt is between 3.9 and 12 points worse (99 %, at all times).\n')
})

test('says what was slow, and by which measure', () => {
  const slowness = { quantile: 0.99, thresholdMs: 12.34 }
  const words = told({ phase: 'RolledBack', trip: exampleTrip({ metric: 'latency', slowness }), metrics: [] })
  expect(words).toContain(
    'v3 took longer than 12 ms (the p99 of stable before) in 9 of 121 (7.4 %) of its requests, v2 in',
  )
})

test('promises no error rate where the guardrail decided', () => {
  const reason = 'the last requests to it all failed while stable was well'
  const words = told({ phase: 'RolledBack', trip: exampleTrip({ rule: 'recent' }), reason })
  expect(words).toContain('\nthe last requests to it all failed while stable was well.\n')
  expect(words).not.toContain('1 in 100')
})

test('says who aborted it, and rejects nothing', () => {
  expect(told({ phase: 'RolledBack', reason: 'ada aborted it: orders are lost' })).toBe(
    `bad: rolled back to v2
ada aborted it: orders are lost.

what it logged   humdrum logs shop --release v3
ship a fix       humdrum deploy production
the same again   humdrum retry r-42`,
  )
})

test('says that stable was never left when the candidate failed before it had traffic', () => {
  expect(told({ phase: 'Failed', reason: '0 of 2 instances ready after 5 s' })).toMatch(
    /^bad: v3 failed, v2 serves as before\n0 of 2 instances ready after 5 s\.\n/,
  )
})

test('says that nothing serves when the first release failed', () => {
  expect(told({ phase: 'Failed', from: null, reason: 'x' })).toMatch(/^bad: v3 failed, nothing serves\n/)
})

test('asks for a fix of a deploy, not of a way back', () => {
  expect(told({ phase: 'Failed', kind: 'rollback', reason: 'x' })).not.toContain('ship a fix')
})

test('names the commands that end a pause', () => {
  expect(told({ phase: 'Paused', reason: 'this step waits for a person' })).toBe(
    `waits: paused with 10 % to v3
this step waits for a person.

go on            humdrum resume --app shop --environment production
go back          humdrum abort --app shop --environment production`,
  )
})

test.for(['NeedsHuman', 'Frozen'] as const)('names the way out of %s', (phase) => {
  expect(told({ phase, reason: 'RollingBack took longer than it may (1:00)' })).toBe(
    `waits: needs a person
RollingBack took longer than it may (1:00).

go back          humdrum abort --app shop --environment production`,
  )
})
