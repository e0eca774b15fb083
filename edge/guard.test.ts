import type { Outcome } from '@humdrum/core/analysis/errors/error-judge.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { ppm } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import { Guard } from './guard.ts'
import { fence, judged, order } from './test-bed/order.ts'

const { rollout } = order({ fence: fence(7, 1) }).fence
const planOf = (judge: unknown) => order({ judge }).judge
const outcome = (arm: Outcome['arm'], bad: boolean): Outcome => ({ arm, bad, weight: ppm(500_000), atMs: 0 })
const at = Date.UTC(2026, 0, 1) as Instant

const started = (): Guard => {
  const guard = new Guard(rollout)
  guard.plan(planOf(judged(2)), { restored: false })
  return guard
}

/** Bad answers of the candidate beside good ones of stable, until something is decided. */
const worsen = (guard: Guard) => {
  for (let count = 0; count < 100; count += 1) {
    guard.record(outcome('stable', false))
    const decision = guard.record(outcome('candidate', true))
    if (decision !== null) return decision
  }
  throw new Error('nothing was decided')
}

test('without a plan nothing is counted and nothing decided', () => {
  const guard = new Guard(rollout)
  guard.plan(null, { restored: false })
  expect(guard.record(outcome('candidate', true))).toBeNull()
  expect([guard.judge(), guard.tripped, guard.trip, guard.hold]).toEqual([null, false, null, null])
})

test('it is tripped with the decisive outcome, and the trip is told once it is kept', () => {
  const guard = started()
  const decision = worsen(guard)
  expect(decision.kind).toBe('trip')
  expect([guard.tripped, guard.trip]).toEqual([true, null])
  guard.keep(decision, { at, decisiveToZeroMs: 0.5 })
  expect(guard.trip).toMatchObject({ metric: 'errors', rule: 'evidence', limit: 2, at, decisiveToZeroMs: 0.5 })
  expect(guard.trip?.candidate).toEqual(guard.judge()?.errors.candidate)
  expect(guard.trip?.evidence).toBeGreaterThanOrEqual(2)
})

test('a hold is told with its reason, and takes nobody out', () => {
  const guard = started()
  let decision = null
  while (decision === null) decision = guard.record(outcome('candidate', true))
  expect(decision.kind).toBe('hold')
  guard.keep(decision, { at, decisiveToZeroMs: 0 })
  expect([guard.tripped, guard.trip]).toEqual([false, null])
  expect(guard.hold).toEqual({ reason: expect.stringContaining('all errors'), at })
})

test.each([
  {
    ...{ onFail: 'pause', hold: { reason: expect.stringContaining('pauses'), at } },
    noted: expect.objectContaining({ rule: 'evidence' }),
  },
  { onFail: 'observe', hold: null, noted: expect.objectContaining({ rule: 'evidence', at }) },
])('a metric that says $onFail takes nobody out, and what was found is kept', ({ onFail, hold, noted }) => {
  const guard = new Guard(rollout)
  const { metrics, ...plan } = judged(2)
  guard.plan(planOf({ ...plan, metrics: metrics.map((metric) => ({ ...metric, onFail })) }), { restored: false })
  guard.keep(worsen(guard), { at, decisiveToZeroMs: 0 })
  expect([guard.tripped, guard.trip, guard.hold]).toEqual([false, null, hold])
  expect(guard.judge()?.errors.noted).toEqual(noted)
})

test('a judge that is under way goes on, whatever a later order hands back', () => {
  const guard = started()
  guard.record(outcome('candidate', true))
  const other = started()
  for (let count = 0; count < 50; count += 1) other.record(outcome('stable', false))
  guard.plan(planOf({ ...judged(2), resume: other.judge() }), { restored: false })
  expect(guard.judge()?.errors.candidate).toEqual({ requests: 1, bad: 1 })
})

test('a new edge goes on from what the server stored', () => {
  const before = started()
  for (let count = 0; count < 2; count += 1) before.record(outcome('candidate', true))
  const guard = new Guard(rollout)
  guard.plan(planOf({ ...judged(2), resume: before.judge() }), { restored: false })
  expect(guard.judge()).toEqual(before.judge())
})

test('a restored judge gives way to the server if that knows more, and only then', () => {
  const less = started()
  less.record(outcome('candidate', true))
  const more = started()
  more.record(outcome('candidate', true))
  for (let count = 0; count < 3; count += 1) more.record(outcome('stable', false))
  for (const [stored, told, wanted] of [
    [less, more, more],
    [more, less, more],
  ] as const) {
    const guard = new Guard(rollout)
    guard.plan(planOf({ ...judged(2), resume: stored.judge() }), { restored: true })
    guard.plan(planOf({ ...judged(2), resume: told.judge() }), { restored: false })
    expect(guard.judge()).toEqual(wanted.judge())
  }
})

test('what stable did since a restart does not outvote what the server knows of the candidate', () => {
  const told = started()
  for (let count = 0; count < 3; count += 1) told.record(outcome('candidate', true))
  const guard = new Guard(rollout)
  guard.plan(planOf(judged(2)), { restored: true })
  for (let count = 0; count < 50; count += 1) guard.record({ ...outcome('stable', false), weight: ppm(0) })
  guard.plan(planOf({ ...judged(2), resume: told.judge() }), { restored: false })
  expect(guard.judge()).toEqual(told.judge())
})

test('orders without a plan leave the judge, for the outcomes that are still to come', () => {
  const guard = started()
  guard.record(outcome('candidate', true))
  guard.plan(null, { restored: false })
  guard.record(outcome('candidate', true))
  expect(guard.judge()?.errors.candidate).toEqual({ requests: 2, bad: 2 })
})

test('what was decided before a restart is decided', () => {
  const before = started()
  before.keep(worsen(before), { at, decisiveToZeroMs: 1 })
  const guard = new Guard(rollout, { trip: before.trip, hold: null, badInstance: null })
  expect(guard.tripped).toBe(true)
  expect(guard.trip).toEqual(before.trip)
  guard.plan(planOf({ ...judged(2), resume: before.judge() }), { restored: true })
  expect(guard.record(outcome('candidate', true))).toBeNull()
})
