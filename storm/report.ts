// A storm in figures and in words. Pure.
import type { History, Shipped, Span } from './history.ts'
import type { Broken, Violation } from './laws.ts'
import { excuseOf, isBroken, isFalseAlarm } from './laws.ts'

/** One thing that happened; app null = to all of them. */
export type Note = { readonly at: number; readonly app: string | null; readonly text: string }

export type Windows = { readonly count: number; readonly medianMs: number; readonly longestMs: number }

export type StormReport = {
  readonly seed: number
  readonly seconds: number
  readonly rollouts: number
  /** `good: Succeeded` and how many. */
  readonly endings: Readonly<Record<string, number>>
  readonly trips: number
  readonly falseAlarms: number
  readonly orders: Readonly<Record<string, number>>
  readonly requests: number
  readonly broken: Readonly<Record<Broken, number>>
  readonly server: { readonly killed: number; readonly stopped: number; readonly lapses: number }
  readonly edge: { readonly killed: number; readonly stopped: number }
  /** From the kill of an edge until it listens again: begun by the server, or from outside while there was none. */
  readonly edgeAway: Windows
  readonly edgeAwayAlone: Windows
  readonly instances: { readonly killed: number; readonly stopped: number }
  readonly violations: readonly Violation[]
}

const counted = (names: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...Map.groupBy(names, (name) => name)]
      .map(([name, all]) => [name, all.length] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )

const windowsOf = (spans: readonly Span[]): Windows => {
  const sorted = spans.map(({ from, to }) => to - from).sort((one, other) => one - other)
  return { count: sorted.length, medianMs: sorted[sorted.length >> 1] ?? 0, longestMs: sorted.at(-1) ?? 0 }
}

const brokenIn = (history: History): Readonly<Record<Broken, number>> => {
  const broken = { byEdgeDeath: 0, byInstanceDeath: 0, byCrashingRelease: 0 }
  for (const request of history.requests.filter(isBroken)) {
    const excuse = excuseOf(request, history)
    if (excuse !== null) broken[excuse] += 1
  }
  return broken
}

const ofKind = <Kind extends string>(all: readonly { readonly kind: Kind }[], kind: Kind): number =>
  all.filter((one) => one.kind === kind).length

export const reportOf = (
  history: History,
  violations: readonly Violation[],
  run: { readonly seed: number; readonly seconds: number },
): StormReport => {
  const { shipped, requests, server, edge, instances } = history
  const killedEdges = edge.filter(({ kind }) => kind === 'killed')
  return {
    ...run,
    rollouts: shipped.length,
    endings: counted(shipped.map(({ kind, view }) => `${kind}: ${view.phase}`)),
    trips: shipped.filter(({ view }) => view.trip !== null).length,
    falseAlarms: shipped.filter(isFalseAlarm).length,
    orders: counted(shipped.flatMap(({ orders }: Shipped) => orders.map(({ kind, answer }) => `${kind}: ${answer}`))),
    requests: requests.length,
    broken: brokenIn(history),
    server: {
      killed: ofKind(server, 'killed'),
      stopped: ofKind(server, 'stopped'),
      lapses: server.filter(({ from, to }) => to - from > 10_000).length,
    },
    edge: { killed: killedEdges.length, stopped: ofKind(edge, 'stopped') },
    edgeAway: windowsOf(killedEdges.filter(({ alone }) => !alone)),
    edgeAwayAlone: windowsOf(killedEdges.filter(({ alone }) => alone)),
    instances: { killed: ofKind(instances, 'killed'), stopped: ofKind(instances, 'stopped') },
    violations,
  }
}

const secondOf = (at: number, beganAt: number): string => `${((at - beganAt) / 1_000).toFixed(2)} s`

const around = (at: number, app: string | null, notes: readonly Note[]): readonly Note[] =>
  notes.filter((note) => (note.app === null || note.app === app) && note.at > at - 6_000 && note.at < at + 2_000)

const shownOfALaw = 3

/** Of every law that was broken the first violations, with what happened around each. */
export const violationWords = (violations: readonly Violation[], notes: readonly Note[]): string => {
  const beganAt = notes[0]?.at ?? 0
  const told = ({ law, at, app, what }: Violation): string => {
    const head = `VIOLATION  ${law}: ${app === null ? '' : `${app}: `}${what}`
    if (at === null) return head
    const lines = around(at, app, notes).map((one) => `    ${secondOf(one.at, beganAt)}  ${one.app ?? ''}  ${one.text}`)
    return [`${head}  (at ${secondOf(at, beganAt)})`, ...lines].join('\n')
  }
  return [...Map.groupBy(violations, ({ law }) => law)]
    .flatMap(([law, all]) => [
      ...all.slice(0, shownOfALaw).map(told),
      ...(all.length > shownOfALaw ? [`${all.length - shownOfALaw} more of: ${law}`] : []),
    ])
    .join('\n')
}

const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')

const windowWords = ({ count, medianMs, longestMs }: Windows): string =>
  count === 0 ? 'never' : `${count} times for ${medianMs} ms in the median, ${longestMs} ms at most`

export const reportWords = (report: StormReport): string =>
  [
    `rollouts      ${listed(report.endings)}; ${report.trips} trips, ${report.falseAlarms} of them false alarms`,
    `orders        ${listed(report.orders)}`,
    `server        killed ${report.server.killed} times, stopped ${report.server.stopped} times; away for more than 10 s: ${report.server.lapses} times`,
    `edge          killed ${report.edge.killed} times, stopped ${report.edge.stopped} times`,
    `  away        ${windowWords(report.edgeAway)}; begun without a server ${windowWords(report.edgeAwayAlone)}`,
    `instances     killed ${report.instances.killed} times, stopped ${report.instances.stopped} times`,
    `requests      ${report.requests.toLocaleString('en-US')}; broken ${listed(report.broken)}`,
    `seed ${report.seed}, ${report.seconds} s`,
  ].join('\n')

export const lastLine = ({ rollouts, violations }: StormReport): string =>
  `${rollouts} rollouts, ${violations.length} violations`
