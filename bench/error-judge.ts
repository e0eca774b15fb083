// How fast the error judge finds a bad release, how often it takes a healthy one out, and what one request costs: the
// real judge on simulated requests, split at random. Repeatable by its seed; nothing here reads a clock but the cost.

import { growth } from '@humdrum/core/analysis/engines/information-limit.ts'
import type { Outcome } from '@humdrum/core/analysis/errors/error-judge.ts'
import { createErrorJudge } from '@humdrum/core/analysis/errors/error-judge.ts'
import { usualErrors } from '@humdrum/core/analysis/metric.ts'
import type { Random } from '@humdrum/core/analysis/seeded-random.ts'
import { createRandom, draws } from '@humdrum/core/analysis/seeded-random.ts'
import { everything, ppm } from '@humdrum/core/time.ts'

/** Time between two requests: 100 requests per second, as in the published comparison. */
const paceMs = 10

/** A span of the rollout: so many requests at one weight; `p0`, `p1` are the shares of bad ones of stable and candidate. */
export type Phase = {
  readonly requests: number
  readonly weightPpm: number
  readonly p0: number
  readonly p1: number
}

export type Trial = { readonly random: Random; readonly phases: readonly Phase[]; readonly limit: number }

/** One rollout, request by request: candidate requests of each phase until the trip; null when all pass without one. */
export const untilTrip = ({ random, phases, limit }: Trial): readonly number[] | null => {
  const judge = createErrorJudge({ ...usualErrors, limit, resume: null })
  // One object for all requests: the judge keeps nothing of it, and millions of them would measure the collector.
  const outcome: { -readonly [Key in keyof Outcome]: Outcome[Key] } = {
    arm: 'stable',
    bad: false,
    weight: ppm(0),
    atMs: 0,
  }
  const seen: number[] = []
  for (const { requests, weightPpm, p0, p1 } of phases) {
    const [toCandidate, badOfCandidate, badOfStable] = [(weightPpm / everything) * draws, p1 * draws, p0 * draws]
    outcome.weight = ppm(weightPpm)
    let candidates = 0
    for (let request = 0; request < requests; request += 1) {
      const candidate = random() < toCandidate
      outcome.arm = candidate ? 'candidate' : 'stable'
      outcome.bad = random() < (candidate ? badOfCandidate : badOfStable)
      outcome.atMs += paceMs
      if (candidate) candidates += 1
      if (judge.record(outcome)?.kind === 'trip') return [...seen, candidates]
    }
    seen.push(candidates)
  }
  return null
}

export type DetectionPlan = {
  readonly seed: number
  readonly runs: number
  readonly weightPpm: number
  readonly p0: number
  readonly p1: number
  readonly limit: number
}

export type Detection = {
  /** Candidate requests until the rollback, over all runs; Infinity where it never came. */
  readonly median: number
  readonly p95: number
  readonly mean: number
  /** Runs that found it. */
  readonly found: number
}

/** Requests of one run after which a regression counts as not found. */
const detectionCap = 10_000_000

/** A regression that is there from the first request on. */
export const detection = ({ weightPpm, p0, p1, ...plan }: DetectionPlan): Detection =>
  lateDetection({ ...plan, onset: 0, phases: [{ requests: detectionCap, weightPpm, p0, p1 }] })

type LatePlan = Omit<Trial, 'random'> & {
  readonly seed: number
  readonly runs: number
  /** The phase from whose start on candidate requests are counted. */
  readonly onset: number
}

/** Likewise of one that begins with a later phase; a run that is rolled back before it is left out. */
export const lateDetection = ({ seed, runs, onset, ...trial }: LatePlan): Detection => {
  const random = createRandom(seed)
  const counts: number[] = []
  for (let run = 0; run < runs; run += 1) {
    const seen = untilTrip({ ...trial, random })
    if (seen === null) counts.push(Number.POSITIVE_INFINITY)
    else if (seen.length > onset) counts.push(seen.slice(onset).reduce((sum, one) => sum + one, 0))
  }
  counts.sort((one, other) => one - other)
  const quantile = (share: number): number => counts[Math.ceil(share * counts.length) - 1] ?? Number.POSITIVE_INFINITY
  const mean = counts.reduce((sum, one) => sum + one, 0) / counts.length
  return { median: quantile(0.5), p95: quantile(0.95), mean, found: counts.filter(Number.isFinite).length }
}

export type FalseAlarmPlan = {
  readonly seed: number
  readonly runs: number
  readonly requests: number
  readonly weightPpm: number
  readonly p: number
  readonly limit: number
}

export type FalseAlarms = { readonly rolledBack: number; readonly runs: number }

/** Runs of a release that is just as good as stable, and in how many of them it was taken out. */
export const falseAlarms = ({ requests, weightPpm, p, ...plan }: FalseAlarmPlan): FalseAlarms =>
  takenOut({ ...plan, phases: [{ requests, weightPpm, p0: p, p1: p }] })

/** Of any phases: in how many runs the candidate was taken out. */
export const takenOut = ({ seed, runs, ...trial }: Omit<LatePlan, 'onset'>): FalseAlarms => {
  const random = createRandom(seed)
  let rolledBack = 0
  for (let run = 0; run < runs; run += 1) if (untilTrip({ ...trial, random }) !== null) rolledBack += 1
  return { rolledBack, runs }
}

const costRequests = 5_000_000

