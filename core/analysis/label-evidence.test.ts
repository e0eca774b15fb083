import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { everything, nothing, ppm } from '../time.ts'
import { gridSize, gridSteps } from './grid.ts'
import { createLabelEvidence, maxEvidence } from './label-evidence.ts'

const blank = (): readonly number[] => Array.from({ length: gridSize }, () => 0)

property.prop([fc.integer({ min: 1, max: 999_999 })])(
  'under a fair split no component gains: w a + (1-w) b = 1',
  (weight) => {
    const [candidate, stable] = [createLabelEvidence(blank()), createLabelEvidence(blank())]
    candidate.add('candidate', ppm(weight))
    stable.add('stable', ppm(weight))
    const share = weight / everything
    for (let k = 0; k < gridSize; k += 1) {
      const mean = share * Math.exp(candidate.logs()[k] ?? 0) + (1 - share) * Math.exp(stable.logs()[k] ?? 0)
      expect(mean).toBeCloseTo(1, 12)
      expect((candidate.logs()[k] ?? 0) - (stable.logs()[k] ?? 0)).toBeCloseTo(gridSteps[k] ?? 0, 12)
    }
  },
)

test('one certain arm says nothing', () => {
  const evidence = createLabelEvidence(blank())
  for (const weight of [nothing, everything])
    for (const arm of ['candidate', 'stable'] as const) evidence.add(arm, weight)
  expect(evidence.logs()).toEqual(blank())
  expect(evidence.value()).toBeCloseTo(1, 14)
})

test('stays finite: no more than 1e300, no less than 0', () => {
  const [high, low] = [createLabelEvidence(blank()), createLabelEvidence(blank())]
  for (let event = 0; event < 100_000; event += 1) {
    high.add('candidate', ppm(1))
    low.add('stable', ppm(999_999))
  }
  expect(high.value()).toBe(maxEvidence)
  expect(low.value()).toBeGreaterThanOrEqual(0)
  expect([...high.logs(), ...low.logs()].every(Number.isFinite)).toBe(true)
})

test('knows any number of weights, also when the oldest were let go', () => {
  const [wide, plain] = [createLabelEvidence(blank()), createLabelEvidence(blank())]
  for (let weight = 1; weight <= 1_000; weight += 1) wide.add('stable', ppm(weight))
  for (let weight = 1; weight <= 1_000; weight += 1) {
    const fresh = createLabelEvidence(plain.logs())
    fresh.add('stable', ppm(weight))
    for (const [k, log] of fresh.logs().entries()) if (weight === 1_000) expect(log).toBeLessThan(plain.logs()[k] ?? 0)
  }
  wide.add('candidate', ppm(1))
  plain.add('candidate', ppm(1))
  const once = createLabelEvidence(blank())
  for (let weight = 1_000; weight >= 1; weight -= 1) once.add('stable', ppm(weight))
  once.add('candidate', ppm(1))
  expect(wide.value()).toBeCloseTo(once.value(), 9)
})
