import type { RolloutView } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
import { exampleMetric, exampleView } from './example-view.ts'
import { isSameStage, preflightWords, preparedWords, stageOf, stageWords } from './stage.ts'

/** At 70 s, an even minute after the example began its stage. */
const told = (given: Partial<RolloutView>): string => {
  const view = exampleView(given)
  return stageWords(stageOf(view), view, 70_000)
}

test('compares both sides while a step is judged', () => {
  expect(told({ candidate: { requests: 121, bad: 9 }, evidence: 1_204 })).toBe(
    '10 %        1:00     errors 9 of 121 (7.4 %)  vs 0.092 %  evidence 1,204 : 1  (rolls back at 100)',
  )
})

test('keeps the weight of the step before in a pause, and says how long it takes', () => {
  expect(told({ step: 2 })).toMatch(/^10 % {8}1:00 of 30 s/)
})

test('says when the edge does not do what is wanted, or cannot be asked', () => {
  expect(told({ weight: 50_000 })).toMatch(/ {2}the edge applies 5 %$/)
  expect(told({ weight: null })).toMatch(/ {2}the edge cannot be read$/)
})

const all = { phase: 'Promoting', step: null, wantedWeight: 1_000_000 } as const

test('compares nothing where there is no stable release, or where the way leads back', () => {
  expect(told({ ...all, from: null, bake: null })).toBe('100 %       1:00')
  expect(told({ ...all, kind: 'rollback' })).toBe('100 %       1:00')
})

test('gives everything but the holdback to a release that is promoted', () => {
  expect(told({ ...all, wantedWeight: 950_000 })).toMatch(/^95 % /)
})

test('gives the holdback away too when somebody ended the bake', () => {
  expect(told(all)).toMatch(/^100 % /)
})

test('says how much of the bake is over', () => {
  expect(told({ phase: 'Baking', step: null })).toMatch(/^bake {8}1:00 of 30:00/)
})

test('counts what is ready, and what had to be started again', () => {
  const raised = { release: 'v3', role: 'candidate', instances: 2, ready: 1, restarts: 1, lastExit: null } as const
  expect(told({ phase: 'Preparing', step: null, releases: [raised] })).toBe('candidate   1 of 2 ready, 1 restart  1:00')
  expect(told({ phase: 'Preparing', step: null, releases: [] })).toBe('candidate   starts  1:00')
})

test('says where it goes back to', () => {
  expect(told({ phase: 'RollingBack', step: null })).toBe('going back  to v2  1:00')
})

test('never tells a time below zero, whatever the clocks say', () => {
  expect(told({ phase: 'RollingBack', since: 90_000 })).toBe('going back  to v2  0:00')
})

test('sums up how the candidate was raised', () => {
  const view = exampleView({ phase: 'Preparing', since: 0 })
  expect(preparedWords(stageOf(view), view, 800)).toBe('candidate   2 of 2 ready in 800 ms')
})

test('says what was checked of the way back, and what was not', () => {
  expect(preflightWords(exampleView())).toBe(
    'preflight   way back checked: v2 is present and verified. Not checked: queues',
  )
})

test('tells steps apart, not the times at which they were entered', () => {
  const stage = { phase: 'Progressing', step: 1, since: 0 } as const
  expect(isSameStage(stage, { ...stage, since: 9 })).toBe(true)
  expect(isSameStage(stage, { ...stage, step: 2 })).toBe(false)
})

test('says of which metric the evidence is, and how far it is from promotion', () => {
  const latency = exampleMetric({ metric: 'latency', evidence: 40, promotion: 0.4 })
  const words = told({ evidence: 40, metrics: [exampleMetric(), latency] })
  expect(words).toContain('evidence 40 : 1 of latency  (rolls back at 100)  promotion 0.4 : 1 of 20')
  expect(told({ metrics: [exampleMetric({ promotion: 20 })] })).not.toContain('promotion')
})

test('says what follows at the limit of the metric that is closest to it', () => {
  const at = (given: Parameters<typeof exampleMetric>[0]): string =>
    told({
      evidence: 40,
      metrics: [exampleMetric(), exampleMetric({ metric: 'latency', evidence: 40, limit: 200, ...given })],
    })
  expect(at({})).toContain('of latency  (rolls back at 200)')
  expect(at({ onFail: 'pause' })).toContain('of latency  (pauses at 200)')
  expect(at({ onFail: 'observe' })).toContain('of latency  (told at 200)')
  expect(at({ dryRun: true })).toContain('of latency  (told at 200, a dry run)')
})

test('says of a metric of a source that the evidence is its own', () => {
  const checkout = { metric: 'checkout', status: 'Running', words: '', evidence: 40, promotion: 1, limit: 300 } as const
  const view = { evidence: 40, metrics: [exampleMetric()], sources: [{ ...checkout, lastGoodAt: null }] }
  expect(told(view)).toContain('evidence 40 : 1 of checkout  (decides at 300)')
})

test('says what a step waits for where nothing is left to show of what the edge sees', () => {
  const waitsFor = ['checkout: not measured', 'more']
  const shown = exampleMetric({ promotion: 20 })
  expect(told({ metrics: [shown], waitsFor })).toMatch(/ {2}waits: checkout: not measured$/)
  expect(told({ metrics: [exampleMetric({ promotion: 3 })], waitsFor })).toMatch(/ {2}promotion 3 : 1 of 20$/)
  expect(told({ metrics: [shown, exampleMetric({ promotion: 3, required: false })], waitsFor })).toMatch(/ {2}waits: /)
})
