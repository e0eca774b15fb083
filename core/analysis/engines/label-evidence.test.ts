// Goal: the e-processes over labelled requests are what their proof says. Method: the mean of one factor worked out
// exactly, laws at the limits, and releases simulated at the very margin.
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import type { PartsPerMillion } from '../../time.ts'
import { everything, nothing, ppm } from '../../time.ts'
import { createRandom, draws } from '../seeded-random.ts'
import { gridSize, gridSteps } from './grid.ts'
import type { LabelEvidence } from './label-evidence.ts'
import { blankLabels, createLabelEvidence, labelComponents, maxEvidence } from './label-evidence.ts'

const blank = (): LabelEvidence => createLabelEvidence(blankLabels)

property.prop([fc.integer({ min: 1, max: 999_999 })])(
  'under a fair split no component gains: w a + (1-w) b = 1',
  (weight) => {
    const [candidate, stable] = [blank(), blank()]
    candidate.bad('candidate', ppm(weight))
    stable.bad('stable', ppm(weight))
    const share = weight / everything
    for (let k = 0; k < labelComponents; k += 1) {
      const [ofCandidate, ofStable] = [candidate.state().logs[k] ?? 0, stable.state().logs[k] ?? 0]
      expect(share * Math.exp(ofCandidate) + (1 - share) * Math.exp(ofStable)).toBeCloseTo(1, 12)
      if (k < gridSize) expect(ofCandidate - ofStable).toBeCloseTo(gridSteps[k] ?? 0, 12)
    }
  },
)

property.prop([fc.integer({ min: 1, max: 999_999 }), fc.double({ min: 0, max: 0.4, noNaN: true })])(
  'at the margin the mean of one factor is at most 1, worked out over its four outcomes',
  (weight, p0) => {
    const [margin, share] = [0.01, weight / everything]
    const p1 = p0 + margin
    const after = (arm: 'candidate' | 'stable' | null): number => {
      const one = blank()
      one.count(ppm(weight))
      if (arm !== null) one.bad(arm, ppm(weight))
      return one.bounded(margin)
    }
    const mean =
      share * p1 * after('candidate') +
      (1 - share) * p0 * after('stable') +
      (1 - share * p1 - (1 - share) * p0) * after(null)
    expect(mean).toBeLessThanOrEqual(1 + 1e-12)
  },
)

test('one certain arm says nothing', () => {
  const evidence = blank()
  for (const weight of [nothing, everything]) {
    for (const arm of ['candidate', 'stable'] as const) {
      evidence.count(weight)
      evidence.bad(arm, weight)
    }
  }
  expect(evidence.state().logs).toEqual(blankLabels.logs)
  expect(evidence.value()).toBeCloseTo(1, 14)
  expect(evidence.promotion()).toBeCloseTo(1, 14)
  expect(evidence.difference(0.01)).toEqual({ lower: -1, upper: 1 })
})

test('stays finite: no more than 1e300, no less than 0', () => {
  const [high, low] = [blank(), blank()]
  for (let event = 0; event < 100_000; event += 1) {
    high.bad('candidate', ppm(1))
    low.bad('stable', ppm(999_999))
  }
  expect(high.value()).toBe(maxEvidence)
  expect(low.value()).toBeGreaterThanOrEqual(0)
  expect([...high.state().logs, ...low.state().logs].every(Number.isFinite)).toBe(true)
})

test('knows any number of weights, also when the oldest were let go', () => {
  const [up, down] = [blank(), blank()]
  const weights = Array.from({ length: 1_000 }, (_, index) => ppm(index + 1))
  for (const [one, order] of [
    [up, weights],
    [down, weights.toReversed()],
  ] as const) {
    for (const weight of order) {
      one.count(weight)
      one.bad('stable', weight)
    }
  }
  expect(up.value()).toBeCloseTo(down.value(), 9)
  expect(up.promotion()).toBeCloseTo(down.promotion(), 9)
})

type Stream = { readonly p0: number; readonly p1: number; readonly requests: number; readonly seed: number }

const weightAt = (done: number): PartsPerMillion => ppm(done < 0.4 ? 100_000 : 500_000)

/** True as soon as `passed` is, asked now and then. */
const ever = ({ p0, p1, requests, seed }: Stream, passed: (evidence: LabelEvidence) => boolean): boolean => {
  const [evidence, random] = [blank(), createRandom(seed)]
  for (let request = 0; request < requests; request += 1) {
    const weight = weightAt(request / requests)
    const arm = random() < (weight / everything) * draws ? 'candidate' : 'stable'
    evidence.count(weight)
    if (random() < (arm === 'candidate' ? p1 : p0) * draws) evidence.bad(arm, weight)
    if (request % 200 === 199 && passed(evidence)) return true
  }
  return false
}

const share = (runs: number, holds: (seed: number) => boolean): number =>
  Array.from({ length: runs }, (_, seed) => holds(seed + 1)).filter(Boolean).length / runs
const atMost = (level: number, runs: number): number => level + 3 * Math.sqrt((level * (1 - level)) / runs)

test.each([
  { p0: 0.001, p1: 0.006 },
  { p0: 0.02, p1: 0.03 },
])('of releases exactly at the margin ($p0 → $p1) at most beta are promoted', ({ p0, p1 }) => {
  const promoted = share(200, (seed) => ever({ p0, p1, requests: 20_000, seed }, (one) => one.promotion() >= 20))
  expect(promoted).toBeLessThanOrEqual(atMost(0.05, 200))
})

test('a release that is as good as stable is promoted', () => {
  const good = { p0: 0.001, p1: 0.001, requests: 40_000 }
  expect(share(50, (seed) => ever({ ...good, seed }, (one) => one.promotion() >= 20))).toBe(1)
})

test('the interval of the difference misses at most alpha, at all looks together', () => {
  const missed = share(200, (seed) =>
    ever({ p0: 0.01, p1: 0.03, requests: 10_000, seed }, (one) => {
      const { lower, upper } = one.difference(0.05)
      return lower > 0.02 || upper < 0.02
    }),
  )
  expect(missed).toBeLessThanOrEqual(atMost(0.05, 200))
  const found = ever({ p0: 0.01, p1: 0.2, requests: 10_000, seed: 1 }, (one) => one.difference(0.05).lower > 0.1)
  expect(found).toBe(true)
})
