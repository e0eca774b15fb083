// Goal: nothing gets more traffic before it is known that it may. Method: what is lacking at each kind of step, said in
// words where people are told.

import { expect, test } from 'vitest'
import type { Assessment } from '../analysis/judge.ts'
import { differenceCaps } from '../analysis/judge.ts'
import { usualErrors, usualLatency } from '../analysis/metric.ts'
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
