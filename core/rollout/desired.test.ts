// Goal: the way back stays warm for its time and no longer, and takes nothing from what serves.
import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import type { Version } from '../ids.ts'
import type { Instant } from '../time.ts'
import { ppm } from '../time.ts'
import { desired } from './desired.ts'
import { pending, plan, router, seen, v1, v2, whole } from './rollout.arbitrary.ts'
import type { Plan, Rollout } from './state.ts'

const succeeded = (over: Partial<Plan> = {}): Rollout => ({ ...pending(over), phase: 'Succeeded', since: 0 as Instant })
const served = router({ stable: v2, candidate: null, weight: ppm(0) })
const at = (ms: number) => seen(ms, { router: served })

test.prop([fc.nat({ max: plan.standbyMs - 1 }), fc.nat({ max: 2 })])(
  'what a deploy replaced stays whole for the time of the standby, out of the route once it is drained',
  (ms, ready) => {
    const releases = new Map([
      [v1, { ...whole, instances: ready, ready }],
      [v2, whole],
    ])
    const world = desired(succeeded(), seen(ms, { router: served, releases }))
    expect(world).toMatchObject({ stable: v2, candidate: null, draining: [], grant: null, standby: v1 })
    expect(Object.fromEntries(world.instances)).toEqual({ v1: plan.stableInstances, v2: plan.candidateInstances })
  },
)

test('then it stops, as it does at once without a standby', () => {
  for (const [rollout, ms] of [
    [succeeded(), plan.standbyMs],
    [succeeded({ standbyMs: 0 }), 1],
  ] as const) {
    const world = desired(rollout, at(ms))
    expect(world).toMatchObject({ stable: v2, standby: null })
    expect(world.instances.get(v1)).toBe(0)
  }
})

test('the next rollout ends it: then the release that serves is the way back', () => {
  const v3 = 'v3' as Version
  const releases = new Map([v1, v2].map((release) => [release, whole]))
  const next = pending({ candidate: v3, stable: v2 })
  expect(desired(next, seen(10, { router: served, releases })).instances.get(v1)).toBe(0)
})

test('a bake that a person ended gives the holdback away, as far as the candidate carries it', () => {
  const skipped = { ...pending(), phase: 'Promoting', skipsBake: true } as const
  expect(desired(skipped, seen(10)).grant?.weight).toBe(1_000_000)
  const half = new Map([
    [v1, whole],
    [v2, { ...whole, ready: 1 }],
  ])
  expect(desired(skipped, seen(10, { releases: half })).grant?.weight).toBe(500_000)
})
