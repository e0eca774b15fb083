import { expect, test } from 'vitest'
import { thresholdsOf } from './histogram-threshold.ts'

const edges = [0.1, 0.2, 0.5, 1]
/** 500 up to 0.1, 400 up to 0.2, 90 up to 0.5, 9 up to 1, 1 beyond. */
const seen = { edges, counts: [500, 400, 90, 9, 1] }
const plan = { worse: 'higher', margin: 1.2, quantiles: [0.5, 0.9, 0.99, 0.999] } as const
const everywhere = (): boolean => true
const edgesOf = (over: object = {}, usable: (edge: number) => boolean = everywhere) =>
  thresholdsOf(seen, { ...plan, ...over }, usable).map(({ quantile, edge, allowed }) => [quantile, edge, allowed])

test('each quantile has the edge beyond which its share of stable lies', () => {
  expect(edgesOf()).toEqual([
    [0.5, 0.1, 0.2],
    [0.9, 0.2, 0.5],
    [0.99, 0.5, 1],
    [0.999, 1, null],
  ])
  const [median] = thresholdsOf(seen, plan, everywhere)
  expect(median?.prior.share).toBeCloseTo(0.5, 3)
  expect(median?.prior.requests).toBe(1_000)
})

test('an edge that both arms do not have is not taken; quantiles may share one', () => {
  expect(edgesOf({}, (edge) => edge !== 0.2)).toEqual([
    [0.5, 0.1, 0.5],
    [0.9, 0.1, 0.5],
    [0.99, 0.5, 1],
    [0.999, 1, null],
  ])
  expect(edgesOf({}, () => false)).toEqual([])
})

test('the margin goes as far as the histogram can tell, and at least to its next edge', () => {
  expect(edgesOf({ margin: 5, quantiles: [0.5] })).toEqual([[0.5, 0.1, 0.5]])
  expect(edgesOf({ margin: 1.001, quantiles: [0.5] })).toEqual([[0.5, 0.1, 0.2]])
})

test('where lower is worse the bad ones lie below, and the margin goes down', () => {
  expect(edgesOf({ worse: 'lower', quantiles: [0.5, 0.9] })).toEqual([
    [0.5, 0.1, null],
    [0.9, 0.2, 0.1],
  ])
  expect(edgesOf({ worse: 'lower', quantiles: [0.99], margin: 5 })).toEqual([[0.99, 0.5, 0.1]])
})

test('what matters is what would spill over the edge if stable were 5 % slower, in the tail 10 %', () => {
  const [median, p90, p99] = thresholdsOf(seen, plan, everywhere)
  expect(median?.least).toBeCloseTo((0.5 * Math.log(1.05)) / Math.LN2, 9) // its bucket has no lower end
  expect(p90?.least).toBeCloseTo((0.4 * Math.log(1.05)) / Math.LN2, 9)
  expect(p99?.least).toBeCloseTo((0.09 * Math.log(1.1)) / Math.log(2.5), 9)
})

test('more of the past than 6,000 observations is worth no more', () => {
  const more = { edges, counts: seen.counts.map((count) => count * 100) }
  expect(thresholdsOf(more, plan, everywhere)[0]?.prior.requests).toBe(6_000)
})

test('where lower is worse, what matters would spill over from above', () => {
  const lower = { ...plan, worse: 'lower', quantiles: [0.005, 0.5, 0.9, 0.999] } as const
  const few = { edges: [0.05, ...edges], counts: [5, 495, 400, 90, 9, 1] }
  const [lowest, median, p90, last] = thresholdsOf(few, lower, everywhere)
  expect([lowest?.edge, median?.edge, p90?.edge, last?.edge]).toEqual([0.05, 0.1, 0.2, 1])
  expect(lowest?.least).toBeCloseTo((0.495 * Math.log(1.1)) / Math.LN2, 9)
  expect(median?.least).toBeCloseTo((0.4 * Math.log(1.05)) / Math.LN2, 9)
  expect(p90?.least).toBeCloseTo((0.09 * Math.log(1.05)) / Math.log(2.5), 9)
  expect(last?.least).toBeCloseTo((0.001 * Math.log(1.1)) / Math.LN2, 9) // its bucket has no upper end
  const leastAt = (quantile: number) => thresholdsOf(few, { ...lower, quantiles: [quantile] }, everywhere)[0]?.least
  expect(leastAt(0.01)).toBeCloseTo((0.495 * Math.log(1.1)) / Math.LN2, 9)
  expect(leastAt(0.011)).toBeCloseTo((0.495 * Math.log(1.05)) / Math.LN2, 9)
})

test('where an edge is not above zero no logarithm is taken of it', () => {
  const signed = { edges: [-1, 0, 1, 2], counts: [100, 400, 400, 90, 10] }
  const leasts = thresholdsOf(signed, { ...plan, quantiles: [0.5, 0.9] }, everywhere).map(({ edge, least }) => [
    edge,
    least,
  ])
  expect(leasts).toEqual([
    [0, expect.closeTo((0.4 * Math.log(1.05)) / Math.LN2, 9)],
    [1, expect.closeTo((0.4 * Math.log(1.05)) / Math.LN2, 9)],
  ])
})

test('of two edges that are as near the first is taken', () => {
  const even = { edges: [1, 2], counts: [50, 0, 50] }
  expect(thresholdsOf(even, { ...plan, quantiles: [0.5] }, everywhere)[0]?.edge).toBe(1)
})
