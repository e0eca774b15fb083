// Metrics of every kind of measure and ticks to feed their judge with, for its tests.
import { fc } from '@fast-check/vitest'
import type { Reading } from '../../ports.ts'
import type { Instant } from '../../time.ts'
import type { Measure, SourceMetric } from '../metric.ts'
import type { Random } from '../seeded-random.ts'
import { draws } from '../seeded-random.ts'
import type { SourceTick } from './source-judge.ts'
import type { ArmReadings } from './source-trouble.ts'

export const tickMs = 10_000

export const measures = {
  share: { kind: 'share', hits: 'hits', total: 'total' },
  mean: { kind: 'mean', sum: 'sum', count: 'count', low: 0, high: 200 },
  value: { kind: 'value', query: 'query', low: 0, high: 100 },
  restarts: { kind: 'restarts' },
  histogram: { kind: 'histogram', selector: 'seconds', quantiles: [0.5, 0.99] },
} as const satisfies Readonly<Record<Measure['kind'], Measure>>

/** Margins in each measure's own unit. */
const margins: Readonly<Record<Measure['kind'], number>> = {
  ...{ share: 0.02, mean: 10, value: 5, restarts: 1.5, histogram: 1.2 },
}

export const metricOf = (kind: Measure['kind'], over: Partial<SourceMetric> = {}): SourceMetric => ({
  ...{ name: kind, kind: 'custom', onFail: 'rollback', required: true, dryRun: false },
  ...{ worse: 'higher', measure: measures[kind], margin: margins[kind] },
  ...over,
})

export const at = (tick: number): Instant => (1_000_000 + tick * tickMs) as Instant

/** The tick with this number; an entry per metric's name. */
export const tickOf = (
  tick: number,
  readings: Readonly<Record<string, ArmReadings>>,
  over: Partial<SourceTick> = {},
): SourceTick => ({
  ...{ from: at(tick), to: at(tick + 1), exposed: 0.1, readings: new Map(Object.entries(readings)) },
  ...over,
})

export const share = (hits: number, total: number): Reading => ({ kind: 'share', hits, total })
export const noData: Reading = { kind: 'noData', reason: 'no series' }

export const edges: readonly number[] = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]

const binomial = (random: Random, n: number, p: number): number => {
  let hits = 0
  for (let trial = 0; trial < n; trial += 1) if (random() < p * draws) hits += 1
  return hits
}

/** What an arm with so many observations in a tick reads; `level` between 0 and 1 moves each measure upwards. */
export const drawn = (random: Random, kind: Measure['kind'], [n, level]: readonly [number, number]): Reading => {
  switch (kind) {
    case 'share':
      return { kind, hits: binomial(random, n, level), total: n }
    case 'restarts':
      return { kind: 'share', hits: binomial(random, n, level / 20), total: n }
    case 'mean':
      // Half of the observations are 0, the others 400 times the level.
      return { kind, sum: 400 * level * binomial(random, n, 0.5), count: n }
    case 'value':
      return { kind, value: 80 * level + (20 * random()) / draws }
    case 'histogram': {
      // Exponential with the mean `level` seconds.
      const counts = [...edges, Number.POSITIVE_INFINITY].map(() => 0)
      for (let one = 0; one < n; one += 1) {
        const seconds = -level * Math.log((random() + 1) / (draws + 1))
        const bucket = edges.findIndex((edge) => seconds <= edge)
        const index = bucket < 0 ? edges.length : bucket
        counts[index] = (counts[index] ?? 0) + 1
      }
      return { kind, edges, counts }
    }
    default:
      return kind satisfies never
  }
}

/** Anything that a source may answer, right and wrong, for any measure. */
export const anyReading: fc.Arbitrary<Reading> = fc.oneof(
  fc.record({ kind: fc.constant('share' as const), hits: fc.double(), total: fc.double() }),
  fc.record({ kind: fc.constant('share' as const), hits: fc.nat({ max: 9 }), total: fc.integer({ min: 9, max: 99 }) }),
  fc.record({ kind: fc.constant('mean' as const), sum: fc.double(), count: fc.double() }),
  fc.record({
    kind: fc.constant('mean' as const),
    sum: fc.nat({ max: 2_000 }),
    count: fc.integer({ min: 10, max: 99 }),
  }),
  fc.record({ kind: fc.constant('value' as const), value: fc.oneof(fc.double(), fc.nat({ max: 100 })) }),
  fc.record({
    kind: fc.constant('histogram' as const),
    edges: fc.oneof(fc.constant(edges), fc.array(fc.double(), { maxLength: 4 })),
    counts: fc.array(fc.nat({ max: 900 }), { minLength: 7, maxLength: 8 }),
  }),
  fc.constant(noData),
  fc.record({ kind: fc.constant('stale' as const), lastAt: fc.nat().map((ms) => ms as Instant) }),
  fc.record({ kind: fc.constant('error' as const), reason: fc.constant('refused') }),
)
