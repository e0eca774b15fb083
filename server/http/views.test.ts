import { rolloutViewSchema } from '@humdrum/contract/api.ts'
import type { Version } from '@humdrum/core/ids.ts'
import { pending, plan, trip } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Cause, Stage } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { ppm } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import type { Measurement } from '../store/records.ts'
import { rolloutView } from './views.ts'

const stored = (stage: Stage) => ({
  rollout: { ...pending(), ...stage },
  exposure: { hosts: [], warmup: null, shield: 'off' as const, before: null },
  asked: { by: 'ada', reason: 'lunch is over' },
  startedAt: 0 as Instant,
  endedAt: null,
})

const release = (name: string) => ({ release: name as Version, instances: 2, ready: 1, restarts: 0, lastExit: null })

const measurement: Measurement = {
  at: 5 as Instant,
  weight: ppm(500_000),
  candidate: { requests: 10, bad: 1 },
  stable: { requests: 20, bad: 0 },
  rescued: 1,
  mismatch: null,
  trip: null,
  judge: null,
  releases: ['v0', 'v1', 'v2'].map(release),
}

/** As it goes over the wire: nothing in it that the contract does not take. */
const viewOf = (stage: Stage, measured: Measurement | null = measurement) =>
  rolloutViewSchema
    .strict()
    .parse(rolloutView(stored(stage), { measurement: measured, sources: null, rejected: false }))

const cause: Cause = { kind: 'trip', trip }
const inStep = (step: number): Stage => ({ phase: 'Progressing', step, from: null, lapses: 0 })
const pausedBefore = (step: number, kind: 'step' | 'person'): Stage => ({
  phase: 'Paused',
  leadsTo: { phase: 'Progressing', step },
  reason: kind === 'step' ? { kind } : { kind, actor: 'ada', reason: 'lunch' },
})

test('what was never measured counts as nothing, and its weight is not known', () => {
  expect(viewOf({ phase: 'Pending' }, null)).toMatchObject({
    weight: null,
    candidate: { requests: 0, bad: 0 },
    stable: { requests: 0, bad: 0 },
    rescued: 0,
    evidence: 1,
    trip: null,
    releases: [],
  })
})

test('what was measured is shown as it was', () => {
  const { candidate, stable, rescued } = measurement
  expect(viewOf(inStep(0))).toMatchObject({ weight: 500_000, candidate, stable, rescued, evidence: 1, limit: 100 })
  expect(viewOf(inStep(0), { ...measurement, weight: null }).weight).toBeNull()
})

test('a release that became stable has everything, once the edge says what it does', () => {
  expect(viewOf({ phase: 'Succeeded' }).weight).toBe(1_000_000)
  expect(viewOf({ phase: 'Succeeded' }, { ...measurement, weight: null }).weight).toBeNull()
})

test.for<[what: string, stage: Stage, step: number | null]>([
  ['a step', inStep(2), 2],
  ['a step that a person paused', pausedBefore(2, 'person'), 2],
  ['a pause that is a step', pausedBefore(2, 'step'), 1],
  [
    'a paused bake',
    { phase: 'Paused', leadsTo: { phase: 'Baking' }, reason: { kind: 'person', actor: 'ada', reason: '' } },
    null,
  ],
  ['a bake', { phase: 'Baking', from: null, lapses: 0 }, null],
])('%s is in its step', ([, stage, step]) => {
  expect(viewOf(stage).step).toBe(step)
})

test.for<[Stage, roles: readonly string[]]>([
  [inStep(0), ['leaving', 'stable', 'candidate']],
  [{ phase: 'RollingBack', cause }, ['leaving', 'stable', 'candidate']],
  [{ phase: 'RolledBack', cause }, ['leaving', 'stable', 'leaving']],
  [{ phase: 'Failed', cause }, ['leaving', 'stable', 'leaving']],
  [{ phase: 'Succeeded' }, ['leaving', 'standby', 'stable']],
])('says what each release is in %o', ([stage, roles]) => {
  expect(viewOf(stage).releases.map(({ role }) => role)).toEqual(roles)
})

test('what was replaced is on standby for its time, and then leaves', () => {
  const { standbyUntil, since } = viewOf({ phase: 'Succeeded' })
  expect((standbyUntil ?? 0) - since).toBe(plan.standbyMs)
  const late = viewOf({ phase: 'Succeeded' }, { ...measurement, at: (standbyUntil ?? 0) as Instant })
  expect(late.releases.map(({ role }) => role)).toEqual(['leaving', 'leaving', 'stable'])
})

test('says why it went back or waits, and nothing where it does not', () => {
  expect(viewOf({ phase: 'RolledBack', cause: { kind: 'abort', actor: 'ada', reason: 'no' } }).reason).toContain('ada')
  expect(viewOf(pausedBefore(1, 'person')).reason).toBe('ada paused it: lunch')
  expect(viewOf(inStep(0)).reason).toBeNull()
})

test('the trip that it went back for outlasts what the edge says now', () => {
  const other = { ...trip, evidence: 7 }
  expect(viewOf({ phase: 'RollingBack', cause }, { ...measurement, trip: other }).trip).toEqual(trip)
  expect(viewOf(inStep(0), { ...measurement, trip: other }).trip).toEqual(other)
})

test('a pause that waits for a person has no length, another has one', () => {
  expect(viewOf(inStep(0)).steps).toEqual([
    { setWeight: 10_000 },
    { pauseMs: 2_000 },
    { setWeight: 500_000 },
    { pauseMs: null },
  ])
})
