import type { SourceMetric } from '@humdrum/core/analysis/metric.ts'
import { usualErrors } from '@humdrum/core/analysis/metric.ts'
import { createSourceJudge } from '@humdrum/core/analysis/source/source-judge.ts'
import { plan } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Plan } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import { seenSources } from './seen-sources.ts'

const intervalMs = 10_000
const checkout: SourceMetric = {
  ...{ kind: 'conversion', name: 'checkout', onFail: 'rollback', required: true, dryRun: false, worse: 'lower' },
  ...{ measure: { kind: 'share', hits: 'hits', total: 'total' }, margin: 0.05 },
}
const judged: Plan = {
  ...{ ...plan, metrics: [usualErrors, checkout] },
  source: { kind: 'prometheus', url: 'http://127.0.0.1:9090', token: null, intervalMs },
}

test('what was shown is shown while it is read; asked later it has grown old, and the rollout as it was has not', () => {
  const judge = createSourceJudge({ ...judged, resume: null })
  const reading = { kind: 'share', hits: 500, total: 1_000 } as const
  for (let tick = 0; tick < 60; tick += 1) {
    const [from, to] = [tick * intervalMs, (tick + 1) * intervalMs] as [Instant, Instant]
    judge.feed({ from, to, exposed: 0.1, readings: new Map([['checkout', { candidate: reading, stable: reading }]]) })
  }
  const end = 60 * intervalMs
  const record = { since: 0 as Instant, judge: judge.state(), restarts: [], countedAt: end as Instant }
  const asked = (now: Instant | null) => seenSources(judged, { record, at: end as Instant }, now)?.metrics[0]
  expect(asked((end + intervalMs) as Instant)).toMatchObject({ status: 'Successful', reason: null })
  expect(asked((end + 3_600_000) as Instant)).toMatchObject({ status: 'Inconclusive', reason: { kind: 'silent' } })
  expect(asked(null)).toMatchObject({ status: 'Successful' })
})
