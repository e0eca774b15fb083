// What the judge of sources costs per tick, how soon it finds a regression of each kind of measure, and how often it takes a
// healthy release out: the real judge on simulated readings, ticks of 10 s with 100 observations of the candidate and 900 of
// stable. Repeatable by its seed; nothing here reads a clock but the cost. `source-judge [RUNS] [SEED]`
import type { Measure, SourceMetric } from '@humdrum/core/analysis/metric.ts'
import type { Random } from '@humdrum/core/analysis/seeded-random.ts'
import { createRandom, draws } from '@humdrum/core/analysis/seeded-random.ts'
import type { SourceJudge, SourceTick } from '@humdrum/core/analysis/source/source-judge.ts'
import { createSourceJudge } from '@humdrum/core/analysis/source/source-judge.ts'
import type { Reading } from '@humdrum/core/ports.ts'
import type { Instant } from '@humdrum/core/time.ts'

const tickMs = 10_000
const requests = { candidate: 100, stable: 900 } as const

type Case = {
  readonly name: string
  readonly metric: SourceMetric
  /** One arm's reading of one tick with so many observations; `level` is what regresses. */
  readonly read: (random: Random, observations: number, level: number) => Reading
  readonly healthy: number
  readonly worse: number
}

const metric = (name: string, measure: Measure, over: Partial<SourceMetric>): SourceMetric => ({
  ...{ name, kind: 'custom', onFail: 'rollback', required: true, dryRun: false, worse: 'higher', margin: 0.02 },
  ...{ measure, ...over },
})

const uniform = (random: Random): number => (random() + 0.5) / draws
const binomial = (random: Random, n: number, p: number): number => {
  let hits = 0
  for (let one = 0; one < n; one += 1) if (random() < p * draws) hits += 1
  return hits
}

const share: Measure = { kind: 'share', hits: 'hits', total: 'total' }
const readShare: Case['read'] = (random, total, level) => ({
  ...{ kind: 'share', hits: binomial(random, total, level), total },
})
const edges: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Exponential around 0.1 s, `level` times as slow, in the usual buckets of a client library. */
const readHistogram: Case['read'] = (random, observations, level) => {
  const counts = [...edges, Number.POSITIVE_INFINITY].map(() => 0)
  for (let one = 0; one < observations; one += 1) {
    const seconds = -0.1 * level * Math.log(uniform(random))
    const bucket = edges.findIndex((edge) => seconds <= edge)
    const at = bucket < 0 ? edges.length : bucket
    counts[at] = (counts[at] ?? 0) + 1
  }
  return { kind: 'histogram', edges, counts }
}

/** Exponential with the mean 20, capped at 200: baskets, say. */
const readMean: Case['read'] = (random, count, level) => {
  let sum = 0
  for (let one = 0; one < count; one += 1) sum += Math.min(200, -20 * level * Math.log(uniform(random)))
  return { kind: 'mean', sum, count }
}

/** 40 of 100 with noise of ±10: memory in use, say. */
const readValue: Case['read'] = (random, _, level) => ({ kind: 'value', value: 40 * level + 20 * uniform(random) - 10 })

/** One restart in 1,000 s of an instance; one instance of the candidate, nine of stable. */
const readRestarts: Case['read'] = (random, observations, level) => {
  const seconds = observations / 10
  return { kind: 'share', hits: binomial(random, seconds, level / 1_000), total: seconds }
}

export const cases: readonly Case[] = [
  { name: 'rare share', metric: metric('a', share, { margin: 0.005 }), read: readShare, healthy: 0.001, worse: 0.01 },
  { name: 'even share', metric: metric('a', share, { margin: 0.05 }), read: readShare, healthy: 0.5, worse: 0.6 },
  {
    name: 'conversion',
    metric: metric('a', share, { kind: 'conversion', worse: 'lower' }),
    ...{ read: readShare, healthy: 0.2, worse: 0.16 },
  },
  {
    name: 'mean',
    metric: metric('a', { kind: 'mean', sum: 's', count: 'c', low: 0, high: 200 }, { kind: 'mean', margin: 4 }),
    ...{ read: readMean, healthy: 1, worse: 1.25 },
  },
  {
    name: 'value',
    metric: metric('a', { kind: 'value', query: 'q', low: 0, high: 100 }, { margin: 10 }),
    ...{ read: readValue, healthy: 1, worse: 1.5 },
  },
  {
    name: 'restarts',
    metric: metric('a', { kind: 'restarts' }, { kind: 'restarts', margin: 1.5 }),
    ...{ read: readRestarts, healthy: 1, worse: 60 },
  },
  {
    name: 'histogram',
    metric: metric('a', { kind: 'histogram', selector: 's', quantiles: [0.5, 0.9, 0.99] }, { margin: 1.2 }),
    ...{ read: readHistogram, healthy: 1, worse: 1.25 },
  },
]

