import { expect, test } from 'vitest'
import type { Assessment } from '../analysis/judge.ts'
import { metricStatus } from './metric-status.ts'
import { errors, pending } from './rollout.arbitrary.ts'
import type { Rollout, Stage } from './state.ts'

const progressing: Stage = { phase: 'Progressing', step: 0, from: null, lapses: 0 }
const inconclusive: Stage = {
  ...{ phase: 'Paused', leadsTo: { phase: 'Progressing', step: 0 } },
  reason: { kind: 'inconclusive', lacks: [] },
}
const unknown = { promotion: 1 }

test.each<[Stage, Partial<Assessment>, boolean, string]>([
  [progressing, { ...unknown, candidate: { requests: 0, bad: 0 } }, true, 'Pending'],
  [progressing, unknown, true, 'Running'],
  [progressing, { promotion: 20 }, true, 'Successful'],
  [progressing, { promotion: 20, failed: true }, true, 'Failed'],
  [progressing, unknown, false, 'Error'],
  [inconclusive, unknown, true, 'Inconclusive'],
  [{ phase: 'Succeeded' }, unknown, true, 'Inconclusive'],
  [{ phase: 'Succeeded' }, { promotion: 20 }, false, 'Successful'],
])('in %j one that came to %j is told in one word', (stage, over, isRead, word) => {
  expect(metricStatus({ ...pending(), ...stage } as Rollout, errors(over), isRead)).toBe(word)
})
