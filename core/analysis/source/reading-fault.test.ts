import { expect, test } from 'vitest'
import type { Measure } from '../metric.ts'
import type { CountedReading } from './reading-fault.ts'
import { faultOf, isCounted } from './reading-fault.ts'
import { edges, measures, noData } from './source-judge.arbitrary.ts'

// What follows from a fault is in source-judge.test.ts.
const eight = [0, 0, 0, 0, 0, 0, 0, 0]
test.each<readonly [string, Measure, CountedReading]>([
  ['nothing at all', measures.share, { kind: 'share', hits: 0, total: 0 }],
  ['all of them', measures.share, { kind: 'share', hits: 10, total: 10 }],
  ['more restarts than seconds', measures.restarts, { kind: 'share', hits: 3, total: 0.5 }],
  ['a mean of nothing', measures.mean, { kind: 'mean', sum: 0, count: 0 }],
  ['a mean at its upper bound', measures.mean, { kind: 'mean', sum: 2_000, count: 10 }],
  ['a mean above it by rounding', measures.mean, { kind: 'mean', sum: 2_000 + 1e-7, count: 10 }],
  ['a mean below its lower bound by rounding', measures.mean, { kind: 'mean', sum: -1e-7, count: 10 }],
  ['a mean of what is below zero', { ...measures.mean, low: -5, high: -1 }, { kind: 'mean', sum: -30, count: 10 }],
  ['a value at its lower bound', measures.value, { kind: 'value', value: 0 }],
  ['a value at its upper bound', measures.value, { kind: 'value', value: 100 }],
  ['empty buckets', measures.histogram, { kind: 'histogram', edges, counts: eight }],
  ['one edge', measures.histogram, { kind: 'histogram', edges: [-1], counts: [1, 2] }],
])('%s is no fault', (_, measure, reading) => {
  expect(faultOf(measure, reading)).toBeNull()
})

test.each<readonly [string, Measure, CountedReading, string]>([
  ['a counter that went backwards', measures.share, { kind: 'share', hits: -1, total: 1 }, 'negative'],
  ['a total that went backwards', measures.share, { kind: 'share', hits: 0, total: -1 }, 'negative'],
  ['hits that are no number', measures.share, { kind: 'share', hits: Number.NaN, total: 1 }, 'notANumber'],
  ['an infinite total', measures.share, { kind: 'share', hits: 0, total: Number.POSITIVE_INFINITY }, 'notANumber'],
  ['restarts below zero', measures.restarts, { kind: 'share', hits: -1, total: 1 }, 'negative'],
  ['a sum that is no number', measures.mean, { kind: 'mean', sum: Number.NaN, count: 1 }, 'notANumber'],
  ['a count below zero', measures.mean, { kind: 'mean', sum: 0, count: -1 }, 'negative'],
  ['a sum below its bounds', measures.mean, { kind: 'mean', sum: -0.1, count: 10 }, 'outside'],
  ['a value that is no number', measures.value, { kind: 'value', value: Number.NaN }, 'notANumber'],
  ['a value above its bounds', measures.value, { kind: 'value', value: 100.1 }, 'outside'],
  ['a value below its bounds', measures.value, { kind: 'value', value: -0.1 }, 'outside'],
  ['no edges', measures.histogram, { kind: 'histogram', edges: [], counts: [1] }, 'shape'],
  ['edges that descend', measures.histogram, { kind: 'histogram', edges: [2, 1], counts: [0, 0, 0] }, 'shape'],
  ['a value for a share', measures.share, { kind: 'value', value: 1 }, 'wrongKind'],
  ['a share for a mean', measures.mean, { kind: 'share', hits: 0, total: 1 }, 'wrongKind'],
  ['a mean for restarts', measures.restarts, { kind: 'mean', sum: 0, count: 1 }, 'wrongKind'],
  ['a histogram for a value', measures.value, { kind: 'histogram', edges: [1], counts: [0, 1] }, 'wrongKind'],
  ['a value for a histogram', measures.histogram, { kind: 'value', value: 1 }, 'wrongKind'],
  ['a mean that is off by more than rounding', measures.mean, { kind: 'mean', sum: 2_000.1, count: 10 }, 'outside'],
  ['a sum without observations', measures.mean, { kind: 'mean', sum: 1, count: 0 }, 'outside'],
  ['an infinite count', measures.mean, { kind: 'mean', sum: 1, count: Number.POSITIVE_INFINITY }, 'notANumber'],
  ['hits of nothing', measures.share, { kind: 'share', hits: 1, total: 0 }, 'moreThanAll'],
  ['an edge that comes twice', measures.histogram, { kind: 'histogram', edges: [1, 1], counts: [0, 0, 0] }, 'shape'],
  ['as many buckets as edges', measures.histogram, { kind: 'histogram', edges: [1, 2], counts: [0, 0] }, 'shape'],
  [
    'an infinite edge',
    measures.histogram,
    { kind: 'histogram', edges: [Number.POSITIVE_INFINITY], counts: [0, 0] },
    'notANumber',
  ],
  ['an infinite bucket', measures.histogram, { kind: 'histogram', edges: [1], counts: [0, Number.NaN] }, 'notANumber'],
  ['a bucket below zero', measures.histogram, { kind: 'histogram', edges: [1], counts: [-1, 1] }, 'negative'],
])('%s is one', (_, measure, reading, fault) => {
  expect(faultOf(measure, reading)).toBe(fault)
})

test('what is absent, stale or failed is not counted', () => {
  expect(isCounted(noData)).toBe(false)
  expect(isCounted({ kind: 'stale', lastAt: 0 as never })).toBe(false)
  expect(isCounted({ kind: 'error', reason: 'refused' })).toBe(false)
  expect(isCounted({ kind: 'value', value: 1 })).toBe(true)
})
