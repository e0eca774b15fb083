// Goal: a person may skip what takes long, never what went wrong; and what was asked for one step is not done to another.
import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import type { Instant } from '../time.ts'
import { ppm } from '../time.ts'
import type { RolloutEvent } from './event.ts'
import { anyEvent, errors, pending, plan, router, seen, trip } from './rollout.arbitrary.ts'
import type { Rollout } from './state.ts'
import { isOver, legOf } from './state.ts'
import { step } from './step.ts'

const run = (events: readonly RolloutEvent[], from: Rollout = pending()): Rollout => events.reduce(step, from)
const by = { at: 50 as Instant, actor: 'ada', reason: '' }
const promote = (leg: number | null): RolloutEvent => ({ kind: 'promoted', leg, ...by })
const full: RolloutEvent = { kind: 'promotedFully', ...by }
const at = (ms: number, weight: number, more: Parameters<typeof router>[0] = {}) =>
  seen(ms, { router: router({ weight: ppm(weight), ...more }) })

const exposed = run([seen(10), seen(20), at(30, 10_000)])
const baking = run([full, at(60, 950_000)], exposed)

test('leads from step to step, past a pause that waits for a person, into full exposure', () => {
  const legs = [0, 1, 2, 3].map((leg) => run([0, 1, 2, 3].slice(0, leg).map(promote), exposed))
  expect(legs.map(legOf)).toEqual([0, 1, 2, 3])
  const waits = step(run([0, 1, 2].map(promote), exposed), at(60, 500_000))
  expect(waits).toMatchObject({ phase: 'Paused', reason: { kind: 'step' } })
  expect(step(waits, promote(3)).phase).toBe('Promoting')
})

test('two people who mean the same step skip one', () => {
  expect(run([promote(0), promote(0)], exposed)).toMatchObject({ phase: 'Progressing', step: 1 })
  const paused = run([{ kind: 'paused', ...by }, promote(0), promote(0)], exposed)
  expect(paused).toMatchObject({ phase: 'Progressing', step: 1 })
})

test('resumed for a pause that is left, the next one still waits', () => {
  const pauses = pending({
    steps: [plan.steps[0], { kind: 'pause', forMs: null }, { kind: 'pause', forMs: null }] as typeof plan.steps,
  })
  const resume: RolloutEvent = { kind: 'resumed', leg: 1, ...by }
  const first = run([seen(10), seen(20), at(30, 10_000), promote(0), at(55, 10_000)], pauses)
  expect(first).toMatchObject({ phase: 'Paused', leadsTo: { step: 2 } })
  const second = run([resume, at(60, 10_000), resume, at(70, 10_000)], first)
  expect(second).toMatchObject({ phase: 'Paused', leadsTo: { step: 3 } })
})

test('--full goes to full exposure from any step, and the bake follows', () => {
  expect(baking.phase).toBe('Baking')
  for (const later of [baking, run([{ kind: 'paused', ...by }], baking)]) expect(step(later, full)).toBe(later)
})

test('ends a bake when the router says that the candidate has everything, not before', () => {
  const leg = plan.steps.length + 1
  const skipping = step(baking, promote(leg))
  expect(step(skipping, at(70, 950_000)).phase).toBe('Promoting')
  expect(step(skipping, at(80, 1_000_000)).phase).toBe('Succeeded')
  expect(run([{ kind: 'paused', ...by }, promote(leg), at(80, 1_000_000)], baking).phase).toBe('Succeeded')
})

test('is the way out of a step that is inconclusive', () => {
  const stuck = step(exposed, at(40_000, 10_000, { metrics: [errors({ evidence: 21 })] }))
  expect(stuck).toMatchObject({ phase: 'Paused', reason: { kind: 'inconclusive' } })
  expect(step(stuck, promote(0))).toMatchObject({ phase: 'Progressing', step: 1 })
})

test.prop([fc.array(anyEvent), fc.option(fc.nat({ max: 6 }))])(
  'nothing that was not exposed, that went wrong or that is over is promoted',
  (events, leg) => {
    const live = run(events)
    const gone = run([...events, seen(130_000, { router: router({ trip }) })])
    for (const rollout of [live, gone]) {
      if (!['Progressing', 'Paused', 'Promoting', 'Baking'].includes(rollout.phase) || isOver(rollout)) {
        expect(step(rollout, promote(leg))).toBe(rollout)
        expect(step(rollout, full)).toBe(rollout)
      }
    }
    if (live.phase !== 'Pending' && live.phase !== 'Preparing') expect(legOf(gone)).toBeNull()
  },
)
