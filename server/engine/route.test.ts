import { routeSchema } from '@humdrum/contract/edge-control.ts'
import { desired } from '@humdrum/core/rollout/desired.ts'
import type { Observed } from '@humdrum/core/rollout/event.ts'
import { pending, seen } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Rollout, Stage } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import type { Measurement } from '../store/records.ts'
import type { Exposure } from '../store/rollouts.ts'
import { routeOf } from './route.ts'

const old = { hosts: ['old.example'], warmup: null, shield: 'off' as const }
const asked = { hosts: ['new.example'], warmup: { requests: 20, path: '/' }, shield: '5xx' as const }
const cause = { kind: 'abort', actor: 'ada', reason: '' } as const

const order = (stage: Stage, exposure: Exposure) => {
  const rollout: Rollout = { ...pending(), ...stage }
  const observed: Observed = seen(5)
  return routeOf({ rollout, world: desired(rollout, observed), instances: [], exposure, last: null })
}

test('stable keeps its host while a rollout with another one is under way, and when it went back', () => {
  const exposure = { ...asked, before: old }
  expect(order({ phase: 'Preparing' }, exposure)).toMatchObject({ ...asked, hosts: ['old.example', 'new.example'] })
  expect(order({ phase: 'RolledBack', cause }, exposure)).toMatchObject(old)
  expect(order({ phase: 'Succeeded' }, exposure)).toMatchObject(asked)
})

test('what was rescued so far is handed back with the order', () => {
  const rollout: Rollout = { ...pending(), phase: 'Preparing' }
  const [world, exposure] = [desired(rollout, seen(5)), { ...asked, before: null }]
  const rescuedAfter = (last: Measurement | null) => routeOf({ rollout, world, instances: [], exposure, last }).rescued
  const tally = { requests: 0, bad: 0 }
  const last = { at: 0 as Instant, weight: null, candidate: tally, stable: tally, rescued: 7, evidence: 1 }
  expect(rescuedAfter({ ...last, trip: null, mismatch: null, judge: null, releases: [] })).toBe(7)
  expect(rescuedAfter(null)).toBe(0)
})

test('a first release that failed takes no requests from others', () => {
  expect(order({ phase: 'Failed', cause }, { ...asked, before: null }).hosts).toEqual(['nowhere.invalid'])
})

test.each([0, 1, 250, 999, 120_000])(
  'the edge takes the order of a rollout whose steps last %i ms at least',
  (timeMs) => {
    const rollout: Rollout = { ...pending({ minExposure: { requests: 1, timeMs } }), phase: 'Preparing' }
    const [world, exposure] = [desired(rollout, seen(5)), { ...asked, before: null }]
    const told = routeOf({ rollout, world, instances: [], exposure, last: null })
    expect(routeSchema.safeParse(told).error).toBeUndefined()
  },
)