/** Nanoseconds for one outcome at 10 % weight and 0.1 % errors of both, outcomes drawn before the clock starts. */
export const judgeCost = (): number => {
  const random = createRandom(1)
  const outcome = (): Outcome => ({
    arm: random() < 0.1 * draws ? 'candidate' : 'stable',
    bad: random() < 0.001 * draws,
    weight: ppm(100_000),
    atMs: 0,
  })
  const outcomes = Array.from({ length: 10_000 }, outcome)
  const judge = createErrorJudge({ ...usualErrors, limit: 1e300, resume: null })
  const round = (requests: number): number => {
    const start = performance.now()
    for (let request = 0; request < requests; request += 1) {
      const next = outcomes[request % outcomes.length]
      if (next !== undefined) judge.record(next)
    }
    return ((performance.now() - start) * 1e6) / requests
  }
  round(costRequests / 10) // compiled before it is measured
  return round(costRequests)
}

/** Bytes by which the heap has grown after 5 million outcomes; for a figure that means something, run with --expose-gc. */
export const judgeGrowth = (): number => {
  const judge = createErrorJudge({ ...usualErrors, limit: 1e300, resume: null })
  const random = createRandom(1)
  const outcome: { -readonly [Key in keyof Outcome]: Outcome[Key] } = {
    ...{ arm: 'stable', bad: false, weight: ppm(100_000), atMs: 0 },
  }
  const feed = (requests: number): number => {
    for (let request = 0; request < requests; request += 1) {
      outcome.arm = random() < 0.1 * draws ? 'candidate' : 'stable'
      outcome.bad = random() < 0.001 * draws
      outcome.atMs += paceMs
      judge.record(outcome)
    }
    globalThis.gc?.()
    return process.memoryUsage().heapUsed
  }
  const before = feed(costRequests / 10)
  return feed(costRequests) - before
}

/** Regressions whose delay is compared with the bound, and how fast each must be found. */
const regressions = [
  [0.001, 0.01],
  [0.001, 0.05],
  [0.01, 0.02],
  [0.01, 0.05],
  [0.001, 0.003],
] as const
const weights = [10_000, 100_000, 500_000] as const

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`
const say = (line: string): boolean => process.stdout.write(`${line}\n`)

const sayEfficiency = (seed: number): void => {
  const limit = 100
  const reached: number[] = []
  for (const [p0, p1] of regressions) {
    for (const weightPpm of weights) {
      const { median, p95, mean } = detection({ seed, runs: 1_000, weightPpm, p0, p1, limit })
      const bound = Math.log(limit) / growth({ p0, p1, share: weightPpm / everything })
      reached.push(bound / mean)
      const figures = `median ${median}, p95 ${p95}, mean ${mean.toFixed(0)}, bound ${bound.toFixed(0)}`
      say(
        `${percent(p0)} -> ${percent(p1)} at ${percent(weightPpm / everything)}: ${figures}: ${percent(bound / mean)}`,
      )
    }
  }
  const all = reached.reduce((sum, one) => sum + one, 0) / reached.length
  say(`mean ${percent(all)}, least ${percent(Math.min(...reached))}, limit ${limit}, seed ${seed}`)
}

/** Steps of 1, 5, 25, 50 % with 25,000 requests each; from the one with this index on the candidate fails at `p1`. */
const steps = (onset: number, p1: number): readonly Phase[] =>
  [10_000, 50_000, 250_000, 500_000].map((weightPpm, index) => ({
    ...{ requests: 25_000, weightPpm, p0: 0.001 },
    p1: index < onset ? 0.001 : p1,
  }))

const sayLate = (seed: number): void => {
  for (const p1 of [0.01, 0.003]) {
    for (const onset of [0, 1, 2, 3]) {
      const phases = steps(onset, p1)
      const { median, p95, found } = lateDetection({ seed, runs: 1_000, onset, phases, limit: 100 })
      say(`from step ${onset + 1} on 0.1 % -> ${percent(p1)}: median ${median}, p95 ${p95}, found ${found}`)
    }
  }
}

const sayFalseAlarms = (seed: number): void => {
  const runs = 2_000
  for (const p of [0.0001, 0.001, 0.01, 0.05]) {
    for (const weightPpm of weights) {
      const { rolledBack } = falseAlarms({ seed, runs, requests: 100_000, weightPpm, p, limit: 100 })
      say(`healthy at ${percent(p)}, weight ${percent(weightPpm / everything)}: ${rolledBack} of ${runs} rolled back`)
    }
  }
  const moving: Readonly<Record<string, (part: number) => number>> = {
    constant: () => 0.001,
    'four incidents of 10 %': (part) => (part % 10 === 3 ? 0.1 : 0.001),
    'growing from 0.1 to 2 %': (part) => 0.001 + (0.019 * part) / 40,
  }
  for (const [name, rate] of Object.entries(moving)) {
    const phases = Array.from({ length: 40 }, (_, part) => ({
      ...{ requests: 2_500, weightPpm: [10_000, 50_000, 250_000, 500_000][Math.floor(part / 10)] ?? 0 },
      ...{ p0: rate(part), p1: rate(part) },
    }))
    const { rolledBack } = takenOut({ seed, runs, phases, limit: 100 })
    say(`healthy over 1, 5, 25, 50 %, baseline ${name}: ${rolledBack} of ${runs} rolled back`)
  }
}

const main = (): void => {
  const seed = Number(process.argv[2] ?? 1)
  say(`cost of one outcome: ${judgeCost().toFixed(1)} ns; the heap grew by ${judgeGrowth()} bytes over 5,000,000`)
  for (const weightPpm of weights) {
    const { median } = detection({ seed, runs: 1_000, weightPpm, p0: 0, p1: 1, limit: 100 })
    say(`0 -> 100 % at ${percent(weightPpm / everything)}: median ${median}`)
  }
  sayEfficiency(seed)
  sayLate(seed)
  sayFalseAlarms(seed)
}

if (import.meta.main) main()
