import { describe, expect, test } from 'vitest'
import type { Reading } from '../../ports.ts'
import type { Instant } from '../../time.ts'
import { measures, noData, share } from './source-judge.arbitrary.ts'
import type { Trouble } from './source-trouble.ts'
import { isMissing, joined, troubleOf } from './source-trouble.ts'

const stale: Reading = { kind: 'stale', lastAt: 5 as Instant }
const down: Reading = { kind: 'error', reason: 'refused' }
const wrong = share(2, 1)
const troubleWith = (candidate: Reading, stable: Reading): Trouble | null =>
  joined(troubleOf(candidate, measures.share), troubleOf(stable, measures.share))

describe('what is told of both arms', () => {
  test.each<readonly [string, Reading, Reading, object | null]>([
    ['nothing where both are good', share(1, 2), share(1, 2), null],
    ['the candidate', noData, share(1, 2), { kind: 'noData', arm: 'candidate', why: 'no series' }],
    ['stable', share(1, 2), stale, { kind: 'stale', arm: 'stable', lastAt: 5 }],
    ['both in the same way', down, down, { kind: 'error', arm: 'both', why: 'refused' }],
    ['what is wrong before what failed', wrong, down, { kind: 'bad', arm: 'candidate', fault: 'moreThanAll' }],
    ['what failed before what is stale', stale, down, { kind: 'error', arm: 'stable' }],
    ['what is stale before what is absent', stale, noData, { kind: 'stale', arm: 'candidate' }],
    ['what is wrong of stable too', noData, wrong, { kind: 'bad', arm: 'stable' }],
  ])('%s', (_, candidate, stable, told) => {
    const trouble = troubleWith(candidate, stable)
    if (told === null) expect(trouble).toBeNull()
    else expect(trouble).toMatchObject(told)
  })
})

describe('a candidate is missing', () => {
  const mean: Reading = { kind: 'mean', sum: 1, count: 1 }
  const value: Reading = { kind: 'value', value: 1 }
  const histogram = (counts: readonly number[]): Reading => ({ kind: 'histogram', edges: [1], counts })

  test.each([noData, stale])('where stable has data', (candidate) => {
    expect(isMissing({ candidate, stable: share(0, 1) }, measures.share)).toBe(true)
    expect(isMissing({ candidate, stable: mean }, measures.mean)).toBe(true)
    expect(isMissing({ candidate, stable: value }, measures.value)).toBe(true)
    expect(isMissing({ candidate, stable: histogram([0, 1]) }, measures.histogram)).toBe(true)
  })

  test('and not where stable has none, or none that can be right', () => {
    expect(isMissing({ candidate: noData, stable: share(0, 0) }, measures.share)).toBe(false)
    expect(isMissing({ candidate: noData, stable: { kind: 'mean', sum: 0, count: 0 } }, measures.mean)).toBe(false)
    expect(isMissing({ candidate: noData, stable: histogram([0, 0]) }, measures.histogram)).toBe(false)
    expect(isMissing({ candidate: noData, stable: wrong }, measures.share)).toBe(false)
    expect(isMissing({ candidate: noData, stable: stale }, measures.share)).toBe(false)
  })

  test('nor where it could not be asked, or answered something', () => {
    expect(isMissing({ candidate: down, stable: share(0, 1) }, measures.share)).toBe(false)
    expect(isMissing({ candidate: wrong, stable: share(0, 1) }, measures.share)).toBe(false)
    expect(isMissing({ candidate: share(0, 0), stable: share(0, 1) }, measures.share)).toBe(false)
  })
})
