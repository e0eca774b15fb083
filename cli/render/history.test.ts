import { expect, test } from 'vitest'
import { exampleView } from './example-view.ts'
import { renderHistory, renderHistoryLine } from './history.ts'

const now = Date.parse('2026-11-23T22:00:00Z')
const at = Date.parse('2026-11-23T21:23:55.094Z')

const back = exampleView({
  ...{ id: 'r-43', kind: 'rollback', release: 'v1', from: 'v2', phase: 'Succeeded', startedAt: at, endedAt: at + 900 },
  asked: { by: 'ada', reason: 'orders are lost' },
})
const bad = exampleView({ phase: 'RolledBack', reason: 'errors: 9 of 121', startedAt: at, endedAt: at + 124_000 })
const first = exampleView({ id: 'r-1', release: 'v1', from: null, phase: 'Preparing', startedAt: at, asked: null })

test('shows a row of every rollout, with why it was asked for and how it ended', () => {
  expect(renderHistory([back, bad, first], { now, colours: false })).toBe(
    `id    when                  app   environment  kind      release  outcome     took          by
r-43  2026-11-23 21:23:55Z  shop  production   rollback  v2 → v1  Succeeded   900 ms        ada
  orders are lost
r-42  2026-11-23 21:23:55Z  shop  production   deploy    v2 → v3  RolledBack  2:04          ada
  errors: 9 of 121
r-1   2026-11-23 21:23:55Z  shop  production   deploy    – → v1   Preparing   36:05 so far  –
`,
  )
})

test('gives a pipe one line of each', () => {
  expect([back, bad, first].map((view) => renderHistoryLine(view, now))).toEqual([
    'r-43  2026-11-23T21:23:55Z  shop → production  rollback v2 → v1  Succeeded  took 900 ms  asked by ada  orders are lost',
    'r-42  2026-11-23T21:23:55Z  shop → production  deploy v2 → v3  RolledBack  took 2:04  asked by ada  errors: 9 of 121',
    'r-1  2026-11-23T21:23:55Z  shop → production  deploy – → v1  Preparing  took 36:05 so far',
  ])
})

test('lets no reason move the cursor', () => {
  const view = exampleView({ asked: { by: 'a\u001b[2J', reason: 'why\u001b[2J' } })
  expect(renderHistory([view], { now, colours: false })).not.toContain('\u001b')
  expect(renderHistoryLine(view, now)).not.toContain('\u001b')
})
