// What keeps a tick of a metric from being counted, and which arm it is about. Absent, stale, failed and wrong are four things, and
// none of them is a zero.

import type { Reading } from '../../ports.ts'
import type { Instant } from '../../time.ts'
import type { Measure } from '../metric.ts'
import type { ReadingFault } from './reading-fault.ts'
import { faultOf, isCounted } from './reading-fault.ts'

/** What was read of one metric over one tick. */
export type ArmReadings = { readonly candidate: Reading; readonly stable: Reading }

/** One of them, or both in the same way. */
export type Arm = 'candidate' | 'stable' | 'both'

/** Why the last tick could not be counted. `why` is the source's own sentence. */
export type Trouble =
  | { readonly kind: 'noData'; readonly arm: Arm; readonly why: string }
  | { readonly kind: 'stale'; readonly arm: Arm; readonly lastAt: Instant }
  | { readonly kind: 'error'; readonly arm: Arm; readonly why: string }
  /** It was read, and what was read cannot be right. */
  | { readonly kind: 'bad'; readonly arm: Arm; readonly fault: ReadingFault }
  /** The tick had nothing of this metric. */
  | { readonly kind: 'notRead' }
  /** The tick itself was refused: its time cannot be right. */
  | { readonly kind: 'clock' }

/** Such as a reading itself shows. */
type ReadTrouble = Extract<Trouble, { readonly arm: Arm }>

/** What keeps a reading from being counted; told of the candidate, and of stable by `joined`. */
export const troubleOf = (reading: Reading, measure: Measure): ReadTrouble | null => {
  const arm = 'candidate'
  switch (reading.kind) {
    case 'noData':
      return { kind: 'noData', arm, why: reading.reason }
    case 'stale':
      return { kind: 'stale', arm, lastAt: reading.lastAt }
    case 'error':
      return { kind: 'error', arm, why: reading.reason }
    default: {
      const fault = faultOf(measure, reading)
      return fault === null ? null : { kind: 'bad', arm, fault }
    }
  }
}

/** What is wrong outranks what is absent: the one that has to be mended is told. */
const rank: Readonly<Record<ReadTrouble['kind'], number>> = { bad: 0, error: 1, stale: 2, noData: 3 }

export const joined = (candidate: ReadTrouble | null, stable: ReadTrouble | null): ReadTrouble | null => {
  if (stable === null) return candidate
  if (candidate === null) return { ...stable, arm: 'stable' }
  if (candidate.kind === stable.kind) return { ...candidate, arm: 'both' }
  return rank[candidate.kind] < rank[stable.kind] ? candidate : { ...stable, arm: 'stable' }
}

/** The candidate has no data while stable, which is measured, has some to show. */
export const isMissing = ({ candidate, stable }: ArmReadings, measure: Measure): boolean =>
  (candidate.kind === 'noData' || candidate.kind === 'stale') &&
  isCounted(stable) &&
  faultOf(measure, stable) === null &&
  observationsOf(stable) > 0

/** A value is there however little traffic there is: as good as very many. */
export const observationsOf = (reading: Reading): number => {
  switch (reading.kind) {
    case 'share':
      return reading.total
    case 'mean':
      return reading.count
    case 'value':
      return 1e9
    case 'histogram':
      return reading.counts.reduce((sum, count) => sum + count, 0)
    case 'noData':
    case 'stale':
    case 'error':
      return 0
    default:
      return reading satisfies never
  }
}
