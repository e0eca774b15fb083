// Goal: a metric that does not lead back calls a person or is told, and never both, never twice. Method: the states that follow
// when it is seen to have failed, in each phase.
import { expect, test } from 'vitest'
import type { Metric, OnFail } from '../analysis/metric.ts'
import { usualErrors, usualLatency } from '../analysis/metric.ts'
import type { SourceAssessment } from '../analysis/source/source-assessment.ts'
import type { Instant } from '../time.ts'
import { ppm } from '../time.ts'
import { wantedWeight } from './desired.ts'
import type { RolloutEvent } from './event.ts'
import { noteWords, pauseWords } from './explain.ts'
import { errors, pending, router, seen } from './rollout.arbitrary.ts'
import type { Rollout } from './state.ts'
import { step } from './step.ts'

const failed = errors({
  ...{ metric: 'latency', failed: true, evidence: 400, promotion: 0.1, difference: null },
  ...{ candidate: { requests: 100, bad: 40 }, stable: { requests: 900, bad: 9 } },
  slowness: { quantile: 0.99, thresholdMs: 12.3 },
})

const latencyThat = (onFail: OnFail, over: Partial<Metric> = {}): Metric =>
  ({ ...usualLatency, onFail, required: onFail === 'pause', ...over }) as Metric

const run = (events: readonly RolloutEvent[], from: Rollout): Rollout => events.reduce(step, from)

/** A turn in which the candidate has this weight, with latency failed or not. */
const at = (ms: number, weight: number, isFailed = true) =>
  seen(ms, {
    router: router({
      ...{ weight: ppm(weight), requests: 300 },
      metrics: [errors(), isFailed ? failed : { ...failed, failed: false, evidence: 1, promotion: 30 }],
    }),
  })

const order = (kind: 'resumed' | 'promoted' | 'promotedFully', ms: number): RolloutEvent => ({
  ...{ kind, at: ms as Instant, actor: 'ada', reason: '', leg: null },
})

const exposedWith = (metric: Metric): Rollout =>
  run([seen(10), seen(20), at(30, 10_000, false)], pending({ metrics: [usualErrors, metric] }))

test('one with onFail pause calls a person, and the candidate keeps its weight', () => {
  const held = step(exposedWith(latencyThat('pause')), at(40, 10_000))
  expect(held).toMatchObject({ phase: 'Paused', leadsTo: { phase: 'Progressing', step: 0 }, noted: [] })
  expect(wantedWeight(held)).toBe(10_000)
  expect(held.phase === 'Paused' && pauseWords(held.reason)).toBe(
    'worse, and a person decides: latency: 40 of 100 (40 %) took longer than 12 ms (the p99 of stable before) on the candidate, 9 of 900 (1 %) on stable; evidence 400 : 1 against "no worse" (limit 200 : 1)',
  )
  // Nothing but a person moves it on.
  expect(run([at(5_000, 10_000), at(50_000, 10_000, false)], held)).toBe(held)
})

test('who resumes it has seen that: it holds nothing up any more, smouldering or not shown', () => {
  const steps = [{ kind: 'setWeight', weight: ppm(10_000) }] as const
  const exposed = run(
    [seen(10), seen(20), at(30, 10_000)],
    pending({ steps, metrics: [usualErrors, latencyThat('pause')] }),
  )
  const held = step(exposed, at(40, 10_000))
  const resumed = step(held, order('resumed', 50))
  expect(resumed).toMatchObject({ phase: 'Progressing', step: 0, accepted: ['latency'] })
  const requests = 500
  const later = (ms: number) => {
    const one = at(ms, 10_000)
    return { ...one, router: one.router && { ...one.router, requests } }
  }
  expect(run([at(60, 10_000), later(2_000)], resumed)).toMatchObject({ phase: 'Promoting' })
})

test.each(['promoted', 'promotedFully'] as const)('who has it %s has seen that too', (kind) => {
  const held = step(exposedWith(latencyThat('pause')), at(40, 10_000))
  const on = step(held, order(kind, 50))
  expect(on).toMatchObject({ accepted: ['latency'] })
  expect(['Progressing', 'Promoting']).toContain(on.phase)
  expect(step(on, at(60, 10_000)).phase).not.toBe('Paused')
})

test('one that fails while a person is waited for is what they are called for then, at the weight that is', () => {
  const waiting = run(
    [
      order('promoted', 40),
      order('promoted', 50),
      at(60, 500_000, false),
      order('promoted', 70),
      at(80, 500_000, false),
    ],
    exposedWith(latencyThat('pause')),
  )
  expect(waiting).toMatchObject({ phase: 'Paused', reason: { kind: 'step' } })
  const held = step(waiting, at(90, 500_000))
  expect(held).toMatchObject({ phase: 'Paused', reason: { kind: 'failing' }, leadsTo: { step: 3 } })
  expect(wantedWeight(held)).toBe(500_000)
  // The step that waits for a person still waits for one.
  expect(run([order('resumed', 100), at(110, 500_000)], held)).toMatchObject({
    phase: 'Paused',
    reason: { kind: 'step' },
  })
})

