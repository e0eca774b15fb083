// What is wrong with a reading, before it may be counted. Nothing that is wrong is counted as if it were right, and nothing
// that a source answers is thrown on.

import type { Reading } from '../../ports.ts'
import type { Measure } from '../metric.ts'

/**
 * Why a reading cannot be used: another kind than was asked for; NaN or infinite; an increase below zero; more hits than there
 * were observations; a value beyond the bounds that the metric states; a histogram whose buckets do not fit its edges; one that
 * lacks the edges that are compared.
 */
export type ReadingFault = 'wrongKind' | 'notANumber' | 'negative' | 'moreThanAll' | 'outside' | 'shape' | 'edges'

/** A reading that counted something. */
export type CountedReading = Exclude<Reading, { readonly kind: 'noData' | 'stale' | 'error' }>

export const isCounted = (reading: Reading): reading is CountedReading =>
  reading.kind !== 'noData' && reading.kind !== 'stale' && reading.kind !== 'error'

/** Restarts are told as a share: `hits` restarts in `total` instance-seconds. */
const kindOf = ({ kind }: Measure): CountedReading['kind'] => (kind === 'restarts' ? 'share' : kind)

/** What is wrong with a reading that answers this measure; null when nothing is. */
export const faultOf = (measure: Measure, reading: CountedReading): ReadingFault | null => {
  if (reading.kind !== kindOf(measure)) return 'wrongKind'
  switch (reading.kind) {
    case 'share':
      return ofShare(measure, reading)
    case 'mean':
      return measure.kind === 'mean' ? ofMean(measure, reading) : 'wrongKind'
    case 'value':
      return measure.kind === 'value' ? ofValue(measure, reading.value) : 'wrongKind'
    case 'histogram':
      return ofHistogram(reading)
    default:
      return reading satisfies never
  }
}

type Of<Kind extends CountedReading['kind']> = Extract<CountedReading, { readonly kind: Kind }>
type Bounds = { readonly low: number; readonly high: number }

const ofShare = (measure: Measure, { hits, total }: Of<'share'>): ReadingFault | null => {
  if (!(Number.isFinite(hits) && Number.isFinite(total))) return 'notANumber'
  if (hits < 0 || total < 0) return 'negative'
  // An instance may restart more than once in a second; a counter of hits cannot outrun the one that it is part of.
  return hits > total && measure.kind !== 'restarts' ? 'moreThanAll' : null
}

/** Sums of counters are added up in floating point: by so much of the range they may miss it. */
const rounding = 1e-9

const ofMean = ({ low, high }: Bounds, { sum, count }: Of<'mean'>): ReadingFault | null => {
  if (!(Number.isFinite(sum) && Number.isFinite(count))) return 'notANumber'
  if (count < 0) return 'negative'
  const slack = rounding * count * Math.max(Math.abs(low), Math.abs(high))
  return sum < low * count - slack || sum > high * count + slack ? 'outside' : null
}

const ofValue = ({ low, high }: Bounds, value: number): ReadingFault | null => {
  if (!Number.isFinite(value)) return 'notANumber'
  return value < low || value > high ? 'outside' : null
}

const ofHistogram = ({ edges, counts }: Of<'histogram'>): ReadingFault | null => {
  if (edges.length === 0 || counts.length !== edges.length + 1) return 'shape'
  if (!(edges.every(Number.isFinite) && counts.every(Number.isFinite))) return 'notANumber'
  if (edges.some((edge, index) => index > 0 && edge <= (edges[index - 1] ?? 0))) return 'shape'
  return counts.some((count) => count < 0) ? 'negative' : null
}
