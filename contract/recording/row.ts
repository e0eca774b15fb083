// One tick of a recording as it is written, before anything of it is believed, and what reads such rows from text.
import type { Column } from './columns.ts'

export type Row = {
  /** From 1. */
  readonly line: number
  /** Text or a number; undefined where it is not there. */
  readonly get: (column: Column) => unknown
  /** `counts.csv:14:9` */
  readonly placeOf: (column: Column) => string
}

/** Takes text as it comes, in pieces of any length. Both fail with HD6002. */
export type Reader = { feed(text: string): void; end(): void }

/** A line, or an object, that is longer is no tick: nothing that a file says makes memory grow. */
export const longestRecord = 65_536
