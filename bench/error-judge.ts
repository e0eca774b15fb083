// How fast the error judge finds a bad release, how often it takes a healthy one out, and what one request costs: the
// real judge on simulated requests, split at random. Repeatable by its seed; nothing here reads a clock but the cost.
import type { Outcome } from '@humdrum/core/analysis/error-judge.ts'
import { createErrorJudge } from '@humdrum/core/analysis/error-judge.ts'
import type { Random } from '@humdrum/core/analysis/seeded-random.ts'
import { createRandom, draws } from '@humdrum/core/analysis/seeded-random.ts'
import { everything, ppm } from '@humdrum/core/time.ts'

/** Time between two requests: 100 requests per second, as in the published comparison. */
const paceMs = 10

type Traffic = {
  readonly random: Random
  readonly requests: number
  readonly weightPpm: number
  /** Shares of bad requests of stable and of the candidate. */
  readonly p0: number
  readonly p1: number
  readonly limit: number
}

/** Candidate requests until the trip; null when all requests pass without one. */
const untilTrip = ({ random, requests, weightPpm, p0, p1, limit }: Traffic): number | null => {
  const judge = createErrorJudge({ limit, resume: null })
  const toCandidate = (weightPpm / everything) * draws
  const [badOfCandidate, badOfStable] = [p1 * draws, p0 * draws]
  // One object for all requests: the judge keeps nothing of it, and millions of them would measure the collector.
  const outcome: { -readonly [Key in keyof Outcome]: Outcome[Key] } = {
    arm: 'stable',
    bad: false,
    weight: ppm(weightPpm),
    atMs: 0,
  }
  let seen = 0
  for (let request = 0; request < requests; request += 1) {
    const candidate = random() < toCandidate
    outcome.arm = candidate ? 'candidate' : 'stable'
    outcome.bad = random() < (candidate ? badOfCandidate : badOfStable)
    outcome.atMs = request * paceMs
    if (candidate) seen += 1
    if (judge.record(outcome)?.kind === 'trip') return seen
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

/** Requests of one run after which a regression counts as not found. */
const detectionCap = 1_000_000

/** Candidate requests until the rollback, over all runs (Infinity where it never came), and how many runs found it. */
export const detection = ({
  seed,
  runs,
  ...traffic
}: DetectionPlan): { readonly median: number; readonly p95: number; readonly found: number } => {
  const random = createRandom(seed)
  const counts = Array.from(
    { length: runs },
    () => untilTrip({ ...traffic, random, requests: detectionCap }) ?? Number.POSITIVE_INFINITY,
  ).sort((one, other) => one - other)
  const quantile = (share: number): number => counts[Math.ceil(share * runs) - 1] ?? Number.POSITIVE_INFINITY
  return { median: quantile(0.5), p95: quantile(0.95), found: counts.filter(Number.isFinite).length }
}

export type FalseAlarmPlan = {
  readonly seed: number
  readonly runs: number
  readonly requests: number
  readonly weightPpm: number
  readonly p: number
  readonly limit: number
}

/** Runs of a release that is just as good as stable, and in how many of them it was taken out. */
export const falseAlarms = ({
  seed,
  runs,
  p,
  ...traffic
}: FalseAlarmPlan): { readonly rolledBack: number; readonly runs: number } => {
  const random = createRandom(seed)
  let rolledBack = 0
  for (let run = 0; run < runs; run += 1) if (untilTrip({ ...traffic, random, p0: p, p1: p }) !== null) rolledBack += 1
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
  const judge = createErrorJudge({ limit: 1e300, resume: null })
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

const main = (): void => {
  const say = (line: string): boolean => process.stdout.write(`${line}\n`)
  say(`cost of one outcome: ${judgeCost().toFixed(1)} ns`)
  for (const [p0, p1] of [
    [0.001, 0.05],
    [0.001, 0.01],
    [0.01, 0.02],
    [0, 1],
  ] as const) {
    for (const limit of [100, 200]) {
      const { median, p95, found } = detection({ seed: 1, runs: 500, weightPpm: 100_000, p0, p1, limit })
      say(
        `${p0 * 100} % -> ${p1 * 100} %, limit ${limit}: median ${median}, p95 ${p95} candidate requests, ${found} of 500 found`,
      )
    }
  }
  for (const p of [0.001, 0.01]) {
    const { rolledBack, runs } = falseAlarms({
      seed: 1,
      runs: 2_000,
      requests: 100_000,
      weightPpm: 100_000,
      p,
      limit: 100,
    })
    say(`healthy at ${p * 100} %, limit 100: ${rolledBack} of ${runs} runs of 100,000 requests rolled back`)
  }
}

if (import.meta.main) main()
