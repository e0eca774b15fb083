// Goal: the same e-values as Engine P at every margin, from sums alone. Method: both engines on random bins.
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createEngineP } from './engine-p.ts'
import { createRateEvidence, rateComponents } from './rate-evidence.ts'

const arm = fc
  .tuple(fc.integer({ min: 1, max: 300 }), fc.nat({ max: 300 }))
  .map(([one, other]) => [Math.max(one, other), Math.min(one, other)] as const)
const bins = fc.array(
  fc.tuple(arm, arm).map(([[candidateRequests, candidateBad], [stableRequests, stableBad]]) => ({
    ...{ candidateRequests, candidateBad, stableRequests, stableBad },
  })),
  { maxLength: 12 },
)
const margin = fc.double({ min: 0, max: 1, noNaN: true })
const agree = (one: number, other: number): void =>
  expect(Math.abs(one - other)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(one)))

property.prop([bins, margin])('agrees with Engine P at every margin, and at its ratio', (all, at) => {
  const [known, sums] = [createEngineP(), createRateEvidence(1.5)]
  for (const bin of all) {
    known.add(bin)
    sums.add(bin)
  }
  agree(known.logWorse(at), sums.logAbove(at))
  agree(known.logNoninferior(at), sums.logBelow(at))
  agree(known.logNoninferiorToRatio(1.5), sums.logBelowRatio())
})

property.prop([bins, margin])('the evidence against a smaller margin is larger, below zero too', (all, at) => {
  const sums = createRateEvidence(1)
  for (const bin of all) sums.add(bin)
  expect(sums.logAbove(at - 1)).toBeGreaterThanOrEqual(sums.logAbove(at) - 1e-9)
  expect(sums.logBelow(at)).toBeGreaterThanOrEqual(sums.logBelow(at - 1) - 1e-9)
})

property.prop([bins, bins])('goes on from its state to the last bit', (before, after) => {
  const one = createRateEvidence(1.5)
  for (const bin of before) one.add(bin)
  const other = createRateEvidence(1.5, one.state())
  for (const bin of after) {
    one.add(bin)
    other.add(bin)
  }
  expect(other.state()).toEqual(one.state())
  expect(one.state().logs).toHaveLength(rateComponents)
})

test('before data every e-value is 1', () => {
  const sums = createRateEvidence(1.5)
  for (const log of [sums.logAbove(0.1), sums.logBelow(-0.1), sums.logBelowRatio()]) expect(log).toBeCloseTo(0, 13)
})
