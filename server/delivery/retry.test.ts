// Goal: what failed for a reason that has passed begins again as it was; what was proved bad does not.
import { failed } from '@humdrum/core/errors.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import type { Cause } from '@humdrum/core/rollout/state.ts'
import { ppm } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { liftRejection, transitionsAfter } from '../store/records.ts'
import { getRollout } from '../store/rollouts.ts'
import type { Bed } from './delivery-bed.ts'
import { bytes, openBed } from './delivery-bed.ts'
import { retry } from './retry.ts'
import { rollback } from './rollback.ts'

let bed: Bed

beforeEach(async () => {
  bed = await openBed()
  await bed.live(bytes.one)
})
afterEach(() => bed.store.close())

const aborted: Cause = { kind: 'abort', actor: 'ada', reason: 'lunch' }
const again = (rollout: RolloutId) => retry(bed.parts, { rollout, actor: 'bob', reason: 'the database is back' })
const planOf = async (id: RolloutId) => (await getRollout(bed.store.db, id))?.rollout.plan

test.each(['Failed', 'RolledBack'] as const)('a rollout that ended %s begins again as it was', async (phase) => {
  const id = await bed.begun(bytes.two)
  await bed.end(id, { phase, cause: aborted })
  const result = await again(id)
  if (!result.ok) throw new Error(result.fault.reason)
  expect(result.value).toBeGreaterThan(id)
  expect(await planOf(result.value)).toEqual(await planOf(id))
  const [last] = (await transitionsAfter(bed.store.db, { after: 0, rollout: result.value, limit: 1 })).map((one) => one)
  expect(last?.text).toContain('(asked by bob: r-2 again: the database is back)')
})

test('the way back is checked anew', async () => {
  const id = await bed.begun(bytes.two)
  await bed.end(id, { phase: 'Failed', cause: aborted })
  bed.parts = { ...bed.parts, place: async () => failed('HD3004', 'server.js differs') }
  expect(await again(id)).toMatchObject({ fault: { code: 'HD4311', reason: 'to v1: server.js differs' } })
})

test('a disk that is too full is one for it too', async () => {
  const id = await bed.begun(bytes.two)
  await bed.end(id, { phase: 'Failed', cause: aborted })
  bed.parts = { ...bed.parts, disks: async () => [{ folder: '/srv', used: ppm(950_000), freeBytes: 1 }] }
  expect(await again(id)).toMatchObject({ fault: { code: 'HD1109' } })
})

test('a variable that is missing still is named', async () => {
  const id = await bed.begun(bytes.two)
  await bed.end(id, { phase: 'Failed', cause: aborted })
  bed.parts = { ...bed.parts, missingVariables: () => ['SHOP_DB'] }
  expect(await again(id)).toMatchObject({ fault: { code: 'HD4103', reason: expect.stringContaining('SHOP_DB') } })
})

test('rejected bytes are refused until they are lifted', async () => {
  const id = await bed.begun(bytes.two)
  await bed.end(id, { phase: 'RolledBack', cause: aborted }, 'rejects its bytes')
  const next = expect.stringContaining('humdrum lift 222222222222')
  expect(await again(id)).toMatchObject({ fault: { code: 'HD4102', next } })
  await liftRejection(bed.store.db, bytes.two, { actor: 'ada', reason: 'no', at: bed.parts.now() })
  expect((await again(id)).ok).toBe(true)
})

test('only the newest is begun again, once, and nothing that went well or is under way', async () => {
  expect(await again(9 as RolloutId)).toMatchObject({ fault: { code: 'HD4003' } })
  const id = await bed.begun(bytes.two)
  expect(await again(id)).toMatchObject({ fault: { code: 'HD4109', next: expect.stringContaining('humdrum abort') } })
  await bed.end(id, { phase: 'Failed', cause: aborted })
  const both = await Promise.all([again(id), again(id)])
  expect(both.map(({ ok }) => ok).toSorted()).toEqual([false, true])
  await bed.end(3 as RolloutId, { phase: 'Succeeded' })
  expect(await again(3 as RolloutId)).toMatchObject({ fault: { code: 'HD4109' } })
  expect(await again(id)).toMatchObject({ fault: { code: 'HD4109', next: expect.stringContaining('retry r-3') } })
})

test('a rollback that was aborted goes back again, at once where that is warm by now', async () => {
  await bed.live(bytes.two)
  const first = await rollback(bed.parts, bed.back)
  if (!first.ok) throw new Error(first.fault.reason)
  await bed.end(first.value, { phase: 'Failed', cause: aborted })
  bed.runs({ v1: ['ready', 'ready'] })
  const second = await again(first.value)
  if (!second.ok) throw new Error(second.fault.reason)
  expect((await getRollout(bed.store.db, second.value))?.rollout).toMatchObject({
    phase: 'Promoting',
    plan: { kind: 'rollback', candidate: 'v1', stable: 'v2' },
  })
})
