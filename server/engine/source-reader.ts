// Reads the metrics that no edge sees, beside the turns: window after window while the candidate carries traffic. What a window
// came to is saved whole before the next one is read; a turn asks for what is known and never waits for a source.
import type { SourceMetric } from '@humdrum/core/analysis/metric.ts'
import { isOfEdge } from '@humdrum/core/analysis/metric.ts'
import { tickClock } from '@humdrum/core/analysis/source/source-assessment.ts'
import type { SourceJudge } from '@humdrum/core/analysis/source/source-judge.ts'
import { createSourceJudge } from '@humdrum/core/analysis/source/source-judge.ts'
import type { ArmReadings } from '@humdrum/core/analysis/source/source-trouble.ts'
import type { RolloutId, Version } from '@humdrum/core/ids.ts'
import { rolloutName } from '@humdrum/core/ids.ts'
import type { Instance, MetricsSource, Reading, SourceSpec } from '@humdrum/core/ports.ts'
import type { SeenSources } from '@humdrum/core/rollout/event.ts'
import type { Plan, Rollout } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { usualIntervalMs } from '../seen-sources.ts'
import type { Store } from '../store/open.ts'
import type { SourceRecord } from '../store/source-states.ts'
import { getSourceStates, putSourceState } from '../store/source-states.ts'
import type { Window } from './source-window.ts'
import { countsOf, dueWindow, isOpen, restartsOf } from './source-window.ts'

export type SourceReaderParts = {
  readonly store: Store
  readonly sourceOf: (spec: SourceSpec) => MetricsSource
  readonly failed: (what: string, cause: unknown) => void
  readonly succeeded: (what: string) => void
}

type Answered = { readonly candidate: number; readonly stable: number }

/** What a turn sees at this instant. */
export type Sight = {
  readonly at: Instant
  readonly instances: readonly Instance[]
  /** The router gives the candidate some of the traffic. */
  readonly isExposed: boolean
  /** That each arm has answered in this rollout. */
  readonly requests: Answered
}

export type SourceReader = {
  /** What is known now; begins to read the next window where one is due. Null where nothing but the edge is asked. */
  seen(rollout: Rollout, sight: Sight): Promise<SeenSources | null>
  /** Resolves when nothing is being read any more. */
  settled(): Promise<void>
}

/** What is known of one rollout in this process; `record` is what is in the store, or about to be. */
type Known = {
  readonly judge: SourceJudge
  readonly source: MetricsSource | null
  readonly intervalMs: number
  record: SourceRecord
  reading: Promise<void> | null
  triedAt: Instant | null
  /** Null while the candidate has no traffic. */
  exposedSince: Instant | null
  /** That each arm had answered when the last window was read. */
  requests: Answered
  /** This process saw the instances when they were counted last. */
  watches: boolean
}

export const createSourceReader = (parts: SourceReaderParts): SourceReader => {
  const all = new Map<RolloutId, Known>()

  const knownOf = async (rollout: Rollout, sight: Sight): Promise<Known> => {
    const known = all.get(rollout.id) ?? (await begin(parts, rollout, sight))
    all.set(rollout.id, known)
    return known
  }

  return {
    seen: async (rollout, sight) => {
      if (!isRead(rollout)) {
        all.delete(rollout.id)
        return null
      }
      const known = await knownOf(rollout, sight)
      if (!sight.isExposed) known.exposedSince = null
      else known.exposedSince ??= sight.at
      const window = known.reading === null ? dueNow(known, sight.at) : null
      if (window !== null) {
        known.triedAt = sight.at
        const what = `reading the source of ${rolloutName(rollout.id)}`
        known.reading = readWindow(parts, { known, rollout, sight, window })
          .then(
            () => parts.succeeded(what),
            (cause: unknown) => parts.failed(what, cause),
          )
          .finally(() => {
            known.reading = null
          })
      }
      return { metrics: known.judge.assessments(tickClock(sight.at, known.intervalMs)) }
    },
    settled: async () => {
      await Promise.all([...all.values()].map(({ reading }) => reading))
    },
  }
}

const phases: readonly Rollout['phase'][] = ['Progressing', 'Paused', 'Promoting', 'Baking']

