import { expect, test } from 'vitest'
import { createRandom, draws } from '../seeded-random.ts'
import type { BinCounts } from './bin.ts'
import { createEngineB } from './engine-b.ts'
import { blankPatient, createPatientB } from './patient-b.ts'

const plan = { prior: { share: 0.01, requests: 100 }, direction: 'up' } as const
const bin = (candidateBad: number, stableBad = 9): BinCounts => ({
  ...{ candidateRequests: 100, candidateBad, stableRequests: 900, stableBad },
})

test('before data the e-value is 1, and what waits is part of it', () => {
  expect(createPatientB(plan, blankPatient).logEvidence()).toBeCloseTo(0, 13)
  const patient = createPatientB(plan, blankPatient)
  for (let one = 0; one < 200; one += 1) patient.add(bin(0))
  expect(patient.logEvidence()).toBeGreaterThan(Math.log(0.005))
  expect(patient.state().waits).toBeGreaterThan(0.005)
})

test('a regression that is there from the start costs it next to nothing, one that comes late is found far sooner', () => {
  const [patient, plain] = [createPatientB(plan, blankPatient), createEngineB(plan)]
  for (let one = 0; one < 5; one += 1) for (const engine of [patient, plain]) engine.add(bin(5))
  expect(patient.logEvidence()).toBeGreaterThan(plain.logEvidence() - 0.2)
  const [late, worn] = [createPatientB(plan, blankPatient), createEngineB(plan)]
  for (let one = 0; one < 300; one += 1) for (const engine of [late, worn]) engine.add(bin(1))
  for (let one = 0; one < 6; one += 1) for (const engine of [late, worn]) engine.add(bin(5))
  expect(late.logEvidence()).toBeGreaterThan(worn.logEvidence() + 2)
})

test('a tenth waits; of that 4/(n + 30) enters with every fourth bin, and is bet like the rest', () => {
  const patient = createPatientB(plan, blankPatient)
  const waiting = Array.from({ length: 9 }, () => {
    patient.add(bin(3))
    return patient.state().waits
  })
  const first = 0.1 * (1 - 4 / 30)
  const second = first * (1 - 4 / 34)
  const third = second * (1 - 4 / 38)
  expect(waiting.map((waits) => waits.toFixed(12))).toEqual(
    [first, first, first, first, second, second, second, second, third].map((waits) => waits.toFixed(12)),
  )
  expect(patient.state().bins).toBe(9)
  // With nothing to tell the arms apart, nothing is lost: what enters stays.
  const idle = createPatientB({ ...plan, prior: { share: 0, requests: 1 } }, blankPatient)
  for (let one = 0; one < 40; one += 1) idle.add(bin(0, 0))
  expect(idle.logEvidence()).toBeCloseTo(0, 12)
})

test('goes on from its state to the last bit', () => {
  const whole = createPatientB(plan, blankPatient)
  for (let one = 0; one < 7; one += 1) whole.add(bin(one))
  const resumed = createPatientB(plan, JSON.parse(JSON.stringify(whole.state())))
  for (const engine of [whole, resumed]) for (let one = 0; one < 7; one += 1) engine.add(bin(one))
  expect(resumed.state()).toEqual(whole.state())
})

test('a healthy release reaches 1/alpha in at most alpha of all runs', () => {
  const random = createRandom(4)
  const hits = (n: number): number =>
    Array.from({ length: n }, () => Number(random() < 0.05 * draws)).filter(Boolean).length
  const runs = 200
  let crossed = 0
  for (let run = 0; run < runs; run += 1) {
    const patient = createPatientB(plan, blankPatient)
    let highest = 0
    for (let one = 0; one < 60; one += 1) {
      patient.add({ candidateRequests: 20, candidateBad: hits(20), stableRequests: 80, stableBad: hits(80) })
      highest = Math.max(highest, patient.logEvidence())
    }
    if (highest >= Math.log(20)) crossed += 1
  }
  expect(crossed).toBeLessThanOrEqual(0.05 * runs + 2 * Math.sqrt(0.05 * 0.95 * runs))
})
