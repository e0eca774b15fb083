// What the HTTP API of Prometheus answers, parsed: series with their samples, numbers and native histograms. Its times are
// seconds, ours are ms; its numbers are text, since JSON has no NaN.
import type { Instant } from '@humdrum/core/time.ts'
import { z } from 'zod'

/** By name, `__name__` among them. */
export type Labels = Readonly<Record<string, string>>
export type Sample = { readonly at: Instant; readonly value: number }

/** (lower, upper], but for the one around 0; only those that are not empty. */
export type NativeBucket = { readonly lower: number; readonly upper: number; readonly count: number }
export type NativeSample = { readonly at: Instant; readonly count: number; readonly buckets: readonly NativeBucket[] }

/** A series has samples of one kind, unless it changed its kind meanwhile. */
export type Series = {
  readonly labels: Labels
  readonly samples: readonly Sample[]
  readonly histograms: readonly NativeSample[]
}

const at = z.number().transform((s) => Math.round(s * 1_000) as Instant)
/** `1.5`, `NaN`, `+Inf`. */
const number = z.string().transform((text) => Number(text.replace(/Inf$/, 'Infinity')))
const labels = z.record(z.string(), z.string())
const sample = z.tuple([at, number]).transform(([when, value]): Sample => ({ at: when, value }))
const bucket = z
  .tuple([z.number(), number, number, number])
  .transform(([, lower, upper, count]): NativeBucket => ({ lower, upper, count }))
const native = z
  .tuple([at, z.object({ count: number, buckets: z.array(bucket).optional() })])
  .transform(([when, { count, buckets }]): NativeSample => ({ at: when, count, buckets: buckets ?? [] }))

const matrixSeries = z
  .object({ metric: labels, values: z.array(sample).optional(), histograms: z.array(native).optional() })
  .transform(
    ({ metric, values, histograms }): Series => ({
      ...{ labels: metric, samples: values ?? [], histograms: histograms ?? [] },
    }),
  )

const vectorSeries = z.object({ metric: labels, value: sample.optional(), histogram: native.optional() }).transform(
  ({ metric, value, histogram }): Series => ({
    ...{ labels: metric, samples: value ? [value] : [], histograms: histogram ? [histogram] : [] },
  }),
)

/** Of a range selector. */
export const matrixSchema = z
  .object({ resultType: z.literal('matrix'), result: z.array(matrixSeries) })
  .transform(({ result }): readonly Series[] => result)

/** Of any other expression; a scalar is a series without labels. */
export const instantSchema = z.union([
  z
    .object({ resultType: z.literal('vector'), result: z.array(vectorSeries) })
    .transform(({ result }): readonly Series[] => result),
  z
    .object({ resultType: z.literal('scalar'), result: sample })
    .transform(({ result }): readonly Series[] => [{ labels: {}, samples: [result], histograms: [] }]),
])

export const namesSchema = z.array(z.string())

export const typesSchema = (metric: string) =>
  z
    .record(z.string(), z.array(z.object({ type: z.string() })))
    .transform((found) => (found[metric] ?? []).map(({ type }) => type))

/** `http_requests_total{instance="a:80", job="shop"}`, for people. */
export const seriesName = ({ __name__: name = '', ...others }: Labels): string =>
  `${name}{${Object.entries(others)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(', ')}}`