/** Only what may still change its course is asked for. */
const isRead = ({ phase, plan }: Rollout): boolean =>
  phases.includes(phase) && plan.kind === 'deploy' && plan.stable !== null && ownOf(plan).length > 0

const ownOf = ({ metrics }: Plan): readonly SourceMetric[] => metrics.filter((metric) => !isOfEdge(metric))

const begin = async ({ store, sourceOf }: SourceReaderParts, { id, plan }: Rollout, sight: Sight): Promise<Known> => {
  const stored = (await getSourceStates(store.db, [id])).get(id)?.record ?? null
  const fresh: SourceRecord = {
    ...{ since: sight.at, judge: null, restarts: countsOf(sight.instances), countedAt: sight.at },
  }
  if (stored === null) await putSourceState(store.db, id, { record: fresh, at: sight.at })
  const record = stored ?? fresh
  const { metrics, alpha, beta, source } = plan
  return {
    judge: createSourceJudge({ metrics, alpha, beta, resume: record.judge }),
    source: source === null ? null : sourceOf(source),
    intervalMs: source?.intervalMs ?? usualIntervalMs,
    ...{ record, reading: null, triedAt: null, exposedSince: null, requests: sight.requests, watches: stored === null },
  }
}

/** A window that was left open, or that failed, is asked for again an interval later. */
const dueNow = ({ record, triedAt, intervalMs }: Known, at: Instant): Window | null =>
  triedAt !== null && at >= triedAt && at - triedAt < intervalMs ? null : dueWindow(record, at, intervalMs)

type Due = { readonly known: Known; readonly rollout: Rollout; readonly sight: Sight; readonly window: Window }

const readWindow = async (parts: SourceReaderParts, { known, rollout, sight, window }: Due): Promise<void> => {
  const { candidate, stable } = rollout.plan
  if (stable === null) return
  const arms = { candidate, stable }
  const restarts = restartsIn(known, arms, sight)
  const readings = new Map<string, ArmReadings>(
    await Promise.all(
      ownOf(rollout.plan).map(async (metric): Promise<[string, ArmReadings]> => {
        const { name, measure } = metric
        if (measure.kind === 'restarts') return [name, restarts]
        const ask = (release: Version): Promise<Reading> => asked(known.source, { measure, release, ...window })
        const [ofCandidate, ofStable] = await Promise.all([ask(candidate), ask(stable)])
        return [name, { candidate: ofCandidate, stable: ofStable }]
      }),
    ),
  )
  if (isOpen(window, readings.values())) return
  known.judge.feed({ ...window, exposed: exposedIn(window, known, sight), readings })
  known.record = {
    ...{ since: known.record.since, judge: known.judge.state() },
    ...{ restarts: countsOf(sight.instances), countedAt: sight.at },
  }
  known.requests = sight.requests
  known.watches = true
  await putSourceState(parts.store.db, rollout.id, { record: known.record, at: sight.at })
  parts.store.changed()
}

/** Requests of the candidate for each one of stable's; 0 where it had no traffic at some time of the window. */
const exposedIn = ({ from }: Window, { exposedSince, requests }: Known, sight: Sight): number => {
  const [own, other] = [sight.requests.candidate - requests.candidate, sight.requests.stable - requests.stable]
  return exposedSince !== null && exposedSince <= from && own > 0 && other > 0 ? own / other : 0
}

/** A source that throws all the same is none that can be used. */
const asked = async (source: MetricsSource | null, ask: Parameters<MetricsSource['read']>[0]): Promise<Reading> => {
  if (source === null) return { kind: 'error', reason: 'the environment has no source' }
  return source.read(ask).catch((cause: unknown): Reading => ({ kind: 'error', reason: String(cause) }))
}

type Arms = { readonly candidate: Version; readonly stable: Version }

/** Time in which no server was there counts for nobody: nobody started anything again in it. */
const restartsIn = (known: Known, { candidate, stable }: Arms, { at, instances }: Sight): ArmReadings => {
  const { record, watches, intervalMs } = known
  const elapsedMs = Math.max(0, at - record.countedAt)
  const forMs = watches ? elapsedMs : Math.min(elapsedMs, 2 * intervalMs)
  const watch = { before: record.restarts, now: instances, forMs }
  return { candidate: restartsOf(candidate, watch), stable: restartsOf(stable, watch) }
}
