// What the judges cost: a request in the edge, a tick of several metrics, and the memory that is left behind.

import { createErrorJudge } from '@humdrum/core/analysis/errors/error-judge.ts'
import { createJudge } from '@humdrum/core/analysis/judge.ts'
import { usualErrors, usualLatency } from '@humdrum/core/analysis/metric.ts'
import { createRandom, draws } from '@humdrum/core/analysis/seeded-random.ts'
import { ppm } from '@humdrum/core/time.ts'
import { cases, tickCost } from '../source-judge.ts'
import { usual } from './latency-traffic.ts'
import type { Seen } from './panel.ts'
import { createNormals } from './run-seed.ts'

export type Cost = {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** At most this; null where nothing was promised. */
  readonly reach: number | null
}

const weight = ppm(100_000)
const perSecond = 100
const paceMs = 1_000 / perSecond
const neverTrips = 1e300

/** Drawn before the clock starts: 10 % to the candidate, 0.1 % bad in both arms, latency as everywhere here. */
const drawn = (count: number): readonly Seen[] => {
  const random = createRandom(1)
  const normal = createNormals(random)
  return Array.from({ length: count }, () => ({
    arm: random() < 0.1 * draws ? 'candidate' : 'stable',
    bad: random() < 0.001 * draws,
    ...{ weight, atMs: 0, elapsedMs: usual(normal()) },
  }))
}

type Fed = (request: Seen) => void

const errorsOnly = (): Fed => {
  const judge = createErrorJudge({ ...usualErrors, limit: neverTrips, resume: null })
  return (request) => {
    judge.record(request)
  }
}

const errorsAndLatency = (): Fed => {
  const metrics = [usualErrors, usualLatency].map((metric) => ({ ...metric, limit: neverTrips }))
  const judge = createJudge({ metrics, warmupMs: 0, resume: null })
  return (request) => {
    if (request.arm === 'candidate') judge.expose(request.atMs)
    judge.record(request)
    judge.observe(request)
  }
}

/** Feeds requests at an even pace, from where it stopped. */
const createFeed = (feed: Fed): ((requests: number) => void) => {
  const all = drawn(10_000)
  let count = 0
  return (requests) => {
    for (let left = requests; left > 0; left -= 1) {
      const next = all[count % all.length]
      count += 1
      if (next === undefined) continue
      next.atMs = count * paceMs
      feed(next)
    }
  }
}

/** Milliseconds of the fastest of several rounds: what disturbs a round is not the judge. */
const fastest = (rounds: number, round: () => void): number =>
  Math.min(
    ...Array.from({ length: rounds }, () => {
      const start = performance.now()
      round()
      return performance.now() - start
    }),
  )

const rounded = (value: number): number => Number(value.toPrecision(3))

const perRequest = (feed: Fed, requests: number): number => {
  const run = createFeed(feed)
  run(requests) // compiled before it is measured
  return rounded((fastest(5, () => run(requests)) * 1_000) / requests)
}

const oneOfEach = ['rare share', 'conversion', 'mean', 'value', 'restarts']
const tickRounds = 200

/** Of the judge of sources: five metrics, of kinds so named, an equal part of each. */
const microsecondsOfTick = (kinds: readonly string[]): number =>
  rounded(
    kinds.reduce((sum, kind) => {
      const one = cases.find(({ name }) => name === kind)
      if (one === undefined) throw new Error(`no tick of '${kind}' can be timed`)
      return sum + tickCost(one, tickRounds) / kinds.length
    }, 0),
  )

/** Megabytes that a million requests leave behind, after the collector has run. */
const heapGrowth = (feed: Fed, collect: () => void): number => {
  const run = createFeed(feed)
  run(100_000)
  collect()
  const before = process.memoryUsage().heapUsed
  run(1_000_000)
  collect()
  return rounded((process.memoryUsage().heapUsed - before) / 2 ** 20)
}

/** `collect` runs the garbage collector. */
export const costs = (collect: () => void): readonly Cost[] => [
  { what: 'one request in the judge, errors', value: perRequest(errorsOnly(), 1_000_000), unit: 'µs', reach: 1 },
  {
    ...{ what: 'one request in the judge, errors and latency, its share of each second included' },
    ...{ value: perRequest(errorsAndLatency(), 300_000), unit: 'µs', reach: 1 },
  },
  {
    ...{ what: 'one tick of 5 metrics with 24 components each: a share, a conversion, a mean, a value, restarts' },
    ...{ value: microsecondsOfTick(oneOfEach), unit: 'µs', reach: 20 },
  },
  {
    ...{ what: 'one tick of 5 histograms with 3 quantiles of 24 components each' },
    ...{ value: microsecondsOfTick(['histogram']), unit: 'µs', reach: null },
  },
  {
    ...{ what: 'heap left behind by a million requests, errors and latency' },
    ...{ value: heapGrowth(errorsAndLatency(), collect), unit: 'MB', reach: 1 },
  },
]
