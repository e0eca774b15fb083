import { expect, test } from 'vitest'
import type { SourceMetric } from '../analysis/metric.ts'
import { createSourceJudge } from '../analysis/source/source-judge.ts'
import type { ObservationId, Scope, Version } from '../ids.ts'
import type { Reading } from '../ports.ts'
import type { Instant } from '../time.ts'
import type { Observation } from './observation.ts'
import { observationStory } from './story.ts'
import { observationVerdict } from './verdict.ts'

const failures: SourceMetric = {
  ...{ kind: 'custom', name: 'failures', onFail: 'rollback', required: false, dryRun: false, worse: 'higher' },
  ...{ measure: { kind: 'share', hits: 'failed', total: 'all' }, margin: 0.02 },
}
const intervalMs = 10_000
const blank: Observation = {
  ...{ id: 3 as ObservationId, scope: { app: 'shop', environment: 'production' } as Scope },
  ...{ candidate: 'v2' as Version, stable: 'v1' as Version, attempt: null, begunBy: 'ada', begunAt: 0 as Instant },
  plan: {
    ...{ metrics: [failures], alpha: 0.01, beta: 0.05, leastMs: 120_000, forMs: 3_600_000 },
    source: { kind: 'prometheus', url: 'http://127.0.0.1:9090', token: null, intervalMs },
  },
  ...{ end: null, judge: null },
}

/** After so many windows in which each arm read the same again. */
const fed = (
  windows: number,
  [candidate, stable]: readonly [Reading, Reading],
  given: Partial<Observation['plan']> = {},
) => {
  const plan = { ...blank.plan, ...given }
  const judge = createSourceJudge({ ...plan, resume: null })
  for (let at = 0; at < windows; at += 1) {
    const [from, to] = [at * intervalMs, (at + 1) * intervalMs] as [Instant, Instant]
    judge.feed({ from, to, exposed: 0, readings: new Map([['failures', { candidate, stable }]]) })
  }
  return { ...blank, plan, judge: judge.state() }
}
const share = (hits: number, total: number): Reading => ({ kind: 'share', hits, total })
const at = (windows: number): Instant => ((windows + 1) * intervalMs) as Instant
const well = fed(30, [share(0, 100), share(1, 900)])

test.for<[what: string, observation: Observation, now: Instant, kind: string, reason: string]>([
  ['nothing was read yet', blank, at(1), 'Running', 'failures'],
  ['it is shown to be within its margin', well, at(30), 'Successful', 'every metric'],
  ['it is shown, and too early', { ...well, begunAt: at(25) }, at(30), 'Running', 'it is observed for 50 s of 2:00'],
  ['it fails', fed(30, [share(20, 100), share(1, 900)]), at(30), 'Failed', 'failures: 600 of 3,000'],
  [
    'it fails, and was ended since',
    { ...fed(30, [share(20, 100), share(1, 900)]), end: { kind: 'time', at: at(40) } },
    at(90),
    'Failed',
    'failures',
  ],
  [
    'it was well, and is not observed any more',
    { ...well, end: { kind: 'stopped', actor: 'ada', at: at(30) } },
    at(30),
    'Inconclusive',
    'ada ended it',
  ],
  ['it was well, and nobody has read for a minute', well, at(36), 'Running', 'nothing was read for 1:00'],
  ['it was well, and nobody has read for long', well, at(90), 'Inconclusive', 'nothing was read'],
  [
    'the source does not answer',
    fed(3, [{ kind: 'error', reason: 'no way to it' }, share(0, 9)]),
    at(3),
    'Error',
    'no way to it',
  ],
  [
    'the candidate is not there',
    fed(40, [{ kind: 'noData', reason: 'none' }, share(1, 900)]),
    at(40),
    'Inconclusive',
    'no data of the candidate',
  ],
  [
    'it fails, and a person is to decide',
    fed(30, [share(20, 100), share(1, 900)], { metrics: [{ ...failures, onFail: 'pause' }] }),
    at(30),
    'Inconclusive',
    'failures: 600 of 3,000',
  ],
  [
    'nothing follows from any metric',
    fed(30, [share(20, 100), share(1, 900)], { metrics: [{ ...failures, dryRun: true }] }),
    at(30),
    'Running',
    'all of them only observe',
  ],
])('%s', ([, observation, now, kind, reason]) => {
  const verdict = observationVerdict(observation, now)
  expect(verdict.kind).toBe(kind)
  expect(verdict.reason).toContain(reason)
  expect(verdict).toMatchObject({ rollback: kind === 'Failed', promote: kind === 'Successful' })
})

test('is told in words, with what it promises and that nothing follows', () => {
  const told = observationStory(well, at(30)).flatMap(({ heading, lines }) => [heading, ...lines])
  expect(told).toMatchInlineSnapshot(`
    [
      "what is observed",
      "v2 beside v1, exposed by another deployer; whatever is found, nothing follows from it here",
      "begun by ada, for 1:00:00 at most",
      "the verdict",
      "failures: 0 of 3,000 (0 %) on the candidate, 30 of 27,000 (0.111 %) on stable, a difference between -0.0021 and 0.00131",
      "  evidence 0.083 : 1 against "no worse" (judged worse at 100 : 1)",
      "  shown to be within its margin (evidence 10^26 : 1 of 20 : 1)",
      "under its assumptions (independent units), the statistics stop at most 1 in 100 releases that are no worse; guardrails and missing data stop more",
      "where it is",
      "Successful: every metric is shown to be within its margin",
    ]
  `)
})
