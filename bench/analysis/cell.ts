// The figures of one case and one method, over all runs.
import { growth } from '@humdrum/core/analysis/engines/information-limit.ts'
import type { Case, Column, Kind } from './case.ts'

export type Cell = {
  readonly kind: Kind
  /** `humdrum` for ours. */
  readonly method: string
  readonly metric: string
  readonly case: string
  readonly table: string
  /** Shares, 0 to 1; null where there is none, or where it changes. */
  readonly p0: number | null
  readonly p1: number | null
  readonly weight: number | null
  /** Of a promotion its beta. */
  readonly alpha: number | null
  readonly runs: number
  /** Share of the runs that were rolled back; of a promotion that were promoted. */
  readonly rolledBack: number
  /** Candidate requests until then, over all runs; null where so many runs never got there. */
  readonly median: number | null
  readonly p95: number | null
  /** Over the runs that got there. */
  readonly mean: number | null
  /** Standard error: of `mean` where something is to be found, else of `rolledBack`. */
  readonly se: number | null
  /** Candidate requests that any test of this alpha needs on average, at least (Wald, Lorden); null where none is known. */
  readonly limit: number | null
  /** limit / mean. */
  readonly efficiency: number | null
}

/** `found`: candidate requests of each run; null where it never came. */
export const cellOf = (one: Case, column: Column, found: readonly (number | null)[]): Cell => {
  const { kind, metric, p0, p1, weight, table } = one
  const came = found.filter((value): value is number => value !== null).sort((first, second) => first - second)
  const [runs, share] = [found.length, came.length / found.length]
  const quantile = (part: number): number | null => came[Math.max(0, Math.ceil(part * runs) - 1)] ?? null
  const mean = came.length === 0 ? null : came.reduce((sum, value) => sum + value, 0) / came.length
  const limit = limitOf(one, column)
  return {
    ...{ kind, method: column.method, metric, case: one.name, table, p0, p1, weight, alpha: column.alpha },
    ...{ runs, rolledBack: share, median: quantile(0.5), p95: quantile(0.95), mean },
    se: kind === 'detect' ? standardErrorOf(came) : Math.sqrt((share * (1 - share)) / runs),
    ...{ limit, efficiency: limit === null || mean === null ? null : limit / mean },
  }
}

const standardErrorOf = (values: readonly number[]): number | null => {
  if (values.length < 2) return null
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1) / values.length)
}

/** It binds tests that keep an alpha; of latency and of what changes on the way none is computed. */
const limitOf = ({ kind, metric, p0, p1, weight }: Case, { method, alpha }: Column): number | null => {
  if (kind !== 'detect' || metric !== 'errors') return null
  if (p0 === null || p1 === null || weight === null || alpha === null || method !== 'humdrum') return null
  return -Math.log(alpha) / growth({ p0, p1, share: weight })
}
