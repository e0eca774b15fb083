// Counters in place of increases: what a tick brought is the difference to the tick before. Whoever records counters and does
// not say so would have every request judged again and again, so figures that never fall are not taken for increases.
import type { BinCounts } from '@humdrum/core/analysis/engines/bin.ts'
import { quoted } from '../config/problem.ts'
import type { Column } from './columns.ts'
import { nameOf, refused } from './columns.ts'
import type { Row } from './row.ts'

type Counters = {
  /** What the tick brought; null for the first of its metric where counters are read. Fails where a counter falls. */
  increase(metric: string, read: BinCounts, row: Row): BinCounts | null
  /** Fails where the increases of a metric look like counters. */
  end(name: string): void
}

/** How often the requests of both arms grew from tick to tick, and how often a figure fell. */
type Course = { last: BinCounts; ticks: number; grew: number; fell: number }

const figures = [
  'candidateRequests',
  'candidateBad',
  'stableRequests',
  'stableBad',
] as const satisfies readonly Column[]
/** Increases of fewer ticks may well rise by chance; of so many, both arms at once, in fewer than one file in a million. */
const leastTicks = 8

export const createCounters = (counts: 'increases' | 'counters'): Counters => {
  const courses = new Map<string, Course>()

  const see = (metric: string, read: BinCounts): BinCounts | null => {
    const course = courses.get(metric)
    if (course === undefined) {
      courses.set(metric, { last: read, ticks: 1, grew: 0, fell: 0 })
      return null
    }
    const { last } = course
    course.ticks += 1
    if (read.candidateRequests > last.candidateRequests && read.stableRequests > last.stableRequests) course.grew += 1
    if (figures.some((figure) => read[figure] < last[figure])) course.fell += 1
    course.last = read
    return last
  }

  const increase: Counters['increase'] = (metric, read, row) => {
    const last = see(metric, read)
    if (counts === 'increases') return read
    if (last === null) return null
    for (const figure of figures) if (read[figure] < last[figure]) throw fell(row, figure, last[figure])
    return {
      candidateRequests: read.candidateRequests - last.candidateRequests,
      candidateBad: read.candidateBad - last.candidateBad,
      stableRequests: read.stableRequests - last.stableRequests,
      stableBad: read.stableBad - last.stableBad,
    }
  }

  const end: Counters['end'] = (name) => {
    if (counts === 'counters') return
    for (const [metric, { ticks, grew, fell: falls }] of courses) {
      if (ticks < leastTicks || falls > ticks / 50 || grew < ticks / 2) continue
      const reason = `the figures of ${quoted(metric)} only ever grow, as counters do, and it takes what came in each tick`
      throw refused(name, reason, 'record increases; or say that they are counters: --counts counters')
    }
  }

  return { increase, end }
}

const fell = (row: Row, figure: Column, last: number) =>
  refused(
    row.placeOf(figure),
    `the counter ${nameOf(figure)} falls from ${last} to ${row.get(figure)}`,
    'it began anew there, and what it counted meanwhile is not known: start another file there, or record increases',
  )
