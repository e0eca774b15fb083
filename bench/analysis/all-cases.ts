// All cases, and how some of their runs are made: what a thread is told is the name of a case and the numbers of its runs.
import type { Case, Kind } from './case.ts'
import { tables } from './case.ts'
import { errorCases, longCases } from './error-cases.ts'
import { latencyCases } from './latency-cases.ts'
import { peerCases } from './peer-cases.ts'
import { randomOfRun } from './run-seed.ts'
import { sessionCases } from './session-cases.ts'

const order = Object.keys(tables)

const all: readonly Case[] = [...errorCases, ...longCases, ...peerCases, ...latencyCases, ...sessionCases].sort(
  (one, other) => order.indexOf(one.table) - order.indexOf(other.table),
)

export type Choice = {
  /** A kind, a table, or a part of a case's name; null for everything. */
  readonly only: string | null
  /** Whether what takes ten times as long is wanted too. */
  readonly long: boolean
}

const kinds: readonly Kind[] = ['detect', 'null', 'promote']

export const chosen = ({ only, long }: Choice): readonly Case[] =>
  all
    .filter(({ table }) => long || table !== 'long')
    .filter((one) => {
      if (only === null) return true
      return kinds.some((kind) => kind === only) ? one.kind === only : one.name.includes(only)
    })

export const caseNamed = (name: string): Case => {
  const found = all.find((one) => one.name === name)
  if (found === undefined) throw new Error(`there is no case '${name}'`)
  return found
}

/** Some runs of a case. */
export type Job = { readonly name: string; readonly seed: number; readonly from: number; readonly to: number }

/** For each column its candidate requests until it acted, run by run; null where it never did. */
export type Done = readonly (readonly (number | null)[])[]

export const doJob = ({ name, seed, from, to }: Job): Done => {
  const one = caseNamed(name)
  const runs = Array.from({ length: to - from }, (_, index) =>
    one.run(
      randomOfRun(seed, name, from + index),
      one.columns.flatMap(({ make }) => (make === null ? [] : [make()])),
    ),
  )
  return one.columns.map((_, column) => runs.map((found) => found[column] ?? null))
}
