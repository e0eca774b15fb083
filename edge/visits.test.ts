import { buckets } from '@humdrum/core/analysis/errors/session-book.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import { nothing, ppm } from '@humdrum/core/time.ts'
import { describe, expect, test } from 'vitest'
import { createRandom } from './choose.ts'
import { bucketIn, cookieOf, Visits } from './visits.ts'

describe('the cookie', () => {
  test.each([
    ['humdrum-bucket=00000', 0],
    ['humdrum-bucket=fffff', buckets - 1],
    ['a=b; humdrum-bucket=0ab1c', 0xab1c],
    ['a=b;humdrum-bucket=0ab1c;c=d', 0xab1c],
  ])('%j is read', (header, bucket) => {
    expect(bucketIn(header)).toBe(bucket)
  })

  test.each([
    ...[undefined, '', 'humdrum-bucket=', 'humdrum-bucket=0ab1', 'humdrum-bucket=0ab1c0', 'humdrum-bucket=0AB1C'],
    ...[
      'humdrum-bucket="0ab1c"',
      'xhumdrum-bucket=0ab1c',
      'Humdrum-Bucket=0ab1c',
      'humdrum-bucket= 0ab1c',
      'humdrum-bucket=-0ab1',
    ],
    ...['humdrum-bucket=0ab1c,', `a=${'b'.repeat(60_000)}`],
  ])('%j is none', (header) => {
    expect(bucketIn(header)).toBeNull()
  })

  test('what is told is read again', () => {
    for (const bucket of [0, 1, 0xab1c, buckets - 1]) expect(bucketIn(cookieOf(bucket).split(';')[0])).toBe(bucket)
    expect(cookieOf(1)).toBe('humdrum-bucket=00001; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax')
  })
})

const weight = ppm(100_000)
const visits = () => new Visits(1 as RolloutId, weight, createRandom(Uint32Array.of(1, 2, 3, 4)))
const known = { bucket: 5, address: '10.0.0.1' }
const stranger = { bucket: null, address: '10.0.0.1' }

describe('a visit', () => {
  test('of a session counts once, and by the weights since it began', () => {
    const all = visits()
    expect([
      all.receive(known).settle(false, 0),
      all.receive(known).settle(true, 0),
      all.receive(known).settle(true, 0),
    ]).toEqual([...['new', 'known', 'again']])
    all.weigh(ppm(200_000))
    expect(all.receive(known).weight(weight)).toBe(111_112)
  })

  test('of a client without a bucket stands for itself, and is told a bucket', () => {
    const all = visits()
    const [one, other] = [all.receive(stranger), all.receive(stranger)]
    expect(one.isNewcomer).toBe(true)
    expect(one.bucket).not.toBe(other.bucket)
    expect([one.settle(false, 0), other.settle(false, 0), one.weight(weight)]).toEqual(['new', 'new', weight])
  })

  test('of such a client: what fails together counts once in a second, of each address', () => {
    const all = visits()
    const bad = (client: typeof stranger, atMs: number) => all.receive(client).settle(true, atMs)
    const other = { bucket: null, address: '10.0.0.2' }
    expect([bad(stranger, 0), bad(stranger, 999), bad(other, 999), bad(stranger, 1_000)]).toEqual([
      'new',
      'again',
      'new',
      'new',
    ])
  })

  test('tells nothing once sides are drawn anew: from nothing and to it', () => {
    const all = visits()
    const before = all.receive(known)
    all.weigh(nothing)
    const atNothing = all.receive({ ...known, bucket: 6 })
    all.weigh(weight)
    expect([before.settle(true, 0), before.time(), atNothing.settle(true, 0)]).toEqual(['again', false, 'again'])
    expect(all.receive(known).settle(false, 0)).toBe('new')
  })

  test('goes on while the weight grows, and is timed once', () => {
    const all = visits()
    const before = all.receive({ bucket: null, address: '' })
    all.weigh(ppm(300_000))
    expect([before.settle(true, 0), all.receive(known).time(), all.receive(known).time()]).toEqual(['new', true, false])
  })
})
