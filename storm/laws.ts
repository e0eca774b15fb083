// What must hold whatever dies and whenever, read over what was seen from outside. Pure: it knows no process and no clock.

import { isOver } from '@humdrum/core/rollout/state.ts'
import { grantTtlMs } from '@humdrum/core/routing/route.ts'
import type { History, Ordered, Request, Shipped, Span } from './history.ts'
import { overlap } from './history.ts'

export type Violation = {
  readonly law: string
  /** Wall clock, ms; null where it belongs to the end. */
  readonly at: number | null
  readonly app: string | null
  readonly what: string
}

/** Why a request had no answer of a release, where that is no violation. */
export type Broken = 'byEdgeDeath' | 'byInstanceDeath' | 'byCrashingRelease'

/** An order that was on its way when the server died may have been in force a moment later. */
const lateOrderMs = 1_000
/** A turn of the engine and what follows from it, on a machine that has other things to do. */
const turnMs = 2_000
/** Both clocks are the machine's; each is cut to whole milliseconds. */
const clockMs = 5
/** How long the death of an instance may take to reach the connections that the edge keeps to it. */
const newsMs = 250

const wide = ({ from, to }: Span, ms: number): Span => ({ from: from - ms, to: to + ms })

/** Nobody got a whole answer from a release. */
export const isBroken = ({ dropped, release }: Request): boolean => dropped !== null || release === null

/** What excuses a broken answer; null = nothing does. */
export const excuseOf = (request: Request, history: History): Broken | null => {
  if (history.edge.some((outage) => outage.kind === 'killed' && overlap(wide(outage, clockMs), request)))
    return 'byEdgeDeath'
  // An edge that stood still hears of a death only when it goes on.
  const stood = history.edge.filter((outage) => overlap(wide(outage, newsMs), request))
  const whole = stood.reduce(({ from, to }, next) => ({ from: Math.min(from, next.from), to: Math.max(to, next.to) }), {
    from: request.from,
    to: request.to,
  })
  const ofApp = history.instances.filter(({ app, kind }) => app === request.app && kind === 'killed')
  if (ofApp.some((fault) => overlap(wide(fault, newsMs), whole))) return 'byInstanceDeath'
  const crashing = history.shipped.filter(({ app, kind }) => app === request.app && kind === 'crashes')
  return crashing.some(({ view }) =>
    overlap({ from: view.startedAt, to: (view.endedAt ?? request.to) + turnMs }, whole),
  )
    ? 'byCrashingRelease'
    : null
}

const everyRequestIsAnswered = (history: History): readonly Violation[] =>
  history.requests
    .filter((request) => isBroken(request) && excuseOf(request, history) === null)
    .map((request) =>
      violation('no request is dropped', request, `${request.dropped ?? `the edge answered ${request.status}`}`),
    )

const answersAreOfTheirApp = ({ requests }: History): readonly Violation[] =>
  requests
    .filter(({ app, release }) => release !== null && !release.startsWith(`${app}-`))
    .map((request) => violation('an app answers for itself alone', request, `${request.release} answered`))

const violation = (law: string, { app, from }: Request, what: string): Violation => ({ law, at: from, app, what })

/** Stable lacked an instance then: what it cannot carry may stay with the candidate. */
const stableWasShort = ({ view }: Shipped, at: number, { short }: History): boolean =>
  (short.get(view.from ?? '') ?? []).some((span) => overlap(wide(span, turnMs), { from: at, to: at }))

const byRelease = (requests: readonly Request[]): ReadonlyMap<string | null, readonly Request[]> =>
  Map.groupBy(requests, ({ release }) => release)

const nothingAfterATrip = (history: History): readonly Violation[] => {
  const answers = byRelease(history.requests)
  return history.shipped.flatMap((shipped) => {
    const { trip, release, id } = shipped.view
    if (trip === null) return []
    const late = (answers.get(release) ?? []).filter(({ from }) => from > trip.at + clockMs)
    return late
      .filter(({ from }) => !stableWasShort(shipped, from, history))
      .map((request) =>
        violation(
          'no request reaches a candidate after its trip',
          request,
          `${id}, ${request.from - trip.at} ms after`,
        ),
      )
  })
}

/** When it was the candidate beside a stable one. */
const exposedIn = ({ view, transitions }: Shipped): Span | null => {
  const first = transitions.find(({ phase }) => phase === 'Progressing' || phase === 'Promoting')
  const last = transitions.find(({ phase }) => isEnd(phase))
  return view.from === null || first === undefined ? null : { from: first.at, to: last?.at ?? Number.POSITIVE_INFINITY }
}

