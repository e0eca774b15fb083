// The columns of a recording, by every name that they may have. Upper case, dashes and blanks make no difference.
import { FaultError } from '@humdrum/core/errors.ts'
import { nearest } from '../config/nearest.ts'
import { quoted } from '../config/problem.ts'

const columnNames = {
  time: ['time', 'timestamp', 'ts', 'at'],
  candidateRequests: ['candidate_requests', 'candidate_total', 'canary_requests', 'canary_total', 'n1'],
  candidateBad: ['candidate_bad', 'candidate_errors', 'canary_bad', 'canary_errors', 'x1'],
  stableRequests: ['stable_requests', 'stable_total', 'baseline_requests', 'baseline_total', 'n0'],
  stableBad: ['stable_bad', 'stable_errors', 'baseline_bad', 'baseline_errors', 'x0'],
  metric: ['metric', 'metric_name'],
} as const

export type Column = keyof typeof columnNames

const columns = Object.keys(columnNames) as Column[] // the keys of a constant
const optional: readonly Column[] = ['metric']

/** The first of its names is the one that people are told. */
export const nameOf = (column: Column): string => columnNames[column][0]

const plain = (name: string): string => name.trim().toLowerCase().replaceAll(/[- ]/g, '_')

const columnOf = (name: string): Column | null =>
  columns.find((column) => (columnNames[column] as readonly string[]).includes(plain(name))) ?? null

/** Where each column stands among the names of a recording; -1 where `metric` is not there. Fails with HD6002. */
export type Places = Readonly<Record<Column, number>>

export const placesOf = (names: readonly string[], place: string): Places => {
  const found = names.map(columnOf)
  const twice = found.findIndex((column, index) => column !== null && found.indexOf(column) < index)
  const [once, again] = [names[found.indexOf(found[twice] ?? null)] ?? '', names[twice] ?? '']
  if (twice >= 0) throw refused(place, `${quoted(once)} and ${quoted(again)} are one column`)
  for (const column of columns)
    if (!found.includes(column) && !optional.includes(column)) throw missing(column, names, place)
  return Object.fromEntries(columns.map((column) => [column, found.indexOf(column)])) as Places // one entry per column
}

const missing = (column: Column, names: readonly string[], place: string): FaultError => {
  const unknown = names.filter((name) => columnOf(name) === null)
  const meant = columnNames[column].map((name) => nearest(name, unknown)).find((name) => name !== null)
  const others = names.map((name) => quoted(name)).join(', ')
  const guess = meant == null ? `there are ${others === '' ? 'none' : others}` : `is it ${quoted(meant)}?`
  return refused(place, `there is no column ${nameOf(column)}: ${guess}`)
}

export const refused = (place: string, reason: string, next?: string): FaultError =>
  new FaultError({ code: 'HD6002', reason, place, ...(next === undefined ? {} : { next }) })
