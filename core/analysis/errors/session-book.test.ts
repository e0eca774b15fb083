import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { PartsPerMillion } from '../../time.ts'
import { everything, ppm } from '../../time.ts'
import { buckets, createSessionBook, isWithin } from './session-book.ts'

const salts = [0x12345678, 0x9abcdef0] as const
const percent = (share: number): PartsPerMillion => ppm(share * 10_000)
const bookAt = (share: number) => createSessionBook(salts, percent(share))
/** A bucket between two weights. */
const bucketIn = (book: ReturnType<typeof bookAt>, from: number, to: number): number => {
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const position = book.position(bucket)
    if (isWithin(percent(to), position) && !isWithin(percent(from), position)) return bucket
  }
  throw new Error('no bucket lies there')
}

describe('the side of a bucket', () => {
  test.each([0.1, 1, 10, 50])('%d %% of the buckets are within that weight, to 4 standard deviations', (share) => {
    const book = bookAt(1)
    let within = 0
    for (let bucket = 0; bucket < buckets; bucket += 1) if (isWithin(percent(share), book.position(bucket))) within += 1
    const expected = (buckets * share) / 100
    expect(Math.abs(within - expected)).toBeLessThan(4 * Math.sqrt(expected * (1 - share / 100)))
  })

  test('another salt is another draw: of a tenth, a tenth is the same', () => {
    const [one, other] = [bookAt(1), createSessionBook([salts[0] + 1, salts[1]], percent(1))]
    let both = 0
    for (let bucket = 0; bucket < buckets; bucket += 1)
      if (isWithin(percent(10), one.position(bucket)) && isWithin(percent(10), other.position(bucket))) both += 1
    expect(Math.abs(both - buckets / 100)).toBeLessThan(4 * Math.sqrt(buckets / 100))
  })

  test('nobody leaves while the weight grows: who is within a weight is within every larger one', () => {
    const book = bookAt(1)
    for (let bucket = 0; bucket < 10_000; bucket += 1) {
      const sides = [0, 1, 5, 25, 50, 100].map((share) => isWithin(percent(share), book.position(bucket)))
      expect(sides).toEqual([...sides].sort())
    }
  })
})

describe('a session', () => {
  test('counts once, is bad once, and tells nothing after that', () => {
    const book = bookAt(10)
    const bucket = bucketIn(book, 0, 10)
    book.begin(bucket)
    expect(book.settle(bucket, false)).toBe('new')
    expect(book.settle(bucket, false)).toBe('known')
    expect(book.settle(bucket, true)).toBe('known')
    expect([book.settle(bucket, true), book.settle(bucket, false)]).toEqual(['again', 'again'])
  })

  test('its first outcome may be the bad one', () => {
    const book = bookAt(10)
    book.begin(7)
    expect([book.settle(7, true), book.settle(7, true)]).toEqual(['new', 'again'])
  })

  test('one that changed sides is out of both, also when its weight comes back', () => {
    const book = bookAt(1)
    const [moving, staying] = [bucketIn(book, 1, 5), bucketIn(book, 5, 10)]
    for (const bucket of [moving, staying]) book.begin(bucket)
    book.weigh(percent(5))
    book.weigh(percent(1))
    expect([book.settle(moving, true), book.settle(staying, true)]).toEqual(['again', 'new'])
  })

  test('has a latency once', () => {
    const book = bookAt(10)
    book.begin(3)
    expect([book.time(3), book.time(3)]).toEqual([true, false])
  })

  test('its weight is min/(min + 1 - max) of those since its first request, and that of another is its own', () => {
    const book = bookAt(1)
    book.begin(1)
    expect(book.weight(1)).toBe(percent(1))
    book.weigh(percent(25))
    book.begin(2)
    expect(book.weight(1)).toBe(Math.ceil(everything * (0.01 / 0.76)))
    expect(book.weight(2)).toBe(percent(25))
    book.weigh(percent(20))
    expect(book.weight(2)).toBe(Math.ceil(everything * (0.2 / 0.95)))
    book.weigh(ppm(0))
    expect([book.weight(1), book.weight(2)]).toEqual([0, 0])
  })

  test('from 0 to everything leaves no session that tells anything', () => {
    const book = bookAt(0)
    book.begin(1)
    book.weigh(everything)
    expect(book.weight(1)).toBe(0)
    expect(book.settle(1, true)).toBe('again')
  })

  test.prop([fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 6 })])(
    'of the sessions that never changed sides, its weight are the candidate’s',
    (weights) => {
      const book = bookAt(weights[0] ?? 1)
      const sessions = 4_000
      for (let bucket = 0; bucket < sessions; bucket += 1) book.begin(bucket)
      for (const weight of weights) book.weigh(percent(weight))
      let [left, ofCandidate] = [0, 0]
      for (let bucket = 0; bucket < sessions; bucket += 1) {
        if (book.settle(bucket, false) === 'again') continue
        left += 1
        if (isWithin(percent(weights.at(-1) ?? 1), book.position(bucket))) ofCandidate += 1
      }
      const expected = (left * book.weight(0)) / everything
      expect(Math.abs(ofCandidate - expected)).toBeLessThan(5 * Math.sqrt(Math.max(1, expected)))
    },
  )
})

test('a client without a session: what fails together counts once in a second, and its bucket tells nothing any more', () => {
  const book = bookAt(10)
  expect([book.refuse(5, 9, 1), book.refuse(6, 9, 1), book.refuse(6, 10, 1), book.refuse(5, 9, 2)]).toEqual([
    ...[true, false, true, true],
  ])
  book.begin(5)
  expect(book.settle(5, true)).toBe('again')
})

test('it is full after some thousand changes of weight', () => {
  const book = bookAt(1)
  for (let change = 0; change < 8_190; change += 1) book.weigh(ppm(change + 10_001))
  expect(book.isFull()).toBe(true)
})