const nothingAfterALapse = (history: History): readonly Violation[] => {
  const lapses = history.server
    .map(({ from, to }) => ({ from: from + grantTtlMs + lateOrderMs, to }))
    .filter(({ from, to }) => from < to)
  const answers = byRelease(history.requests)
  return history.shipped.flatMap((shipped) => {
    const exposed = exposedIn(shipped)
    if (exposed === null) return []
    const spans = lapses.filter(({ from, to }) => exposed.from < from && to < exposed.to)
    return (answers.get(shipped.view.release) ?? [])
      .filter(({ from }) => spans.some((span) => overlap(span, { from, to: from })))
      .filter(({ from }) => !stableWasShort(shipped, from, history))
      .map((request) => violation('a lapsed grant exposes nobody', request, shipped.view.id))
  })
}

/** A good release that was taken out by a trip: the judge is wrong about one in a hundred, as it says. */
export const isFalseAlarm = ({ kind, view }: Shipped): boolean => kind === 'good' && view.trip !== null

const wasTurnedRound = ({ orders }: Shipped): boolean =>
  orders.some(({ kind, answer }) => answer === 'accepted' && (kind === 'abort' || kind === 'rollback'))

/** What is wrong with how it ended; null = nothing. */
const disappointment = (shipped: Shipped): string | null => {
  const { kind, view } = shipped
  if (!isOver(view)) return `is ${view.phase}`
  if (view.trip !== null && !view.rejected) return 'was tripped, and its artifact is not rejected'
  switch (kind) {
    case 'errors':
    case 'neverReady':
    case 'crashes':
      return view.phase === 'Succeeded' ? `${kind}, and Succeeded` : null
    case 'good':
    case 'goBack':
      if (view.phase === 'Succeeded' || wasTurnedRound(shipped) || isFalseAlarm(shipped)) return null
      return `${kind}, and ${view.phase}: ${view.reason}`
    default:
      return kind satisfies never
  }
}

const everyRolloutEndsWell = ({ shipped }: History): readonly Violation[] => {
  const at = ({ view }: Shipped): number => view.endedAt ?? view.since
  const ends = shipped.flatMap((one) => {
    const what = disappointment(one)
    return what === null
      ? []
      : [{ law: 'every rollout ends as it should', at: at(one), app: one.app, what: `${one.view.id} ${what}` }]
  })
  const alarms = shipped.filter(isFalseAlarm)
  const allowed = Math.max(1, Math.ceil(shipped.length * 0.015))
  return alarms.length <= allowed
    ? ends
    : [...ends, { law: 'false alarms are rare', at: null, app: null, what: `${alarms.length} of ${shipped.length}` }]
}

/** An order takes effect; or what was decided at the same time is the answer to it. */
const hasCounted = ({ kind, askedAt, answeredAt }: Ordered, { transitions }: Shipped, by: number): boolean => {
  const next = transitions.filter(({ at }) => at >= askedAt - clockMs)
  const inTime = next.filter(({ at }) => at <= by)
  switch (kind) {
    case 'resume':
      return next.length > 0
    case 'pause':
      return next.some(({ phase }) => phase === 'Paused') || inTime.length > 0
    case 'abort':
    case 'rollback':
      return (
        next.some(({ phase }) => ['RollingBack', 'RolledBack', 'Failed'].includes(phase)) ||
        inTime.some(({ phase }) => phase === 'Succeeded') ||
        // Over before it was asked: then there is nothing left to do, and that is the answer.
        transitions.some(({ at, phase }) => at <= answeredAt && isEnd(phase))
      )
    default:
      return kind satisfies never
  }
}

const isEnd = (phase: string): boolean => isOver({ phase: phase as Shipped['view']['phase'] })

const everyOrderCounts = ({ shipped, server }: History): readonly Violation[] =>
  shipped.flatMap((one) =>
    one.orders.flatMap((ordered) => {
      const { kind, askedAt, answeredAt, answer } = ordered
      const away = server.find((outage) => overlap(wide(outage, turnMs), { from: askedAt, to: answeredAt }))
      const by = Math.max(answeredAt, away?.to ?? 0) + turnMs
      return answer !== 'accepted' || hasCounted(ordered, one, by)
        ? []
        : [{ law: 'an accepted order counts', at: answeredAt, app: one.app, what: `${kind} of ${one.view.id}` }]
    }),
  )

const everythingIsAsTheStoreSays = ({ ending }: History): readonly Violation[] => [
  ...ending.serving
    .filter(({ stable, seen }) => seen.length !== 1 || seen[0] !== stable)
    .map(({ app, stable, seen }) => ({
      law: 'in the end the edge serves what the store says',
      at: null,
      app,
      what: `stable is ${stable}, and ${seen.join(', ') || 'nobody'} answered`,
    })),
  ...ending.problems.map((what) => ({ law: 'nothing is left over or broken', at: null, app: null, what })),
]

export const violationsIn = (history: History): readonly Violation[] => [
  ...everyRequestIsAnswered(history),
  ...answersAreOfTheirApp(history),
  ...nothingAfterATrip(history),
  ...nothingAfterALapse(history),
  ...everyRolloutEndsWell(history),
  ...everyOrderCounts(history),
  ...everythingIsAsTheStoreSays(history),
]
