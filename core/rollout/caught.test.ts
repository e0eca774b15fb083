import { expect, test } from 'vitest'
import type { SourceMetric } from '../analysis/metric.ts'
import type { SourceAssessment } from '../analysis/source/source-assessment.ts'
import { caughtBySource } from './caught.ts'

const caught = (
  measure: SourceMetric['measure'],
  worse: SourceMetric['worse'],
  [n1, n0, x0]: readonly [candidate: number, stable: number, ofStable: number],
): string => {
  const metric: SourceMetric = {
    ...{ kind: 'custom', name: 'own', onFail: 'rollback', required: false, dryRun: false, margin: 1, worse, measure },
  }
  const told: SourceAssessment = {
    ...{ metric: 'own', status: 'Running', reason: null, evidence: 1, promotion: 1, limit: 200, lastGoodAt: null },
    ...{ interval: null, candidate: { n: n1, x: 0 }, stable: { n: n0, x: x0 } },
  }
  return caughtBySource(metric, told)
}
const share = { kind: 'share', hits: 'h', total: 't' } as const
const mean = { kind: 'mean', sum: 's', count: 'c', low: 0, high: 100 } as const

test.each([
  [share, 'higher', [1_000, 9_000, 90], /^own at [\d.]+ % or more would most likely have been caught by now$/],
  [share, 'lower', [1_000, 9_000, 4_500], /^own at [34]\d % or less would/],
  [mean, 'lower', [1_000, 9_000, 450_000], /^own at [34]\d or less would/],
  [mean, 'higher', [1_000, 9_000, 450_000], /^own at [56]\d or more would/],
  [{ kind: 'restarts' }, 'higher', [36_000, 36_000, 2], /^own at [\d.]+ an hour of an instance or more would/],
  [
    { kind: 'histogram', selector: 's', quantiles: [0.5] },
    'higher',
    [500, 4_500, 45],
    / % beyond the threshold or more /,
  ],
  [share, 'higher', [3, 9, 0], /^too little yet to find anything$/],
  [share, 'higher', [0, 0, 0], /^too little yet to find anything$/],
] as const)('of %j, worse %s, it says in its own unit what would have been caught', (measure, worse, seen, words) => {
  expect(caught(measure, worse, seen)).toMatch(words)
})

test('with more observations smaller regressions would have been caught', () => {
  const at = (n: number) => Number(/at ([\d.]+) %/.exec(caught(share, 'higher', [n, 9 * n, 0.09 * n]))?.[1])
  expect(at(100_000)).toBeLessThan(at(1_000))
  expect(at(100_000)).toBeGreaterThan(1)
})
