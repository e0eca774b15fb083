// A case of the comparison: one kind of rollout, simulated many times, and who looks at it. Its name stands for it between
// threads, so it must be unique.
import type { Random } from '@humdrum/core/analysis/seeded-random.ts'
import type { Found, Watcher } from './panel.ts'

/** Of what is asked: is it found, is a good one left alone, is a good one promoted. */
export type Kind = 'detect' | 'null' | 'promote'

export type Column = {
  /** `humdrum` for the judges of this repository. */
  readonly method: string
  /** Of a rollback, or beta of a promotion; null where a method promises neither. */
  readonly alpha: number | null
  /** Null where the case has it looked at by itself. */
  readonly make: (() => Watcher) | null
}

export type Case = {
  readonly name: string
  readonly table: Table
  readonly kind: Kind
  readonly metric: 'errors' | 'latency' | 'errors and latency'
  /** Shares of bad requests; null where it is not about errors, or where they change. */
  readonly p0: number | null
  readonly p1: number | null
  /** The candidate's share of the requests; null where it changes. */
  readonly weight: number | null
  readonly columns: readonly Column[]
  /** Of all runs, so many are made, where each takes long; 1 unless told. */
  readonly part?: number
  run(random: Random, watchers: readonly Watcher[]): Found
}

/** In the order in which they are shown. */
export const tables = {
  nulls: 'A release that is no worse, rolled back within 100,000 requests',
  long: 'A release that is no worse, rolled back within 1,000,000 requests',
  detection: 'Candidate requests until a worse release is rolled back',
  peers: 'Beside other systems: 100 requests/s, 10 % to the candidate, one hour',
  slowPeers: 'Beside other systems: 10 requests/s, 10 % to the candidate, one hour',
  promotion: 'Candidate requests until the errors are shown to be within the margin',
  latency: 'Latency alone, after a minute of stable',
  latencyPeers: 'Latency beside other systems: 100 requests/s, 10 % to the candidate, one hour',
  late: 'A regression that begins at the third step of 1, 5, 25, 50 %, counted from there',
  sessions: 'Sessions of 20 requests that stick to their release, weight 1, 5, 25, 50 %; candidate sessions',
} as const
export type Table = keyof typeof tables

/** `0.1 %`: a share as it is read. */
export const percent = (share: number): string => `${Number((100 * share).toFixed(4))} %`
