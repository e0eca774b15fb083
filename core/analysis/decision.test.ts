import { expect, test } from 'vitest'
import { holdWords, judgedWorse } from './decision.ts'

const finding = { metric: 'errors', rule: 'evidence', evidence: 100, limit: 100 } as const

test.each([
  [{ onFail: 'rollback', dryRun: false }, { kind: 'trip' }],
  [
    { onFail: 'pause', dryRun: false },
    { kind: 'hold', cause: 'worse' },
  ],
  [{ onFail: 'observe', dryRun: false }, { kind: 'note' }],
  [{ onFail: 'rollback', dryRun: true }, { kind: 'note' }],
  [{ onFail: 'pause', dryRun: true }, { kind: 'note' }],
] as const)('what follows of %o is %o', (metric, expected) => {
  expect(judgedWorse(metric, finding)).toEqual({ ...expected, ...finding })
})

test('who is called reads why', () => {
  const words = (cause: 'unseen' | 'shared' | 'worse'): string => holdWords({ kind: 'hold', cause, ...finding })
  expect(words('unseen')).toMatch(/no recent request to compare/)
  expect(words('shared')).toMatch(/an incident that they share/)
  expect(words('shared')).toMatch(/^candidate and stable both fail more often than/)
  expect(holdWords({ kind: 'hold', cause: 'shared', ...finding, metric: 'latency' })).toMatch(/ are both slower than/)
  expect(words('worse')).toMatch(/^errors: .* pauses/)
})
