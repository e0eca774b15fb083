// Sessions that stick to the release that served their first request: some are broken for good (a full basket, an old
// cookie), and then half of their requests fail, whichever release has them. Requests of one session are not independent, so
// the request is the wrong unit; the session is the right one.
import type { Random } from '@humdrum/core/analysis/seeded-random.ts'
import { draws } from '@humdrum/core/analysis/seeded-random.ts'
import { ppm } from '@humdrum/core/time.ts'
import type { Case, Column } from './case.ts'
import { judgeErrors } from './ours.ts'
import type { Seen, Watcher } from './panel.ts'
import { createPanel } from './panel.ts'

const weight = 0.1
const sessionRequests = 20
/** Of a good release; a worse one is waited for ten times as long. */
const goodRequests = 100_000
const badWhenBroken = 0.5
/** So many sessions are there at the same time. */
const atOnce = 50
const paceMs = 10

/** What counts as one event: every request, or a session at its first bad request or its end. */
type Unit = 'request' | 'session'

type Session = { readonly arm: Seen['arm']; readonly broken: boolean; left: number; wasBad: boolean }

type Plan = { readonly brokenOfStable: number; readonly brokenOfCandidate: number; readonly unit: Unit }

const sessions =
  ({ brokenOfStable, brokenOfCandidate, unit }: Plan): Case['run'] =>
  (random, watchers) => {
    const panel = createPanel(watchers)
    const requests = brokenOfCandidate > brokenOfStable ? 10 * goodRequests : goodRequests
    const begin = (): Session => {
      const arm = random() < weight * draws ? 'candidate' : 'stable'
      const broken = random() < (arm === 'candidate' ? brokenOfCandidate : brokenOfStable) * draws
      return { arm, broken, left: sessionRequests, wasBad: false }
    }
    const open = Array.from({ length: atOnce }, begin)
    const seen: Seen = { arm: 'stable', bad: false, weight: ppm(weight * 1e6), atMs: 0, elapsedMs: 0 }
    let candidateRequests = 0
    for (let request = 0; request < requests && !panel.isDone(); request += 1) {
      seen.atMs += paceMs
      const place = Math.floor((random() / draws) * atOnce)
      const session = open[place] ?? begin()
      if (session.arm === 'candidate') candidateRequests += 1
      const event = unit === 'request' ? requestOf(session, random) : firstOf(session, random)
      if (session.left === 0) open[place] = begin()
      if (event === null) continue
      seen.arm = session.arm
      seen.bad = event === 'bad'
      panel.request(seen, candidateRequests)
    }
    return panel.found
  }

type Event = 'bad' | 'good'

const requestOf = (session: Session, random: Random): Event => {
  session.left -= 1
  return session.broken && random() < badWhenBroken * draws ? 'bad' : 'good'
}

/** A session is bad once, at its first bad request, and good at its end when there was none. */
const firstOf = (session: Session, random: Random): Event | null => {
  const event = requestOf(session, random)
  if (session.wasBad) return null
  session.wasBad = event === 'bad'
  if (session.wasBad) return 'bad'
  return session.left === 0 ? 'good' : null
}

/** The wrong unit is here to be seen; it is no claim of ours. */
const column = (unit: Unit): Column => ({
  method: unit === 'session' ? 'humdrum' : 'humdrum, with the request as unit',
  ...{ alpha: 0.01, make: () => judgeErrors(0.01) },
})

const usually = 0.001

export const sessionCases: readonly Case[] = [usually, 10 * usually].flatMap((brokenOfCandidate) =>
  (['session', 'request'] as const).map((unit): Case => {
    const what = brokenOfCandidate === usually ? 'as many broken sessions' : 'ten times as many broken sessions'
    return {
      ...{ name: `sessions: ${what}, unit ${unit}`, table: 'sessions', metric: 'errors', weight },
      ...{ kind: brokenOfCandidate === usually ? 'null' : 'detect', p0: usually, p1: brokenOfCandidate },
      columns: [column(unit)],
      run: (random, watchers: readonly Watcher[]) =>
        sessions({ brokenOfStable: usually, brokenOfCandidate, unit })(random, watchers),
    }
  }),
)