type Trial = { readonly runs: number; readonly seed: number; readonly ticks: number; readonly level: number }
type Outcome = {
  /** Runs that were taken out. */
  readonly trips: number
  /** Ticks until then, in the median over all runs; Infinity where it never came. */
  readonly median: number
  /** Ticks until it was shown to be within its margin, likewise. */
  readonly medianShown: number
}

/** One case, many times: `level` of the candidate against the case's healthy stable. */
export const trial = (one: Case, { runs, seed, ticks, level }: Trial): Outcome => {
  const random = createRandom(seed)
  const [tripped, shown]: [number[], number[]] = [[], []]
  for (let run = 0; run < runs; run += 1) {
    const judge = createSourceJudge({ metrics: [one.metric], alpha: 0.01, beta: 0.05, resume: null })
    const [at, within] = oneRun(judge, one, { random, ticks, level })
    tripped.push(at)
    shown.push(within)
  }
  return { trips: tripped.filter(Number.isFinite).length, median: middle(tripped), medianShown: middle(shown) }
}

type Run = { readonly random: Random; readonly ticks: number; readonly level: number }

const oneRun = (judge: SourceJudge, one: Case, { random, ticks, level }: Run): readonly [number, number] => {
  let shown = Number.POSITIVE_INFINITY
  for (let tick = 0; tick < ticks; tick += 1) {
    const readings = {
      candidate: one.read(random, requests.candidate, level),
      stable: one.read(random, requests.stable, one.healthy),
    }
    const { decisions } = judge.feed(tickOf(tick, new Map([[one.metric.name, readings]])))
    if (decisions.length > 0) return [tick + 1, shown]
    const [assessment] = judge.assessments(instant(tick + 1))
    if (assessment?.status === 'Successful') shown = Math.min(shown, tick + 1)
  }
  return [Number.POSITIVE_INFINITY, shown]
}

const instant = (tick: number): Instant => (1_000_000 + tick * tickMs) as Instant
const tickOf = (tick: number, readings: SourceTick['readings']): SourceTick => ({
  ...{ from: instant(tick), to: instant(tick + 1), exposed: 0.1, readings },
})
const middle = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.ceil(numbers.length / 2) - 1] ?? Number.POSITIVE_INFINITY

const costTicks = 500

/** Microseconds for one tick of five metrics like this one, of the quickest round; readings drawn before the clock starts. */
export const tickCost = (one: Case, rounds: number): number => {
  const random = createRandom(1)
  const metrics = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ ...one.metric, name }))
  const drawn = Array.from({ length: 100 }, () => {
    const readings = {
      candidate: one.read(random, requests.candidate, one.healthy),
      stable: one.read(random, requests.stable, one.healthy),
    }
    return new Map(metrics.map(({ name }) => [name, readings]))
  })
  const judge = createSourceJudge({ metrics, alpha: 1e-300, beta: 0.05, resume: null })
  let next = 0
  const round = (): number => {
    const start = performance.now()
    for (let tick = 0; tick < costTicks; tick += 1) {
      judge.feed(tickOf(next, drawn[tick % drawn.length] ?? new Map()))
      next += 1
    }
    return ((performance.now() - start) / costTicks) * 1_000
  }
  return Math.min(...Array.from({ length: rounds }, round))
}

const inMinutes = (ticks: number): string =>
  Number.isFinite(ticks) ? `${((ticks * tickMs) / 60_000).toFixed(1)} min` : 'never'

const main = (runs: number, seed: number): void => {
  const healthyTicks = 180
  for (const one of cases) {
    const healthy = trial(one, { runs, seed, ticks: healthyTicks, level: one.healthy })
    const worse = trial(one, { runs, seed: seed + 1, ticks: 720, level: one.worse })
    process.stdout.write(
      `${one.name.padEnd(11)} healthy: taken out ${healthy.trips} of ${runs} in 30 min, shown after ${inMinutes(healthy.medianShown)}; ` +
        `worse: found ${worse.trips} of ${runs}, after ${inMinutes(worse.median)}; five: ${tickCost(one, 100).toFixed(1)} µs a tick\n`,
    )
  }
}

if (import.meta.main) main(Number(process.argv[2] ?? 200), Number(process.argv[3] ?? 1))
