// From the text of a recording to ticks that may be judged: every figure read strictly, times that only go on, and nothing
// that would make a silence look like no error. Fails with HD6002, with line and column; never for the size of a file.
import { errorsName } from '@humdrum/core/analysis/metric.ts'
import type { RecordedTick } from '@humdrum/core/analysis/replay/replay.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { formatDuration } from '@humdrum/core/time.ts'
import { quoted } from '../config/problem.ts'
import { suggest } from '../config/sentences.ts'
import type { Column } from './columns.ts'
import { nameOf, refused } from './columns.ts'
import { createCounters } from './counters.ts'
import { createCsvReader } from './csv.ts'
import { readCount, readInstant } from './figures.ts'
import { createJsonReader } from './json.ts'
import type { Reader, Row } from './row.ts'

export type TicksWanted = {
  /** Of the file, for places. */
  readonly name: string
  /** Metrics that are known; a row that names none is of errors. */
  readonly metrics: readonly string[]
  /** What the figures are: what came in a tick, or all since some start. */
  readonly counts: 'increases' | 'counters'
}

type Before = { readonly at: number; readonly line: number }

/** Takes text as it comes; each tick is handed on as soon as its line is there. */
export const createTickReader = (wanted: TicksWanted, take: (tick: RecordedTick) => void): Reader => {
  const { name, metrics, counts } = wanted
  const before = new Map<string, Before>()
  const counters = createCounters(counts)
  let rows = 0

  const takeRow = (row: Row): void => {
    rows += 1
    const metric = metricOf(row, metrics)
    const at = readInstant(row.get('time'), row.placeOf('time'))
    inOrder(row, at, before.get(metric))
    before.set(metric, { at, line: row.line })
    const count = (column: Column): number => readCount(row.get(column), row.placeOf(column), nameOf(column))
    const read = {
      ...{ candidateRequests: count('candidateRequests'), candidateBad: count('candidateBad') },
      ...{ stableRequests: count('stableRequests'), stableBad: count('stableBad') },
    }
    const tick = counters.increase(metric, read, row)
    if (tick === null) return // the first figures of counters: what came since is not known yet
    if (tick.candidateBad > tick.candidateRequests) throw moreBad(row, 'candidateBad', 'candidateRequests')
    if (tick.stableBad > tick.stableRequests) throw moreBad(row, 'stableBad', 'stableRequests')
    take({ metric, at, ...tick })
  }

  let reader: Reader | null = null
  const readerFor = (text: string): Reader | null => {
    const first = /[^\s\ufeff]/.exec(text)?.[0]
    if (first === undefined) return null
    return first === '{' || first === '[' ? createJsonReader(name, takeRow) : createCsvReader(name, takeRow)
  }

  return {
    feed: (text) => {
      if (reader !== null) return reader.feed(text)
      reader = readerFor(text)
      reader?.feed(text.replace(/^\ufeff/, ''))
    },
    end: () => {
      reader?.end()
      if (rows === 0) throw refused(name, reader === null ? 'the file is empty' : 'there is no tick in it')
      counters.end(name)
    },
  }
}

const metricOf = (row: Row, known: readonly string[]): string => {
  const written = row.get('metric') ?? errorsName
  if (typeof written === 'string' && known.includes(written)) return written
  const reason = `unknown metric ${quoted(String(written))}`
  throw new FaultError({
    code: 'HD6002',
    reason,
    place: row.placeOf('metric'),
    next: suggest(String(written), known, 'known here'),
  })
}

const inOrder = (row: Row, at: number, before: Before | undefined): void => {
  if (before === undefined || at > before.at) return
  const place = row.placeOf('time')
  if (at === before.at)
    throw refused(
      place,
      `a second tick of one time, the first is in line ${before.line}`,
      'add the two up, or leave one out',
    )
  const back = `the time goes back by ${formatDuration(before.at - at)}, the tick before is in line ${before.line}`
  throw refused(place, back, 'sort the ticks by time; where a clock was set back, start another file there')
}

const moreBad = (row: Row, bad: Column, all: Column): FaultError =>
  refused(
    row.placeOf(bad),
    `${nameOf(bad)} is larger than ${nameOf(all)}: ${row.get(bad)} of ${row.get(all)}`,
    'bad requests are some of all requests: check which column is which',
  )
