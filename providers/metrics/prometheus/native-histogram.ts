// The increase of a native histogram in a window, per bucket. Only buckets that are not empty are answered, so they are laid
// on the whole grid of their schema, which is the same in every window. Pure.
//
// Schema s has the edges 2^(i / 2^s) for all integers i; each edge of schema s is one of schema s + 1 as well.
import type { NativeBucket, NativeSample } from './answer.ts'
import { seriesName } from './answer.ts'
import type { Bucketed } from './classic-histogram.ts'
import type { Tracked } from './selection.ts'

/** From 2^-20 to 2^20, about a millionth to a million of the unit: what is beyond counts at the ends. */
const octaves = { from: -20, to: 20 } as const
/** Edges 2.2 % apart. Finer buckets lie whole within these and are counted there. */
const finestSchema = 5

export const nativeIncrease = (tracked: readonly Tracked<NativeSample>[]): Bucketed => {
  const alive = tracked.filter(({ fresh }) => fresh.length > 0)
  const schema = commonSchema(alive)
  if (typeof schema === 'string') return { ok: false, reason: schema }
  const wide = alive
    .flatMap(samplesOf)
    .flatMap(({ buckets }) => buckets)
    .find(isTooWide)
  if (wide !== undefined)
    return { ok: false, reason: `the bucket around 0 reaches to ${wide.upper}: give it a smaller zero threshold` }
  const grid = gridOf(Math.min(schema, finestSchema))
  const counts = Array.from({ length: grid.edges.length + 1 }, () => 0)
  for (const { base, fresh } of alive) {
    let before = base
    for (const sample of fresh) {
      for (const { upper, count } of grown(before, sample)) {
        const index = grid.indexOf(upper)
        counts[index] = (counts[index] ?? 0) + count
      }
      before = sample
    }
  }
  return { ok: true, value: { edges: grid.edges, counts } }
}

const samplesOf = ({ base, fresh }: Tracked<NativeSample>): readonly NativeSample[] =>
  base === null ? fresh : [base, ...fresh]

/** The schema of all samples, or why there is none. One without observations has any. */
const commonSchema = (tracked: readonly Tracked<NativeSample>[]): number | string => {
  let first: { readonly schema: number; readonly name: string } | null = null
  for (const one of tracked) {
    const name = seriesName(one.labels)
    for (const schema of samplesOf(one).flatMap(({ buckets }) => buckets.map(schemaOf))) {
      if (schema === null) continue
      first ??= { schema, name }
      if (schema === first.schema) continue
      return first.name === name
        ? `the edges of ${name} changed between two scrapes: from ${spacing(first.schema)} to ${spacing(schema)}`
        : `two instances have different edges: ${first.name} has ${spacing(first.schema)}, ${name} has ${spacing(schema)}`
    }
  }
  return first === null ? 'nothing was observed yet, so its edges are not known' : first.schema
}

const spacing = (schema: number): string =>
  `edges a factor of ${Number((2 ** (2 ** -schema)).toPrecision(4))} apart (schema ${schema})`

/** Null for the bucket around 0, and for one that is open above. */
const schemaOf = ({ lower, upper }: NativeBucket): number | null => {
  const [small, large] = [Math.min(Math.abs(lower), Math.abs(upper)), Math.max(Math.abs(lower), Math.abs(upper))]
  if (lower * upper <= 0 || !Number.isFinite(large)) return null
  return Math.round(-Math.log2(Math.log2(large / small)))
}

const isTooWide = ({ lower, upper }: NativeBucket): boolean => lower <= 0 && upper > 2 ** octaves.from

type Grid = { readonly edges: readonly number[]; readonly indexOf: (upper: number) => number }

const gridOf = (schema: number): Grid => {
  const perOctave = 2 ** schema
  const length = Math.floor((octaves.to - octaves.from) * perOctave) + 1
  const edges = Array.from({ length }, (_, index) => 2 ** (octaves.from + index / perOctave))
  return {
    edges,
    indexOf: (upper) => {
      if (upper <= (edges[0] ?? 0)) return 0
      // An upper edge is a power up to rounding: a hair above it must not become the next one.
      const index = Math.ceil((Math.log2(upper) - octaves.from) * perOctave - 1e-6)
      return Math.min(index, edges.length)
    },
  }
}

/** What each bucket has more than before; all of it where any has less, for then the histogram began anew. */
const grown = (before: NativeSample | null, after: NativeSample): readonly NativeBucket[] => {
  const counted = new Map(after.buckets.map((bucket) => [keyOf(bucket), bucket.count]))
  const beganAnew =
    before === null ||
    after.count < before.count ||
    before.buckets.some((bucket) => (counted.get(keyOf(bucket)) ?? 0) < bucket.count)
  if (beganAnew) return after.buckets
  const earlier = new Map(before.buckets.map((bucket) => [keyOf(bucket), bucket.count]))
  return after.buckets.map((bucket) => ({ ...bucket, count: bucket.count - (earlier.get(keyOf(bucket)) ?? 0) }))
}

const keyOf = ({ lower, upper }: NativeBucket): string => `${lower} ${upper}`
