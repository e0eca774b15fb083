// Which span of time is read next from a source, whether its reading is whole, and what restarted in it. Pure.
import type { ArmReadings } from '@humdrum/core/analysis/source/source-trouble.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { Instance, Reading } from '@humdrum/core/ports.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { RestartCount, SourceRecord } from '../store/source-states.ts'

export type Window = { readonly from: Instant; readonly to: Instant }

/** Nobody asks for more at once: after a longer absence what was in between is left out, for both arms. */
const longestWindowMs = 3_600_000
/** So long a window stays open for what has not come yet. */
const patienceMs = 60_000

/** From when on something is read, and what is known of it. */
type Begun = Pick<SourceRecord, 'judge' | 'since'>

/** Windows meet, whatever died in between: the next one begins where the last one that was saved ended. */
const beginningOf = ({ judge, since }: Begun): Instant => judge?.last?.to ?? since

/**
 * The window that is due. It ends one interval before now, so that the scrapes in it have arrived; null while it is shorter than
 * an interval. One that ends before the last did (the clock was set back) is refused by the judge, and that is told.
 */
export const dueWindow = (record: Begun, at: Instant, intervalMs: number): Window | null => {
  const [from, to] = [beginningOf(record), (at - intervalMs) as Instant]
  if (to < from - intervalMs && record.judge !== null) return { from: (to - intervalMs) as Instant, to }
  if (to - from < intervalMs) return null
  return { from: to - from > longestWindowMs ? ((to - intervalMs) as Instant) : from, to }
}

/**
 * A series that was scraped a while ago and not within the window yet will be: a longer window holds a sample of both arms. And
 * hits come after what they are hits of: where few come, a window may have the order and not the visit. To leave such windows
 * out would leave out hits of the arm that has less traffic, and it would look the worse for it.
 */
export const isOpen = ({ from, to }: Window, readings: Iterable<ArmReadings>): boolean =>
  to - from < patienceMs &&
  [...readings].some(({ candidate, stable }) =>
    [candidate, stable].some((reading) => isLate(reading, from) || isAhead(reading)),
  )

const isLate = (reading: Reading, from: Instant): boolean =>
  reading.kind === 'stale' && reading.lastAt > from - patienceMs

const isAhead = (reading: Reading): boolean => reading.kind === 'share' && reading.hits > reading.total

export const countsOf = (instances: readonly Instance[]): readonly RestartCount[] =>
  instances.map(({ id, release, restarts }) => ({ instance: id, release, restarts }))

type Watch = { readonly before: readonly RestartCount[]; readonly now: readonly Instance[]; readonly forMs: number }

/** Restarts of a release in so many instance-seconds; an instance that is new began with none. */
export const restartsOf = (release: Version, { before, now, forMs }: Watch): Reading => {
  const own = now.filter((instance) => instance.release === release && instance.state !== 'stopping')
  const hits = own.reduce((sum, { id, restarts }) => {
    const last = before.find(({ instance }) => instance === id)?.restarts ?? 0
    return sum + (restarts < last ? restarts : restarts - last)
  }, 0)
  return { kind: 'share', hits, total: (own.length * forMs) / 1_000 }
}
