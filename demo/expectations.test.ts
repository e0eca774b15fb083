import { expect, test } from 'vitest'
import type { Run } from './expectations.ts'
import { disappointments } from './expectations.ts'
import type { DemoReport, RolloutReport } from './report.ts'
import { variants } from './variants.ts'

const rollout: RolloutReport = {
  ...{ release: 'v1', outcome: 'Succeeded', reason: 'v1 is stable', metric: null, evidence: null },
  ...{ candidateRequests: 900, failedUserRequests: 0, decisiveToZeroMs: null, seconds: 9 },
}
const report: DemoReport = {
  rollouts: [
    rollout,
    { ...rollout, release: 'v2' },
    {
      ...{ ...rollout, release: 'v3', outcome: 'RolledBack', reason: 'errors: 3 of 40 failed', metric: 'errors' },
      ...{ evidence: 177, decisiveToZeroMs: 0.9, failedUserRequests: 3 },
    },
    {
      ...{ ...rollout, release: 'v4', outcome: 'RolledBack', reason: 'latency: slow', metric: 'latency' },
      ...{ evidence: 900, decisiveToZeroMs: 0.9 },
    },
    { ...rollout, release: 'v5', outcome: 'Failed', reason: 'never ready', candidateRequests: 0 },
  ],
  ...{ clientRequests: 8_000, clientErrors: 3, droppedRequests: 0, seconds: 25 },
}
const answersOf = (release: string): number => (release === 'v5' ? 0 : 1_000)
const run: Run = { report, variants, perSecond: 355, oddAnswers: 0, answersOf }

const withReport = (change: Partial<DemoReport>): Run => ({ ...run, report: { ...report, ...change } })
const withRollout = (release: string, change: Partial<RolloutReport>): Run =>
  withReport({ rollouts: report.rollouts.map((one) => (one.release === release ? { ...one, ...change } : one)) })

test('a run that went as announced disappoints nobody', () => {
  expect(disappointments(run)).toEqual([])
})

test.for<[string, Run]>([
  [
    'v2 should be Succeeded, it is RolledBack: bad luck',
    withRollout('v2', { outcome: 'RolledBack', reason: 'bad luck' }),
  ],
  ['v5 was not shipped', withReport({ rollouts: report.rollouts.slice(0, 4) })],
  [
    'v3 should go back for its errors, it went back because somebody aborted it',
    withRollout('v3', { metric: null, reason: 'somebody aborted it' }),
  ],
  [
    'v4 should go back for its latency, it went back because errors',
    withRollout('v4', { metric: 'errors', reason: 'errors' }),
  ],
  [
    'v5 was never ready and should get no request, users got 0 answers of it',
    withRollout('v5', { candidateRequests: 1 }),
  ],
  [
    'v5 was never ready and should get no request, users got 2 answers of it',
    { ...run, answersOf: (release) => (release === 'v5' ? 2 : 1_000) },
  ],
  ['1 requests were dropped', withReport({ droppedRequests: 1 })],
  ['4 answers were neither 2xx nor 5xx', { ...run, oddAnswers: 4 }],
  ['users saw 4 errors, and the releases account for 3', withReport({ clientErrors: 4 })],
  ['the load was 299 requests a second, not 300', { ...run, perSecond: 299.4 }],
  ['it took 90 s, not under 90', withReport({ seconds: 90 })],
])('%s', ([words, broken]) => {
  expect(disappointments(broken)).toEqual([words])
})

test('an error of a good release is told, also where the sums agree', () => {
  const rollouts = report.rollouts.map((one) => ({ ...one, failedUserRequests: one.release === 'v2' ? 3 : 0 }))
  expect(disappointments(withReport({ rollouts }))).toEqual(['v2 is a good release, and 3 requests failed on it'])
})
