import { expect, test } from 'vitest'
import type { Instant } from '../../time.ts'
import type { ErrorsMetric } from '../metric.ts'
import { usualErrors } from '../metric.ts'
import type { Random } from '../seeded-random.ts'
import { createRandom, draws } from '../seeded-random.ts'
import type { RecordedTick, Replayed, ReplayPlan } from './replay.ts'
import { createReplay } from './replay.ts'

const plan = (metrics: readonly ErrorsMetric[] = [usualErrors]): ReplayPlan => ({
  metrics: metrics.map((metric) => ({ ...metric, limit: 100 })),
  ...{ alpha: 0.01, beta: 0.05, minExposure: { requests: 200, timeMs: 120_000 } },
})

const secondTick = (second: number, counts: Partial<RecordedTick>): RecordedTick => ({
  ...{ metric: 'errors', at: (second * 1_000) as Instant },
  ...{ candidateRequests: 10, candidateBad: 0, stableRequests: 90, stableBad: 0 },
  ...counts,
})

const replayOf = (ticks: readonly RecordedTick[], given = plan()): Replayed => {
  const replay = createReplay(given)
  for (const tick of ticks) replay.add(tick)
  const result = replay.result()
  if (result === null) throw new Error('nothing was replayed')
  return result
}

const seconds = (count: number, of: (second: number) => Partial<RecordedTick>): readonly RecordedTick[] =>
  Array.from({ length: count }, (_, second) => secondTick(second, of(second)))

const binomial = (random: Random, trials: number, share: number): number => {
  let hits = 0
  for (let trial = 0; trial < trials; trial += 1) if (random() < share * draws) hits += 1
  return hits
}

test('says when a candidate would have gone back, and what the rest of the recording cost', () => {
  const { verdict, metrics, afterwards } = replayOf(seconds(60, (second) => ({ candidateBad: second < 20 ? 0 : 1 })))
  expect(verdict).toMatchObject({ kind: 'rollback', decision: { metric: 'errors', rule: 'evidence', limit: 100 } })
  if (verdict.kind !== 'rollback') throw new Error('it did not go back')
  const { moment } = verdict
  const bad = metrics[0]?.candidate.bad ?? 0
  expect(moment).toEqual({ at: moment.afterMs, afterMs: (19 + bad) * 1_000, requests: 10 * (20 + bad) })
  expect(bad).toBeGreaterThanOrEqual(3)
  expect(bad).toBeLessThan(10)
  expect(afterwards).toEqual({ requests: 600 - moment.requests, bad: 40 - bad })
})

test('says from when it could have had everything', () => {
  const { verdict, metrics } = replayOf(seconds(300, () => ({})))
  expect(verdict).toMatchObject({ kind: 'promotable', moment: { afterMs: 120_000, requests: 1_210 } })
  expect(metrics[0]?.promotion).toBeGreaterThan(20)
})

test('goes back although it could have had everything before, and says both', () => {
  const late = replayOf(seconds(400, (second) => ({ candidateBad: second < 200 ? 0 : 2 })))
  expect(late).toMatchObject({ verdict: { kind: 'rollback' }, promotableBefore: { afterMs: 120_000 } })
})

test('decides nothing on too little, and says what could have been found', () => {
  const { verdict, metrics } = replayOf(seconds(10, () => ({})))
  expect(verdict).toEqual({ kind: 'undecided' })
  expect(metrics[0]).toMatchObject({ fewestRequests: null, detectable: expect.any(Number) })
})

test('an incident that both arms share decides nothing', () => {
  const shared = seconds(300, (second) => (second > 100 && second < 200 ? { candidateBad: 4, stableBad: 36 } : {}))
  expect(replayOf(shared).metrics[0]?.evidence).toBeLessThan(10)
})

test('nothing of stable to compare with: a candidate that fails throughout waits for a person', () => {
  const alone = seconds(10, () => ({ candidateBad: 10, stableRequests: 0 }))
  expect(replayOf(alone).verdict).toMatchObject({ kind: 'pause', decision: { kind: 'hold', rule: 'recent' } })
})

test('the last 20 all bad goes back while stable is well, whatever the evidence', () => {
  const bad = seconds(3, () => ({ candidateRequests: 10, candidateBad: 10, stableRequests: 1, stableBad: 0 }))
  const { verdict } = replayOf(bad, { ...plan(), metrics: [{ ...usualErrors, limit: 1e12 }] })
  expect(verdict).toMatchObject({ kind: 'rollback', decision: { rule: 'recent' }, moment: { requests: 20 } })
})

test('a ceiling is held against the recording too: the candidate alone above it, and both', () => {
  const ceiling = plan([{ ...usualErrors, ceiling: 0.05 }])
  // All goes to the candidate from the fifth minute on, and a fifth of it fails: nothing to compare with.
  const alone = seconds(400, (second) =>
    second < 240 ? {} : { candidateRequests: 100, candidateBad: 20, stableRequests: 0 },
  )
  expect(replayOf(alone, ceiling).verdict).toMatchObject({ kind: 'rollback', decision: { rule: 'ceiling' } })
  expect(replayOf(alone).verdict.kind).not.toBe('rollback')
  const shared = seconds(400, (second) =>
    second < 240
      ? { candidateRequests: 1, stableRequests: 99 }
      : { candidateRequests: 50, candidateBad: 10, stableRequests: 50, stableBad: 10 },
  )
  expect(replayOf(shared, ceiling).verdict).toMatchObject({
    kind: 'pause',
    decision: { rule: 'ceiling', cause: 'shared' },
  })
})

test('what only observes is told and decides nothing', () => {
  const ticks = seconds(60, () => ({ candidateBad: 2 }))
  const watched = replayOf(ticks, plan([{ ...usualErrors, dryRun: true, required: false }]))
  expect(watched.verdict.kind).toBe('undecided')
  expect(watched.metrics[0]?.decision).toMatchObject({ kind: 'trip' })
})

test('a metric that asks for a person pauses', () => {
  const ticks = seconds(60, () => ({ candidateBad: 2 }))
  expect(replayOf(ticks, plan([{ ...usualErrors, onFail: 'pause' }])).verdict.kind).toBe('pause')
})

test('tells gaps: what is not there is not zero', () => {
  const ticks = seconds(60, (second) => ({ at: ((second + (second > 30 ? 600 : 0)) * 1_000) as Instant }))
  expect(replayOf(ticks).gaps).toEqual({ count: 1, longestMs: 601_000 })
})

test('a candidate that is no worse goes back at most as often as alpha says', { timeout: 10_000 }, () => {
  const random = createRandom(5)
  let back = 0
  for (let run = 0; run < 200; run += 1) {
    const ticks = seconds(120, () => ({
      candidateBad: binomial(random, 10, 0.01),
      stableBad: binomial(random, 90, 0.01),
    }))
    if (replayOf(ticks).verdict.kind === 'rollback') back += 1
  }
  expect(back).toBeLessThanOrEqual(4) // 1 % of 200, and two standard errors
})
