// Reads the source of every observation that is under way, window by window, and feeds its judge. What a window came to is
// saved whole before the next one is read. It acts on nothing: there is no target and no router here.
import { createSourceJudge } from '@humdrum/core/analysis/source/source-judge.ts'
import type { ArmReadings } from '@humdrum/core/analysis/source/source-trouble.ts'
import type { ObservationId, Version } from '@humdrum/core/ids.ts'
import { observationName, scopeKey } from '@humdrum/core/ids.ts'
import type { Observation } from '@humdrum/core/observation/observation.ts'
import { endWords, observationVerdict } from '@humdrum/core/observation/verdict.ts'
import type { MetricsSource, Reading, SourceSpec } from '@humdrum/core/ports.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Window } from '../engine/source-window.ts'
import { dueWindow, isOpen } from '../engine/source-window.ts'
import type { Log } from '../engine/turn.ts'
import { endObservation, openObservations, putObservationJudge } from '../store/observations.ts'
import type { Store } from '../store/open.ts'

export type ObservingParts = {
  readonly store: Store
  readonly sourceOf: (spec: SourceSpec) => MetricsSource
  readonly now: () => Instant
  readonly log: Log
}

type Observing = {
  /** One look at all that are under way; resolves when what was due is read and saved. */
  round(): Promise<void>
  /** Ends after the round that is under way. */
  close(): Promise<void>
}

/** `everyMs` null: no loop of its own, rounds are called from outside. */
export const startObserving = (parts: ObservingParts, everyMs: number | null): Observing => {
  const triedAt = new Map<ObservationId, Instant>()
  const told = new Map<ObservationId, string>()
  let failure = ''

  const observe = async (observation: Observation): Promise<void> => {
    const { id, plan, begunAt, judge } = observation
    const at = parts.now()
    if (at - begunAt >= plan.forMs) return over(parts, observation, at)
    const last = triedAt.get(id)
    if (last !== undefined && at >= last && at - last < plan.source.intervalMs) return
    const window = dueWindow({ since: begunAt, judge }, at, plan.source.intervalMs)
    if (window === null) return
    triedAt.set(id, at)
    const after = await read(parts, observation, window)
    if (after === null) return
    const { kind, reason } = observationVerdict(after, parts.now())
    if (told.get(id) !== kind) parts.log('info', `${scopeKey(after.scope)} ${observationName(id)} ${kind}: ${reason}`)
    told.set(id, kind)
  }

  const round = async (): Promise<void> => {
    const results = await Promise.allSettled((await openObservations(parts.store.db)).map(observe))
    const [failed] = results.filter(({ status }) => status === 'rejected')
    if (failed?.status === 'rejected') throw failed.reason
  }

  /** Says a failure once, however often it is met. */
  const roundSafely = (): Promise<void> =>
    round().then(
      () => {
        failure = ''
      },
      (cause: unknown) => {
        if (failure !== String(cause)) parts.log('error', 'an observation failed', { cause: String(cause) })
        failure = String(cause)
      },
    )

  return everyMs === null ? { round, close: async () => {} } : { round, close: keepGoing(roundSafely, everyMs) }
}

const keepGoing = (round: () => Promise<void>, everyMs: number): (() => Promise<void>) => {
  let turning: Promise<void> | null = null
  const timer = setInterval(() => {
    turning ??= round().finally(() => {
      turning = null
    })
  }, everyMs)
  return async () => {
    clearInterval(timer)
    await turning
  }
}

const over = async ({ store, log }: ObservingParts, observation: Observation, at: Instant): Promise<void> => {
  const end = { kind: 'time', at } as const
  if (!(await endObservation(store.db, observation, end))) return
  log('info', `${scopeKey(observation.scope)} ${observationName(observation.id)} ended: ${endWords(end)}`)
  store.changed()
}

/** Null while a scrape that belongs to the window may still come. */
const read = async (
  { store, sourceOf }: ObservingParts,
  observation: Observation,
  window: Window,
): Promise<Observation | null> => {
  const { id, candidate, stable, plan, judge: resume } = observation
  const source = sourceOf(plan.source)
  const readings = new Map<string, ArmReadings>(
    await Promise.all(
      plan.metrics.map(async ({ name, measure }): Promise<[string, ArmReadings]> => {
        if (measure.kind === 'restarts') throw new Error(`${name} is of no source`)
        const ask = (release: Version): Promise<Reading> => source.read({ measure, release, ...window })
        const [ofCandidate, ofStable] = await Promise.all([ask(candidate), ask(stable)])
        return [name, { candidate: ofCandidate, stable: ofStable }]
      }),
    ),
  )
  if (isOpen(window, readings.values())) return null
  const { metrics, alpha, beta } = plan
  const judge = createSourceJudge({ metrics, alpha, beta, resume })
  // Whether the candidate was to have traffic is known to the other deployer alone: that it is not measured is told, not judged.
  judge.feed({ ...window, exposed: 0, readings })
  await putObservationJudge(store.db, id, judge.state())
  store.changed()
  return { ...observation, judge: judge.state() }
}
