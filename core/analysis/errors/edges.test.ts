// Goal: what several edges know together is evidence, and as much as one that had seen everything. Method: the same requests
// told to one judge and to several, and releases that are no worse simulated over three edges at different weights.
import { expect, test } from 'vitest'
import { everything, ppm } from '../../time.ts'
import { usualErrors } from '../metric.ts'
import type { Random } from '../seeded-random.ts'
import { createRandom, draws } from '../seeded-random.ts'
import { errorsOfEdges } from './edges.ts'
import type { ErrorJudge, Outcome } from './error-judge.ts'
import { createErrorJudge } from './error-judge.ts'

const judgeAt = (limit: number): ErrorJudge => createErrorJudge({ ...usualErrors, limit, resume: null })
const statesOf = (judges: readonly ErrorJudge[]) => judges.map((judge) => judge.state())

type Rates = { readonly p0: number; readonly p1: number }
const drawn = (random: Random, weightPpm: number, { p0, p1 }: Rates): Outcome => {
  const arm = random() < (weightPpm / everything) * draws ? 'candidate' : 'stable'
  return { arm, bad: random() < (arm === 'candidate' ? p1 : p0) * draws, weight: ppm(weightPpm), atMs: 0 }
}

const weights = [50_000, 100_000, 250_000]

test('one edge: the evidence is its own, and so is everything else', () => {
  const [judge, random] = [judgeAt(100), createRandom(1)]
  for (let request = 0; request < 3_000; request += 1) judge.record(drawn(random, 100_000, { p0: 0.01, p1: 0.02 }))
  const figures = errorsOfEdges(statesOf([judge]), 1)
  expect(figures.evidence).toBeCloseTo(judge.evidence(), 12)
  expect(figures.promotion()).toBe(judge.promotion())
  expect(figures.bounded(0.02)).toBe(judge.bounded(0.02))
  expect(figures.difference(0.01)).toEqual(judge.difference(0.01))
  expect(figures).toMatchObject({ candidate: judge.state().candidate, stable: judge.state().stable })
})

test('three edges know together what one would know that had seen all of it', () => {
  const [one, edges, random] = [judgeAt(1e300), weights.map(() => judgeAt(600)), createRandom(2)]
  for (let request = 0; request < 9_000; request += 1) {
    const outcome = drawn(random, weights[request % 3] ?? 0, { p0: 0.01, p1: 0.01 })
    for (const judge of [one, edges[request % 3]]) judge?.record(outcome)
  }
  const figures = errorsOfEdges(statesOf(edges), 3)
  expect(figures.promotion() / one.promotion()).toBeCloseTo(1, 9)
  expect(figures.difference(0.01).upper).toBeCloseTo(one.difference(0.01).upper, 9)
  expect(figures.candidate).toEqual(one.state().candidate)
})

test('a slot whose edge has told nothing counts as 1, and a late edge without a slot is merged', () => {
  const [late, random] = [judgeAt(600), createRandom(3)]
  for (let request = 0; request < 500; request += 1) late.record(drawn(random, 100_000, { p0: 0.01, p1: 0.1 }))
  expect(errorsOfEdges([], 3).evidence).toBeCloseTo(1, 12)
  const quiet = [judgeAt(600), judgeAt(600)]
  const evidenceOf = (judges: readonly ErrorJudge[]): number => errorsOfEdges(statesOf(judges), 2).evidence
  expect(evidenceOf([...quiet, late])).toBeGreaterThan(2)
  expect(evidenceOf([late, ...quiet]) - evidenceOf([...quiet, late])).toBeCloseTo((late.evidence() - 1) / 4, 9)
})

/** True when a release that is no worse is taken out: by the evidence of all at some look, or by one edge alone. */
const takenOut = (random: Random, { limit, requests }: { limit: number; requests: number }): boolean => {
  const judges = weights.map(() => judgeAt(2 * weights.length * limit))
  for (let request = 0; request < requests; request += 1) {
    const decision = judges[request % 3]?.record(drawn(random, weights[request % 3] ?? 0, { p0: 0.1, p1: 0.1 }))
    if (decision?.kind === 'trip') return true
    if (request % 60 === 0 && errorsOfEdges(statesOf(judges), 3).evidence >= limit) return true
  }
  return false
}

test('of releases that are no worse at most 1 in 20 is taken out, by all edges and by each alone together', () => {
  const [random, runs, level] = [createRandom(2026), 100, 1 / 20]
  const share = Array.from({ length: runs }, () => takenOut(random, { limit: 20, requests: 2_400 })).filter(Boolean)
  expect(share.length / runs).toBeLessThanOrEqual(level + 3 * Math.sqrt((level * (1 - level)) / runs))
})

test('three edges find a worse release together sooner than one of them alone', () => {
  const random = createRandom(5)
  const judges = weights.map(() => judgeAt(600))
  let together = 0
  while (errorsOfEdges(statesOf(judges), 3).evidence < 100) {
    judges[together % 3]?.record(drawn(random, weights[together % 3] ?? 0, { p0: 0.01, p1: 0.1 }))
    together += 1
  }
  expect(together).toBeLessThan(1_500)
  for (const judge of judges) expect(judge.evidence()).toBeLessThan(600)
})
