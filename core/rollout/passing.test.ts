// Goal: nothing gets more traffic before it is known that it may. Method: what is lacking at each kind of step, said in
// words where people are told.

import { expect, test } from 'vitest'
import type { Assessment } from '../analysis/judge.ts'
import { differenceCaps } from '../analysis/judge.ts'
import type { SourceMetric } from '../analysis/metric.ts'
import { usualErrors, usualLatency } from '../analysis/metric.ts'
import type { SourceAssessment } from '../analysis/source/source-assessment.ts'
import type { Instant } from '../time.ts'
import { ppm } from '../time.ts'
import { lackWords } from './explain.ts'
import { isClean, lacks } from './passing.ts'
import { errors, pending, router } from './rollout.arbitrary.ts'
import type { Plan, Rollout, Step } from './state.ts'

const weight = (share: number): Step => ({ kind: 'setWeight', weight: ppm(share) })
const from = { at: 0 as Instant, requests: 100 }

const inStep = (steps: readonly Step[], step: number, over: Partial<Plan> = {}): Rollout => ({
  ...pending({ steps, minExposure: { requests: 200, timeMs: 0 }, ...over }),
  ...{ phase: 'Progressing', step, from, lapses: 0 },
})
const lackingIn = (rollout: Rollout, seen: Parameters<typeof router>[0]): readonly string[] =>
  lacks(rollout, { at: 0 as Instant, from, router: router({ requests: 300, ...seen }), sources: null }).map(lackWords)

const unknown = errors({ promotion: 1, bounded: differenceCaps.map(({ most }) => ({ most, evidence: 1 })) })

test('a step whose weight was never seen lacks all', () => {
  const rollout = inStep([weight(10_000), weight(500_000)], 0)
  expect(lacks(rollout, { at: 0 as Instant, from: null, router: router(), sources: null })).toEqual([
    { kind: 'exposure' },
  ])
  expect(lacks(rollout, { at: 0 as Instant, from, router: null, sources: null })).toEqual([{ kind: 'exposure' }])
})

test('counts the requests of the step, not of the rollout', () => {
  expect(lackingIn(inStep([weight(10_000), weight(500_000)], 0), { requests: 299 })).toEqual(['199 of 200 requests'])
})

test('counts sessions where they are the unit', () => {
  const rollout = inStep([weight(10_000), weight(500_000)], 0, { unit: 'session' })
  expect(lackingIn(rollout, { requests: 299 })).toEqual(['199 of 200 sessions'])
})

test.each([
  [10_000, '5 points'],
  [50_000, '2 points'],
  [100_000, '1 point'],
  [250_000, '1 point'],
])('at %i ppm it must be known that it fails at most so much oftener: %s', (share, cap) => {
  const rollout = inStep([weight(share), weight(500_000)], 0)
  expect(lackingIn(rollout, { metrics: [unknown] })).toEqual([
    `not shown yet that it fails at most ${cap} oftener than stable (evidence 1 : 1 of 20 : 1)`,
  ])
  expect(lackingIn(rollout, { metrics: [errors()] })).toEqual([])
})

test('before everything each metric must be within its margin', () => {
  const rollout = inStep([weight(500_000)], 0, { metrics: [usualErrors, usualLatency] })
  expect(lackingIn(rollout, { metrics: [unknown] })).toEqual([
    "errors: not shown yet to be within 1.5 times stable's share or 0.5 points more (evidence 1 : 1 of 20 : 1)",
    "latency: not shown yet to be within 1.2 times stable's median and p99 (evidence 1 : 1 of 20 : 1)",
  ])
  const latency = errors({ metric: 'latency' })
  expect(lackingIn(rollout, { metrics: [errors(), latency] })).toEqual([])
})

test('what is not required need not be shown, but nothing may speak against it', () => {
  const metrics = [usualErrors, { ...usualLatency, required: false }]
  const latency = (evidence: number) => errors({ metric: 'latency', promotion: 1, evidence })
  const rollout = inStep([weight(500_000)], 0, { metrics })
  expect(lackingIn(rollout, { metrics: [errors(), latency(1)] })).toEqual([])
  expect(lackingIn(rollout, { metrics: [errors(), latency(20)] })).toHaveLength(1)
})

