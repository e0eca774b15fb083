import type { RolloutView } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
import { renderTable, reportOf } from './report.ts'
import { createTally } from './tally.ts'

const trip: NonNullable<RolloutView['trip']> = {
  metric: 'errors',
  rule: 'evidence',
  evidence: 177.5,
  limit: 100,
  candidate: { requests: 40, bad: 3 },
  stable: { requests: 600, bad: 0 },
  slowness: null,
  at: 1_000,
  decisiveToZeroMs: 0.927,
}

const good: RolloutView = {
  ...{
    id: 'r-2',
    app: 'shop',
    environment: 'production',
    kind: 'deploy',
    release: 'v2',
    artifact: 'sha256:2',
    from: 'v1',
  },
  ...{
    phase: 'Succeeded',
    headline: 'v2 is stable',
    reason: null,
    step: null,
    leg: null,
    steps: [{ setWeight: 100_000 }],
  },
  ...{ wantedWeight: 1_000_000, weight: 1_000_000, generation: 9, startedAt: 0, since: 14_520, endedAt: 14_520 },
  asked: null,
  ...{
    alpha: 0.01,
    limit: 100,
    minExposure: { requests: 100, timeMs: 4_000 },
    unit: 'request',
    bake: null,
    rejected: false,
  },
  ...{ candidate: { requests: 2_446, bad: 0 }, stable: { requests: 3_000, bad: 0 }, rescued: 0, warnings: [] },
  ...{ evidence: 1, trip: null },
  ...{
    wayBack: null,
    standbyUntil: null,
    releases: [],
    beta: 0.05,
    promotionLimit: 20,
    sources: [],
    metrics: [],
    waitsFor: [],
    notes: [],
  },
}
const first: RolloutView = {
  ...{ ...good, release: 'v1', from: null, candidate: { requests: 0, bad: 0 }, endedAt: 1_300 },
  headline: 'v1 is stable',
}
const bad: RolloutView = {
  ...{ ...good, release: 'v3', from: 'v2', phase: 'RolledBack', reason: 'errors: 3 of 40 failed', trip },
  ...{ candidate: { requests: 41, bad: 3 }, evidence: 150 },
}

const tally = createTally()
for (const status of [200, 500, 500, 500, 200])
  tally.take({ kind: 'read', sentAt: 0, status, release: 'v3', dropped: null })
tally.take({ kind: 'read', sentAt: 0, status: null, release: null, dropped: 'refused' })

test('a rollout that was undone says by what, with which evidence, and how fast', () => {
  expect(reportOf([bad], tally, 0).rollouts[0]).toEqual({
    release: 'v3',
    outcome: 'RolledBack',
    reason: 'errors: 3 of 40 failed',
    metric: 'errors',
    evidence: 177.5,
    candidateRequests: 41,
    failedUserRequests: 3,
    decisiveToZeroMs: 0.927,
    seconds: 14.5,
  })
})

test('a good rollout has the evidence that it ended with, and neither metric nor latency', () => {
  expect(reportOf([good], tally, 0).rollouts[0]).toMatchObject({
    ...{ reason: 'v2 is stable', metric: null, evidence: 1, decisiveToZeroMs: null, failedUserRequests: 0 },
  })
})

test('where nothing was compared there is no evidence', () => {
  expect(reportOf([first], tally, 0).rollouts[0]).toMatchObject({ evidence: null, candidateRequests: 0, seconds: 1.3 })
})

test('evidence stays finite', () => {
  const [rollout] = reportOf([{ ...good, evidence: Number.POSITIVE_INFINITY }], tally, 0).rollouts
  expect(rollout?.evidence).toBe(1e300)
})

test('what the users saw is counted over all releases', () => {
  expect(reportOf([], tally, 24_740)).toEqual({
    ...{ rollouts: [], clientRequests: 6, clientErrors: 3, droppedRequests: 1, seconds: 24.7 },
  })
})

test('the table has a row for every rollout', () => {
  expect(renderTable(reportOf([first, good, bad], tally, 0))).toMatchInlineSnapshot(`
    "release  outcome     seconds  requests to it  failed for users  evidence  decisive → 0
    v1       Succeeded   1.3      0               0                 –         –
    v2       Succeeded   14.5     2,446           0                 1 : 1     –
    v3       RolledBack  14.5     41              3                 177 : 1   0.93 ms"
  `)
})
