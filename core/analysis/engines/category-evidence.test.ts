// Goal: the bets are fair whenever the candidate is no worse, and are those of Engine B where there are two categories.
// Method: every outcome of small bins enumerated, over random shares, bets and exposures.
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { createCategoryEvidence } from './category-evidence.ts'
import { blankEngineB, createEngineB } from './engine-b.ts'
import { gridLogWeights, gridSteps } from './grid.ts'

const one = (logRatios: readonly number[]) => ({ logWeights: [0], logRatios: [Float64Array.from(logRatios)] })
const independent = (): number => 1

/** Each way in which `requests` fall into three categories, with its probability. */
const outcomes = (requests: number, shares: readonly number[]) => {
  const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1))
  const found: { readonly counts: readonly number[]; readonly probability: number }[] = []
  for (let first = 0; first <= requests; first += 1) {
    for (let second = 0; first + second <= requests; second += 1) {
      const counts = [first, second, requests - first - second]
      const ways = counts.reduce((product, count) => product / factorial(count), factorial(requests))
      found.push({ counts, probability: counts.reduce((p, count, j) => p * (shares[j] ?? 0) ** count, ways) })
    }
  }
  return found
}

const distribution = fc
  .tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 100 }))
  .map((weights) => weights.map((weight) => weight / weights.reduce((sum, each) => sum + each, 0)))
const steps = fc.tuple(fc.double({ min: 0, max: 4, noNaN: true }), fc.double({ min: 0, max: 4, noNaN: true }))
const exposure = fc.integer({ min: 1, max: 4 })

property.prop([distribution, distribution, steps, exposure, exposure, fc.double({ min: 0, max: 1, noNaN: true })])(
  'a bin multiplies a bet by at most 1 in the mean, whatever is taken for usual, while no worse category is likelier',
  (stable, usual, [first, second], candidateRequests, stableRequests, better) => {
    // Of the two worse categories the candidate has a part of what stable has.
    const worse = stable.slice(1).map((share) => share * better)
    const candidate = [1 - worse.reduce((sum, share) => sum + share, 0), ...worse]
    let mean = 0
    for (const ofCandidate of outcomes(candidateRequests, candidate)) {
      for (const ofStable of outcomes(stableRequests, stable)) {
        const evidence = createCategoryEvidence(one([0, first, first + second]), [0])
        const bin = { candidate: ofCandidate.counts, stable: ofStable.counts, candidateRequests, stableRequests }
        evidence.add(bin, usual)
        mean += ofCandidate.probability * ofStable.probability * Math.exp(evidence.logEvidence(independent))
      }
    }
    expect(mean).toBeLessThanOrEqual(1 + 1e-9)
  },
)

test('of two categories it is Engine B', () => {
  const engine = createEngineB({ prior: { share: 0.1, requests: 100 }, direction: 'up' })
  engine.add({ candidateRequests: 20, candidateBad: 7, stableRequests: 90, stableBad: 8 })
  const bets = { logWeights: gridLogWeights, logRatios: gridSteps.map((step) => Float64Array.of(0, step)) }
  const evidence = createCategoryEvidence(
    bets,
    blankEngineB.logs.map(() => 0),
  )
  evidence.add({ candidate: [13, 7], stable: [82, 8], candidateRequests: 20, stableRequests: 90 }, [0.9, 0.1])
  expect(evidence.logEvidence(independent)).toBeCloseTo(engine.logEvidence(), 9)
})

property.prop([fc.double({ min: -5, max: 50, noNaN: true }), fc.double({ min: 1, max: 20, noNaN: true })])(
  'a factor only takes from what was won, and never turns it',
  (won, factor) => {
    const evidence = createCategoryEvidence(one([0, 1]), [won])
    const tempered = evidence.logEvidence(() => factor)
    expect(tempered).toBeLessThanOrEqual(won + 1e-12)
    expect(tempered * won).toBeGreaterThanOrEqual(0)
    expect(evidence.won()).toEqual([won])
  },
)
