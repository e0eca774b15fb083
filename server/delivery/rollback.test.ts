// Goal: what is warm takes over at once and needs nothing of the disk; what is not goes the longer way, or says why not.
import { failed } from '@humdrum/core/errors.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { listRejections } from '../store/records.ts'
import { getRollout } from '../store/rollouts.ts'
import type { Bed } from './delivery-bed.ts'
import { bytes, openBed } from './delivery-bed.ts'
import { rollback } from './rollback.ts'

let bed: Bed

beforeEach(async () => {
  bed = await openBed()
  await bed.live(bytes.one, bytes.two)
})
afterEach(() => bed.store.close())

const goneBack = async () => {
  const result = await rollback(bed.parts, bed.back)
  if (!result.ok) throw new Error(result.fault.reason)
  return (await getRollout(bed.store.db, result.value))?.rollout
}

const broken = async () => failed('HD1107', 'the artifact does not fit')

test('a release whose instances are all ready takes everything at once, whatever becomes of its bytes', async () => {
  bed.runs({ v1: ['ready', 'ready'], v2: ['ready', 'crashed'] })
  bed.parts = { ...bed.parts, place: broken, missingVariables: () => ['SHOP_DB'] }
  const rollout = await goneBack()
  expect(rollout).toMatchObject({ phase: 'Promoting', plan: { candidate: 'v1', candidateInstances: 2, standbyMs: 0 } })
  expect(rollout?.plan.wayBack?.checked).toEqual(['v1 is warm: 2 of 2 instances ready'])
  expect(rollout?.plan.wayBack?.notChecked).toContain('its bytes on the disk')
  expect(await listRejections(bed.store.db)).toMatchObject([{ digest: bytes.two }])
})

test.each([
  ['one is not ready', ['ready', 'starting']],
  ['one is missing', ['ready']],
  ['it is stopping', ['stopping', 'stopping']],
  ['nothing of it runs', []],
] as const)('where %s it starts anew, and its bytes are verified', async (_, v1) => {
  bed.runs({ v1, v2: ['ready', 'ready'] })
  const rollout = await goneBack()
  expect(rollout?.phase).toBe('Pending')
  expect(rollout?.plan.wayBack?.checked).toEqual(['v1 is present and verified'])
})

test('where it is not warm and does not verify the rollback is refused', async () => {
  bed.parts = { ...bed.parts, place: broken }
  expect(await rollback(bed.parts, bed.back)).toMatchObject({ fault: { code: 'HD4311' } })
})

test('none of more instances than are needed is stopped in the moment in which they get the traffic', async () => {
  bed.runs({ v1: ['ready', 'ready', 'ready'] })
  expect(await goneBack()).toMatchObject({ phase: 'Promoting', plan: { candidateInstances: 3, stableInstances: 2 } })
})

test('a rejected release is refused although it is warm', async () => {
  bed.runs({ v1: ['ready', 'ready'] })
  await bed.reject(bytes.one)
  expect(await rollback(bed.parts, bed.back)).toMatchObject({ fault: { code: 'HD4311' } })
})
