import type { RolloutId } from '@humdrum/core/ids.ts'
import type { Instance } from '@humdrum/core/ports.ts'
import { pending, seen } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { RouteReport } from '@humdrum/core/routing/route.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { nothing } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import type { Measurement } from '../store/records.ts'
import { measured, observed } from './observe.ts'

const rollout = pending()
const at = 5 as Instant

const told = (rescued: number, id = rollout.id): RouteReport => ({
  ...rollout.scope,
  fence: { rollout: id, generation: 1 },
  epoch: 'e',
  ...{ stable: null, candidate: null, weight: nothing, lapsed: false, trip: null, hold: null, judge: null },
  ...{ badInstance: null, mismatch: null },
  rescued,
  releases: [],
})

const after = (last: Measurement | null, route: RouteReport | null): Measurement => {
  const reports = {
    at,
    instances: [],
    route,
    placed: { kind: 'verified' },
    startProblem: null,
    sources: null,
    kept: null,
  } as const
  return measured(rollout, { reports, seen: seen(5), last })
}

test('what was rescued is what the edge tells, and never less than was known', () => {
  const first = after(null, told(3))
  expect(first.rescued).toBe(3)
  expect(after(first, told(2)).rescued).toBe(3)
  expect(after(first, null).rescued).toBe(3)
  expect(after(first, told(9, (rollout.id - 1) as RolloutId)).rescued).toBe(3)
  expect(after(first, told(4)).rescued).toBe(4)
})

test('a measurement of before there was a shield has rescued nothing', () => {
  const { rescued: _, ...earlier } = after(null, null)
  expect(after(earlier as Measurement, told(0)).rescued).toBe(0)
})

test('what was counted stays when nobody knows a judge of it any more', () => {
  const counted = { candidate: { requests: 9, bad: 3 }, stable: { requests: 90, bad: 1 } }
  expect(after({ ...after(null, null), ...counted }, told(0))).toMatchObject(counted)
})

test('what is told of a release is how its most troubled instance ended, not that another is not ready yet', () => {
  const release = rollout.plan.candidate
  const crashed: Instance = {
    ...{ id: 'a', release, host: '127.0.0.1', port: 1, state: 'crashed' },
    ...{ restarts: 3, lastExit: 'exited with code 7' },
  }
  const starting: Instance = { ...crashed, id: 'b', state: 'starting', restarts: 0, lastExit: 'does not listen' }
  const reports = {
    at,
    route: null,
    placed: { kind: 'verified' },
    startProblem: null,
    sources: null,
    kept: null,
  } as const
  const seenNow = observed(rollout, { ...reports, instances: [crashed, starting] })
  expect(seenNow.releases.get(release)).toMatchObject({ restarts: 3, lastExit: 'exited with code 7' })
})
