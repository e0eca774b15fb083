import { expect, test } from 'vitest'
import { ppm } from '../time.ts'
import type { Judge } from './judge.ts'
import { assess, createJudge, differenceCaps } from './judge.ts'
import type { EdgeMetric } from './metric.ts'
import { usualErrors, usualLatency } from './metric.ts'

const judgeOf = (metrics: readonly EdgeMetric[], limit = 200): Judge =>
  createJudge({ metrics: metrics.map((metric) => ({ ...metric, limit })), warmupMs: 0, resume: null })

type Second = { readonly atMs: number; readonly bad?: boolean; readonly slowMs?: number }

/** A second of a hundred requests, ten of them the candidate's. */
const second = (judge: Judge, { atMs, bad = false, slowMs = 8 }: Second) => {
  const weight = ppm(100_000)
  const decisions = []
  for (let request = 0; request < 100; request += 1) {
    const arm = request % 10 === 0 ? 'candidate' : 'stable'
    if (arm === 'candidate') judge.expose(atMs)
    const elapsedMs = arm === 'candidate' ? slowMs : 7 + (request % 7) / 3
    decisions.push(judge.observe({ arm, elapsedMs, atMs }))
    decisions.push(judge.record({ arm, bad: bad && arm === 'candidate', weight, atMs }))
  }
  return decisions.filter((decision) => decision !== null)
}

/** Stable alone, until its latency is known. */
const begun = (metrics: readonly EdgeMetric[], limit?: number): Judge => {
  const judge = judgeOf(metrics, limit)
  for (let request = 0; request < 1_000; request += 1)
    judge.observe({ arm: 'stable', elapsedMs: 7 + (request % 7) / 3, atMs: 0 })
  return judge
}

test('each metric takes the candidate out, and says which it was', () => {
  expect(second(begun([usualErrors, usualLatency]), { atMs: 1_000, bad: true })[0]).toMatchObject({ metric: 'errors' })
  const slow = begun([usualErrors, usualLatency])
  const decisions = [1, 2, 3, 4, 5, 6].flatMap((at) => second(slow, { atMs: at * 1_000, slowMs: 900 }))
  expect(decisions).toEqual([expect.objectContaining({ kind: 'trip', metric: 'latency' })])
})

test('after one trip nothing is decided any more, by no metric, nor after a crash', () => {
  const judge = begun([usualErrors, usualLatency])
  second(judge, { atMs: 1_000, bad: true, slowMs: 900 })
  const resumed = createJudge({
    ...{ metrics: [usualErrors, usualLatency].map((metric) => ({ ...metric, limit: 200 })), warmupMs: 0 },
    resume: JSON.parse(JSON.stringify(judge.state())),
  })
  for (const one of [judge, resumed])
    for (let at = 2; at < 12; at += 1) expect(second(one, { atMs: at * 1_000, bad: true, slowMs: 900 })).toEqual([])
})

test.each([
  [{ onFail: 'pause' }, 'hold'],
  [{ onFail: 'observe' }, 'note'],
  [{ dryRun: true }, 'note'],
] as const)(
  'a metric that takes nobody back says so once, keeps that it failed, and leaves the others to decide (%j)',
  (policy, kind) => {
    const judge = begun([usualErrors, { ...usualLatency, ...policy }])
    const decisions = [1, 2, 3, 4, 5, 6].flatMap((at) => second(judge, { atMs: at * 1_000, slowMs: 900 }))
    expect(decisions).toEqual([expect.objectContaining({ kind, metric: 'latency' })])
    expect(assess(judge.state()).map(({ failed }) => failed)).toEqual([false, true])
    const resumed = createJudge({
      ...{ metrics: [usualErrors, { ...usualLatency, ...policy }].map((metric) => ({ ...metric, limit: 200 })) },
      ...{ warmupMs: 0, resume: JSON.parse(JSON.stringify(judge.state())) },
    })
    for (const one of [judge, resumed])
      expect(second(one, { atMs: 9_000, bad: true })[0]).toMatchObject({ kind: 'trip', metric: 'errors' })
  },
)

test.each([
  [{ onFail: 'pause' }, ['hold']],
  [{ onFail: 'observe' }, []],
  [{ dryRun: true }, []],
] as const)(
  'where all fail and nothing of stable is there, a person is called unless nothing follows (%j)',
  (policy, made) => {
    const judge = judgeOf([{ ...usualErrors, ...policy }])
    const outcome = { arm: 'candidate', bad: true, weight: ppm(100_000), atMs: 0 } as const
    const decisions = Array.from({ length: 30 }, () => judge.record(outcome))
    expect(decisions.filter((decision) => decision !== null).map(({ kind }) => kind)).toEqual(made)
  },
)

test('where latency is not judged nothing is known of it, and slowness is nothing', () => {
  const judge = begun([usualErrors])
  for (let at = 1; at < 9; at += 1) expect(second(judge, { atMs: at * 1_000, slowMs: 900 })).toEqual([])
  expect([judge.settledAfterMs(), judge.state().latency]).toEqual([null, null])
  expect(assess(judge.state()).map(({ metric }) => metric)).toEqual(['errors'])
})

test('puts into figures what is known: nothing at first', () => {
  const [errors, latency] = assess(judgeOf([usualErrors, usualLatency]).state())
  expect(errors).toMatchObject({ evidence: expect.closeTo(1, 12), promotion: expect.closeTo(1, 12), slowness: null })
  expect(errors?.difference).toEqual({ lower: -1, upper: 1 })
  expect(latency).toMatchObject({ evidence: 1, promotion: 1, slowness: null, difference: null, bounded: [] })
})

test('a candidate that does as well as stable is shown to, for ever smaller differences', () => {
  const judge = begun([usualErrors, usualLatency])
  for (let at = 1; at < 200; at += 1) second(judge, { atMs: at * 1_000 })
  const [errors, latency] = assess(judge.state())
  expect(errors?.bounded.map(({ most }) => most)).toEqual(differenceCaps.map(({ most }) => most))
  for (const { evidence } of errors?.bounded ?? []) expect(evidence).toBeGreaterThan(20)
  expect(errors?.promotion).toBeGreaterThan(20)
  expect(latency?.promotion).toBeGreaterThan(20)
  expect(latency?.slowness?.thresholdMs).toSatisfy((ms: number) => ms > 7 && ms < 10)
})
