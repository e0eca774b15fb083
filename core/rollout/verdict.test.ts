import { expect, test } from 'vitest'
import type { Trip } from '../analysis/decision.ts'
import type { Assessment } from '../analysis/judge.ts'
import { usualErrors, usualLatency } from '../analysis/metric.ts'
import type { Instant } from '../time.ts'
import { pending } from './rollout.arbitrary.ts'
import type { Rollout, Stage } from './state.ts'
import { verdictOf } from './verdict.ts'

const errors = (evidence: number, promotion: number): Assessment => ({
  ...{
    metric: 'errors',
    evidence,
    promotion,
    slowness: null,
    difference: null,
    bounded: [],
    failed: false,
    noted: null,
  },
  ...{ candidate: { requests: 1_000, bad: 1 }, stable: { requests: 9_000, bad: 9 } },
})
const trip: Trip = {
  ...{ metric: 'errors', rule: 'evidence', evidence: 240, limit: 200, slowness: null, at: 1 as Instant },
  ...{ candidate: { requests: 50, bad: 5 }, stable: { requests: 450, bad: 0 }, decisiveToZeroMs: 1 },
}
const progressing: Stage = { phase: 'Progressing', step: 0, from: null, lapses: 0 }
const of = (stage: Stage, metrics: readonly Assessment[] = [], given: Partial<Rollout['plan']> = {}) => {
  const start = pending()
  return {
    rollout: { ...start, ...stage, plan: { ...start.plan, ...given } },
    metrics,
    sources: null,
    trip: null,
    isRead: true,
  }
}

test.for<[what: string, seen: Parameters<typeof verdictOf>[0], kind: string, reason: string]>([
  ['nothing is known', of(progressing), 'Running', 'not shown yet'],
  ['it is within its margin', of(progressing, [errors(1, 20)]), 'Successful', 'every metric'],
  [
    'it was within its margin when the edge was read last',
    { ...of(progressing, [errors(1, 20)]), isRead: false },
    'Error',
    'the edge',
  ],
  ['evidence against it smoulders', of(progressing, [errors(20, 20)]), 'Running', 'smoulders'],
  [
    'one metric of two is shown',
    of(progressing, [errors(1, 20)], { metrics: [usualErrors, usualLatency] }),
    'Running',
    'latency: not shown',
  ],
  ['the edge has tripped', { ...of(progressing, [errors(240, 20)]), trip }, 'Failed', '5 of 50 (10 %) failed'],
  ['it goes back', of({ phase: 'RollingBack', cause: { kind: 'trip', trip } }), 'Failed', '5 of 50 (10 %) failed'],
  [
    'a person ended it',
    of({ phase: 'RolledBack', cause: { kind: 'abort', actor: 'ada', reason: '' } }),
    'Failed',
    'ada aborted it',
  ],
  ['it has everything', of({ phase: 'Succeeded' }), 'Successful', 'is stable'],
  [
    'its time was over',
    of({ phase: 'Paused', leadsTo: { phase: 'Baking' }, reason: { kind: 'inconclusive', lacks: [] } }, [errors(1, 99)]),
    'Inconclusive',
    'its time was over',
  ],
  [
    'a person paused it',
    of({ phase: 'Paused', leadsTo: { phase: 'Baking' }, reason: { kind: 'person', actor: 'ada', reason: '' } }, [
      errors(1, 99),
    ]),
    'Successful',
    'every metric',
  ],
  ['there is nothing to compare with', of(progressing, [errors(1, 99)], { stable: null }), 'Running', 'of the traffic'],
])('%s', ([, seen, kind, reason]) => {
  const verdict = verdictOf(seen)
  expect(verdict.kind).toBe(kind)
  expect(verdict.reason).toContain(reason)
  expect(verdict).toMatchObject({ rollback: kind === 'Failed', promote: kind === 'Successful' })
})