test('the hold of the edge for the same metric calls nobody a second time', () => {
  const hold = { reason: 'latency: judged worse', at: 39 as Instant }
  const withHold = (ms: number) => {
    const one = at(ms, 10_000)
    return { ...one, router: one.router && { ...one.router, hold } }
  }
  const exposed = exposedWith(latencyThat('pause'))
  for (const held of [
    step(exposed, withHold(40)),
    run([{ kind: 'paused', at: 35 as Instant, actor: 'ada', reason: '' }, withHold(40)], exposed),
  ]) {
    expect(held).toMatchObject({ phase: 'Paused', reason: { kind: 'failing' } })
    expect(run([order('resumed', 50), withHold(60), withHold(70)], held).phase).toBe('Progressing')
  }
})

test('what it had come to when it was judged is told, where that was kept', () => {
  const then = { requests: 40, bad: 30 }
  const noted = { rule: 'ceiling', evidence: 7, limit: 200, candidate: then, stable: then, at: 33 } as const
  const kept = seen(40, {
    router: router({ weight: ppm(10_000), metrics: [errors(), { ...failed, noted: { ...noted, at: 33 as Instant } }] }),
  })
  expect(step(exposedWith(latencyThat('observe')), kept).noted).toEqual([
    { ...noted, metric: 'latency', slowness: failed.slowness },
  ])
})

test('a second one that fails in the pause is told as well', () => {
  const both = [{ ...usualErrors, onFail: 'pause' } as const, latencyThat('pause')]
  const held = step(run([seen(10), seen(20), at(30, 10_000, false)], pending({ metrics: both })), at(40, 10_000))
  const worse = seen(50, {
    router: router({ weight: ppm(10_000), metrics: [errors({ failed: true, evidence: 3 }), failed] }),
  })
  expect(step(held, worse)).toMatchObject({
    reason: {
      kind: 'failing',
      judgements: [
        { metric: 'errors', rule: 'evidence' },
        { metric: 'latency', rule: 'evidence' },
      ],
    },
  })
})

test('it holds a bake as it holds a step', () => {
  const baking: Rollout = { ...exposedWith(latencyThat('pause')), phase: 'Baking', from: null, lapses: 0 }
  const held = step(baking, at(40, 950_000))
  expect(held).toMatchObject({ phase: 'Paused', leadsTo: { phase: 'Baking' } })
  expect(step(held, order('resumed', 50))).toMatchObject({ phase: 'Baking', accepted: ['latency'] })
})

test.each([
  [latencyThat('observe'), 'worse, and only observed: latency: 40 of 100'],
  [latencyThat('rollback', { dryRun: true }), 'would have rolled back (a dry run): latency: 40 of 100'],
  [latencyThat('pause', { dryRun: true, required: false }), 'would have paused (a dry run): latency: 40 of 100'],
])('one that nothing follows from is told once, and nothing follows', (metric, words) => {
  const before = exposedWith(metric)
  const told = step(before, at(40, 10_000))
  expect(told).toMatchObject({
    phase: 'Progressing',
    step: 0,
    since: before.since,
    noted: [{ metric: 'latency', at: 40 }],
  })
  expect(told.noted.map((one) => noteWords(told.plan, one))).toEqual([expect.stringContaining(words)])
  expect(step(told, at(50, 10_000))).toBe(told)
  // Neither evidence nor what is not shown of it keeps the step from passing.
  const later = at(2_000, 10_000)
  expect(step(told, { ...later, router: later.router && { ...later.router, requests: 500 } })).toMatchObject({
    step: 1,
  })
})

test('who went on without data of a metric has not accepted what its data show later', () => {
  const checkout: Metric = {
    ...{ kind: 'conversion', name: 'checkout', onFail: 'pause', required: false, dryRun: false, worse: 'lower' },
    ...{ measure: { kind: 'share', hits: 'hits', total: 'total' }, margin: 0.01 },
  }
  const told = (ms: number, reason: SourceAssessment['reason']) => ({
    ...at(ms, 10_000, false),
    sources: {
      metrics: [
        {
          ...({ metric: 'checkout', status: reason === null ? 'Running' : 'Failed', reason } as const),
          ...{ evidence: 1, promotion: 1, limit: 200, lastGoodAt: null, interval: null },
          ...{ candidate: { n: 0, x: 0 }, stable: { n: 900, x: 90 } },
        },
      ],
    },
  })
  const missing = (ms: number) => told(ms, { kind: 'missing', forMs: 60_000 })
  const held = step(exposedWith(checkout), missing(40))
  expect(held).toMatchObject({ phase: 'Paused', reason: { judgements: [{ metric: 'checkout', rule: 'missing' }] } })
  const resumed = run([order('resumed', 50), missing(60), told(70, null), missing(80)], held)
  expect(resumed).toMatchObject({ phase: 'Progressing', accepted: [], acceptedMissing: ['checkout'] })
  expect(step(resumed, told(90, { kind: 'worse' }))).toMatchObject({
    ...{ phase: 'Paused', reason: { judgements: [{ metric: 'checkout', rule: 'evidence' }] } },
  })
})
