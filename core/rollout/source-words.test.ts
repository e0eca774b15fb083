import { expect, test } from 'vitest'
import type { SourceAssessment } from '../analysis/source/source-assessment.ts'
import { sourceWords } from './source-words.ts'

test('a metric of which nothing came yet says so, and why where that is known', () => {
  const told: SourceAssessment = {
    ...{ metric: 'checkout', status: 'Pending', reason: null, evidence: 1, promotion: 1, limit: 200, lastGoodAt: null },
    ...{ interval: null, candidate: { n: 0, x: 0 }, stable: { n: 0, x: 0 } },
  }
  expect(sourceWords({ metrics: [] }, told)).toBe('checkout: nothing was counted yet')
  const silent: SourceAssessment = { ...told, reason: { kind: 'silent', forMs: 60_000 } }
  expect(sourceWords({ metrics: [] }, silent)).toBe('checkout: nothing was read for 1:00')
})