test('what nothing follows from keeps no step from passing', () => {
  const metrics = [{ ...usualErrors, dryRun: true, required: false }]
  const worse = errors({ evidence: 100, promotion: 0, bounded: [] })
  expect(lackingIn(inStep([weight(500_000)], 0, { metrics }), { metrics: [worse] })).toEqual([])
  expect(lackingIn(inStep([weight(10_000), weight(500_000)], 0, { metrics }), { metrics: [worse] })).toEqual([])
})

test('clean is what shows no evidence, and was compared where it is required', () => {
  const rollout = inStep([weight(500_000)], 0, { metrics: [usualErrors, usualLatency] })
  const none = { requests: 0, bad: 0 }
  const latency = errors({ metric: 'latency', difference: null })
  const clean = (metrics: readonly Assessment[], of = rollout): boolean =>
    isClean(of, { router: router({ metrics }), sources: null }, [])
  expect(clean([errors(), latency])).toBe(true)
  expect(clean([errors(), { ...latency, evidence: 1.1 }])).toBe(false)
  expect(clean([errors(), { ...latency, candidate: none }])).toBe(false)
  expect(clean([errors()])).toBe(false)
  const metrics = [usualErrors, { ...usualLatency, required: false }]
  expect(clean([errors()], inStep([weight(500_000)], 0, { metrics }))).toBe(true)
  expect(isClean(rollout, { router: null, sources: null }, [])).toBe(false)
  const budget = { kind: 'budget', expected: 3, left: 1 } as const
  const known = { router: router({ metrics: [errors(), latency] }), sources: null }
  expect(isClean(rollout, known, [budget])).toBe(false)
})

test('the step before a pause is the last one, and the pause itself asks for nothing more', () => {
  const steps = [weight(500_000), { kind: 'pause', forMs: 1_000 }] as const
  expect(lackingIn(inStep(steps, 0), { metrics: [unknown] })).toHaveLength(1)
  expect(lackingIn(inStep(steps, 1), { metrics: [unknown], requests: 0 })).toEqual([])
})

test('evidence that smoulders holds a step, a pause and the bake', () => {
  const smoulders = { metrics: [errors({ evidence: 20 })] }
  const words = ['errors: evidence 20 : 1 against "no worse" smoulders, a step passes below 20 : 1']
  expect(lackingIn(inStep([weight(500_000)], 0), smoulders)).toEqual(words)
  expect(lackingIn(inStep([weight(500_000), { kind: 'pause', forMs: 1 }], 1), smoulders)).toEqual(words)
  const baking: Rollout = { ...pending(), phase: 'Baking', from, lapses: 0 }
  expect(lackingIn(baking, smoulders)).toEqual(words)
  expect(lackingIn(baking, { metrics: [unknown], requests: 0 })).toEqual([])
})

const checkout: SourceMetric = {
  ...{ kind: 'conversion', name: 'checkout', onFail: 'rollback', required: true, dryRun: false, worse: 'lower' },
  ...{ measure: { kind: 'share', hits: 'hits', total: 'total' }, margin: 0.01 },
}
const told = (over: Partial<SourceAssessment> = {}): SourceAssessment => ({
  ...{ metric: 'checkout', status: 'Running', reason: null, evidence: 0.8, promotion: 3, limit: 200 },
  ...{ lastGoodAt: 0 as Instant, candidate: { n: 400, x: 12 }, stable: { n: 3_600, x: 110 } },
  interval: { of: 'difference', quantile: null, lower: -0.02, upper: 0.03 },
  ...over,
})
const withSource = (metric: SourceMetric, steps: readonly Step[] = [weight(500_000)]): Rollout =>
  inStep(steps, 0, { metrics: [usualErrors, metric] })
