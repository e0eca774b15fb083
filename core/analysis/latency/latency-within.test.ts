import { expect, test } from 'vitest'
import { blankWithin, createWithin } from './latency-within.ts'

/** A tenth of stable's requests is slow, a twentieth takes longer than the margin allows the candidate. */
const step = Math.log(0.05 / 0.95) - Math.log(0.1 / 0.9)

const after = (candidateBad: number, seconds: number): number => {
  const within = createWithin(blankWithin(step))
  for (let second = 0; second < seconds; second += 1)
    within.add({ candidateRequests: 100, candidateBad, stableRequests: 900, stableBad: 90 }, 0.1)
  return within.logEvidence(1)
}

test('a candidate that is as quick is shown to be, one that is slower by the margin never', () => {
  expect(after(5, 4)).toBeGreaterThan(Math.log(20))
  expect(after(10, 40)).toBeLessThan(0)
})

test('a candidate that is far quicker is shown sooner', () => {
  expect(after(0, 2)).toBeGreaterThan(Math.log(20))
})

test('goes on from what was won', () => {
  const first = createWithin(blankWithin(step))
  const bin = { candidateRequests: 10, candidateBad: 1, stableRequests: 90, stableBad: 9 }
  first.add(bin, 0.1)
  const second = createWithin({ step, won: first.won() })
  first.add(bin, 0.1)
  second.add(bin, 0.1)
  expect(second.logEvidence(2)).toBe(first.logEvidence(2))
})
