// Goal: a candidate of which every request fails is out within 20 of them, at any weight, or a person is called. Method: the
// real judge, with both metrics judged (limit 200), and requests split at random from a seed.
import { expect, test } from 'vitest'
import { ppm } from '../../time.ts'
import { usualErrors } from '../metric.ts'
import { createRandom, draws } from '../seeded-random.ts'
import { createErrorJudge } from './error-judge.ts'

type Traffic = { readonly seed: number; readonly share: number; readonly stable: boolean }

/** How many requests of the candidate it took, by which rule, and what followed. */
const untilDecided = ({ seed, share, stable }: Traffic) => {
  const random = createRandom(seed)
  const judge = createErrorJudge({ ...usualErrors, limit: 200, resume: null })
  const weight = ppm(share * 1_000_000)
  for (let candidate = 0, request = 0; candidate < 1_000; request += 1) {
    const isCandidate = random() < share * draws
    if (!isCandidate && !stable) continue
    if (isCandidate) candidate += 1
    const arm = isCandidate ? 'candidate' : 'stable'
    const decision = judge.record({ arm, bad: isCandidate, weight, atMs: request })
    if (decision !== null) return { candidate, rule: decision.rule, kind: decision.kind }
  }
  return null
}

const runs = (share: number, stable: boolean) =>
  Array.from({ length: 200 }, (_, seed) => untilDecided({ seed, share, stable }))

test.each([
  [0.01, 3, 3],
  [0.1, 3, 4],
  [0.5, 8, 12],
])('at a weight of %d evidence takes it out within %d to %d of its requests', (share, least, most) => {
  for (const found of runs(share, true)) {
    expect(found).toMatchObject({ kind: 'trip', rule: 'evidence' })
    expect(found?.candidate).toBeGreaterThanOrEqual(least)
    expect(found?.candidate).toBeLessThanOrEqual(most)
  }
})

test('at 95 % evidence would need a hundred: the last 20 are enough, or as many as come before the first of stable', () => {
  const found = runs(0.95, true)
  expect(found.every((one) => one?.rule === 'recent')).toBe(true)
  expect(found.filter((one) => one?.kind === 'trip' && one.candidate === 20).length).toBeGreaterThan(100)
})

test.each([0.01, 0.1, 0.5, 0.95])('without any request of stable a person is called at the 20th, at %d', (share) => {
  for (const found of runs(share, false)) expect(found).toEqual({ candidate: 20, rule: 'recent', kind: 'hold' })
})
