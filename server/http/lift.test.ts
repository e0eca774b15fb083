import { problemSchema } from '@humdrum/contract/api.ts'
import type { AppName, Digest, RolloutId } from '@humdrum/core/ids.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { liftRejection, listRejections } from '../store/records.ts'
import { reject } from '../store/rollouts.ts'
import type { StartedHttp } from './started-http.ts'
import { now, startHttp } from './started-http.ts'

const start = '0123abcd'
const one = `sha256:${start}${'1'.repeat(56)}` as Digest
const other = `sha256:${start}${'2'.repeat(56)}` as Digest
const third = `sha256:${'f'.repeat(64)}` as Digest
let http: StartedHttp
/** Comes between the look at what is rejected and the lift. */
let quicker: () => unknown

beforeEach(async () => {
  quicker = () => null
  const slow = (): Instant => {
    quicker()
    return now()
  }
  http = await startHttp({}, { now: slow })
  const rejecting = { app: 'shop' as AppName, rollout: 1 as RolloutId, reason: 'errors', at: now() }
  for (const digest of [one, other, third]) await reject(http.store.db, { digest, ...rejecting })
})
afterEach(() => http[Symbol.asyncDispose]())

const lift = async (digest: string, body: unknown = { reason: 'it was the database' }) => {
  const response = await http.fetch(`/v1/rejections/${encodeURIComponent(digest)}/lift`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', 'x-humdrum-actor': 'ada' },
  })
  return { status: response.status, body: await response.json() }
}

test.for([third, 'ffffffffffff', 'FFFFFFFF'])('lifts %s, with who did it and why on record', async (given) => {
  expect(await lift(given)).toEqual({ status: 200, body: { digest: third } })
  expect((await listRejections(http.store.db)).map(({ digest }) => digest)).toEqual([one, other])
  const row = http.store.db.selectFrom('rejections').selectAll().where('digest', '=', third)
  expect(await row.executeTakeFirst()).toMatchObject({ lifted_by: 'ada', lifted_reason: 'it was the database' })
})

test('lifting twice says that it is not rejected', async () => {
  await lift(third)
  expect(await lift(third)).toMatchObject({ status: 404, body: { code: 'HD4106' } })
})

test('says so when somebody else was quicker', async () => {
  const by = { actor: 'bob', reason: 'me too', at: now() }
  quicker = () => liftRejection(http.store.db, third, by)
  expect(await lift(third)).toMatchObject({ status: 404, body: { code: 'HD4106' } })
})

test.for([
  ['what several begin with', start, { code: 'HD9001', status: 400, place: ':digest' }],
  ['what is too short to be meant', 'fffffff', { code: 'HD9001', status: 400, place: ':digest' }],
  ['what is no digest', 'v2-and-more', { code: 'HD9001', status: 400, place: ':digest' }],
  ['what is not rejected', '9'.repeat(64), { code: 'HD4106', status: 404 }],
] as const)('lifts nothing for %s', async ([, given, expected]) => {
  expect(problemSchema.parse((await lift(given)).body)).toMatchObject(expected)
  expect(await listRejections(http.store.db)).toHaveLength(3)
})

test.for([{}, { reason: '' }])('wants a reason, not %o', async (body) => {
  expect((await lift(third, body)).body).toMatchObject({ code: 'HD9001', place: 'reason' })
  expect(await listRejections(http.store.db)).toHaveLength(3)
})
