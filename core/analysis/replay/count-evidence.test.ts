import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { createEngineP, logPromote } from '../engines/engine-p.ts'
import { createCountEvidence } from './count-evidence.ts'

const margin = { ratio: 1.5, difference: 0.005 }

const arm = fc
  .integer({ min: 0, max: 400 })
  .chain((requests) => fc.tuple(fc.constant(requests), fc.integer({ min: 0, max: requests })))
const tick = fc.tuple(arm, arm).map(([[n1, x1], [n0, x0]]) => ({
  ...{ candidateRequests: n1, candidateBad: x1, stableRequests: n0, stableBad: x0 },
}))

test.prop([fc.array(tick, { maxLength: 30 })])('knows what engine P knows of the same ticks', (ticks) => {
  const [evidence, engine] = [createCountEvidence(margin), createEngineP()]
  for (const one of ticks) {
    evidence.add(one)
    engine.add(one)
  }
  const close = (value: number, log: number): void =>
    expect(Math.log(Math.max(value, 1e-300))).toBeCloseTo(Math.max(Math.min(log, Math.log(1e300)), Math.log(1e-300)), 8)
  close(evidence.value(), engine.logWorse(0))
  close(evidence.promotion(), logPromote(engine, margin))
  expect(evidence.difference(0.01)).toEqual({
    lower: expect.closeTo(engine.difference(0.01).lower, 9),
    upper: expect.closeTo(engine.difference(0.01).upper, 9),
  })
})
