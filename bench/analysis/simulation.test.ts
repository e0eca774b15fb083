// Goal: the simulated traffic is what it says, and the same for the same seed. Method: counts of many requests against their
// expectation, quantiles of latency, and runs in parts.
import { createRandom } from '@humdrum/core/analysis/seeded-random.ts'
import { ppm } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import { chosen, doJob } from './all-cases.ts'
import { runErrors } from './error-traffic.ts'
import { runLatency, slowedBy, tailStretched } from './latency-traffic.ts'
import type { Minute, Seen, Watcher } from './panel.ts'
import { quantileOf } from './peers.ts'

const within = (value: number, expected: number, sd: number): void => {
  expect(Math.abs(value - expected)).toBeLessThan(4 * sd)
}

test('weight, rates and the sample of the candidate’s size are as ordered, minute by minute', () => {
  const requests = { candidate: 0, stable: 0 }
  const bad = { candidate: 0, stable: 0 }
  const minutes: Minute[] = []
  const watchers: readonly Watcher[] = [
    {
      kind: 'request',
      see: (seen: Seen) => {
        requests[seen.arm] += 1
        if (seen.bad) bad[seen.arm] += 1
        return false
      },
    },
    {
      kind: 'minute',
      see: (minute) => {
        minutes.push({ ...minute, candidate: { ...minute.candidate }, sample: { ...minute.sample } })
        return false
      },
    },
  ]
  const span = { requests: 60_000, weightPpm: ppm(100_000), p0: 0.01, p1: 0.05 }
  expect(runErrors({ random: createRandom(5), spans: [span], perSecond: 100 }, watchers)).toEqual([null, null])
  expect(requests.candidate + requests.stable).toBe(60_000)
  within(requests.candidate, 6_000, 73)
  within(bad.candidate, 300, 17)
  within(bad.stable, 540, 23)
  expect(minutes).toHaveLength(10)
  const sum = (of: (minute: Minute) => number): number => minutes.reduce((total, minute) => total + of(minute), 0)
  expect(sum(({ candidate }) => candidate.requests)).toBe(requests.candidate)
  within(
    sum(({ sample }) => sample.requests),
    6_000,
    73,
  )
  within(
    sum(({ sample }) => sample.bad),
    60,
    8,
  )
})

test('latency has the quantiles that it is said to have', () => {
  const values: number[] = []
  const quantilesOf = (candidate: (z: number) => number): readonly number[] => {
    values.length = 0
    const see = (minute: Minute): boolean => {
      values.push(...Array.from(minute.candidateMs))
      return false
    }
    const traffic = { random: createRandom(3), candidate, weightPpm: ppm(500_000), requests: 60_000 }
    runLatency(traffic, [{ kind: 'minute', see }])
    values.sort((one, other) => one - other)
    return [0.5, 0.9, 0.99].map((quantile) => quantileOf(values, quantile) ?? 0)
  }
  const [usualP50 = 0, usualP90 = 0, usualP99 = 0] = quantilesOf(slowedBy(1))
  within(usualP50, 50, 0.3)
  within(usualP99, 321, 6)
  const [p50 = 0, p90 = 0, p99 = 0] = quantilesOf(tailStretched(2))
  expect(p50).toBe(usualP50)
  within(p90 / usualP90, 1, 0.02)
  within(p99 / usualP99, 2, 0.05)
  expect(quantilesOf(slowedBy(1.1))[0]).toBeCloseTo(1.1 * usualP50, 9)
})

test('runs are the same whether they are made at once or in parts, and others for another seed', () => {
  const name = 'detection: 0.1 % to 5 %, weight 10 %'
  const whole = doJob({ name, seed: 1, from: 0, to: 6 })
  const parts = [doJob({ name, seed: 1, from: 0, to: 2 }), doJob({ name, seed: 1, from: 2, to: 6 })]
  expect(whole).toEqual(whole.map((_, column) => parts.flatMap((part) => part[column] ?? [])))
  expect(doJob({ name, seed: 2, from: 0, to: 6 })).not.toEqual(whole)
})

test('a regression that begins late is counted from where it begins', () => {
  const waits = doJob({ name: 'late: 0.1 % to 1 %', seed: 1, from: 0, to: 5 })[1]?.filter((value) => value !== null)
  expect(waits?.length).toBeGreaterThan(0)
  for (const wait of waits ?? []) expect(wait).toBeLessThan(6_000) // 1,500 of the candidate came before it
})

test('every case has its own name, and is found by its kind, its table and a part of its name', () => {
  const all = chosen({ only: null, long: true })
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  expect(chosen({ only: null, long: false }).length).toBeLessThan(all.length)
  expect(chosen({ only: 'promote', long: false }).every(({ kind }) => kind === 'promote')).toBe(true)
  expect(chosen({ only: 'latency: p99', long: false })).toHaveLength(4)
})