const lackingWith = (rollout: Rollout, metrics: readonly SourceAssessment[]): readonly string[] =>
  lacks(rollout, { at: 0 as Instant, from, router: router({ requests: 300 }), sources: { metrics } }).map(lackWords)

test('what is required of a source is measured at every step, and shown before everything', () => {
  const early = withSource(checkout, [weight(10_000), weight(500_000)])
  expect(lackingWith(early, [told()])).toEqual([])
  expect(lackingWith(early, [])).toEqual(['checkout: required, and nothing was read yet'])
  const last = withSource(checkout)
  expect(lackingWith(last, [told()])).toEqual([
    'checkout: not shown yet to be within its margin (evidence 3 : 1 of 20 : 1)',
  ])
  expect(lackingWith(last, [told({ status: 'Successful', promotion: 20 })])).toEqual([])
})

const stale = { kind: 'unmeasured', trouble: { kind: 'stale', arm: 'both', lastAt: 0 as Instant } } as const

test.each<[Partial<SourceAssessment>, string]>([
  [{ reason: { ...stale, forMs: 40_000 } }, 'not measured for 40 s: nothing new of either release'],
  [{ reason: { kind: 'silent', forMs: 60_000 } }, 'nothing was read for 1:00'],
  [
    {
      status: 'Error',
      reason: {
        kind: 'unmeasured',
        trouble: { kind: 'error', arm: 'both', why: 'Prometheus is not reached' },
        forMs: 10_000,
      },
    },
    'not measured for 10 s: Prometheus is not reached',
  ],
  [
    {
      status: 'Pending',
      reason: {
        kind: 'unmeasured',
        trouble: { kind: 'noData', arm: 'both', why: 'no metric is called hits' },
        forMs: 5_000,
      },
    },
    'not measured for 5 s: no data of either release (no metric is called hits)',
  ],
])('what is required and not measured lately passes no step and is never clean (%j)', (over, why) => {
  const metrics = [told({ ...over, promotion: 1e9 })]
  for (const steps of [[weight(10_000), weight(500_000)], [weight(500_000)]]) {
    const rollout = withSource(checkout, steps)
    expect(lackingWith(rollout, metrics)).toEqual([`checkout: required, and ${why}`])
    const seen = { from, at: 0 as Instant, router: router({ requests: 300 }), sources: { metrics } }
    expect(isClean(rollout, seen, lacks(rollout, seen))).toBe(false)
  }
  // Where it is not required, it keeps nobody waiting.
  expect(lackingWith(withSource({ ...checkout, required: false }), metrics)).toEqual([])
})

test('a short gap of a source is none', () => {
  const early = withSource(checkout, [weight(10_000), weight(500_000)])
  expect(lackingWith(early, [told({ reason: { ...stale, forMs: 20_000 } })])).toEqual([])
})

test.each<[Partial<SourceMetric>, Partial<SourceAssessment>, boolean]>([
  [{}, {}, true],
  [{}, { evidence: 1.1 }, false],
  [{}, { interval: { of: 'difference', quantile: null, lower: -0.06, upper: 0.03 } }, false],
  [{ worse: 'higher' }, { interval: { of: 'difference', quantile: null, lower: -0.06, upper: 0.03 } }, true],
  [{ worse: 'higher', margin: 1.2 }, { interval: { of: 'ratio', quantile: 0.99, lower: 0.5, upper: 1.9 } }, true],
  [{ worse: 'higher', margin: 1.2 }, { interval: { of: 'ratio', quantile: 0.99, lower: 0.5, upper: 2.1 } }, false],
  [{}, { interval: null }, false],
  [{ required: false }, { interval: null }, true],
  [{}, { candidate: { n: 0, x: 0 } }, false],
])('a metric of a source is clean by its evidence and its interval (%j, %j)', (metric, over, clean) => {
  const rollout = withSource({ ...checkout, ...metric })
  const seen = { router: router({ requests: 300 }), sources: { metrics: [told(over)] } }
  expect(isClean(rollout, seen, [])).toBe(clean)
})
