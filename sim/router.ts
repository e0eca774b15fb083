// A router in a simulated world, with the real judge: it splits simulated requests, holds grants on a clock of its own,
// trips, and forgets on a crash what a real edge would forget. It outlives the server.

import type { Decision, Trip } from '@humdrum/core/analysis/decision.ts'
import { holdWords } from '@humdrum/core/analysis/decision.ts'
import { badInstance } from '@humdrum/core/analysis/errors/bad-instance.ts'
import type { Judge } from '@humdrum/core/analysis/judge.ts'
import { assess, createJudge } from '@humdrum/core/analysis/judge.ts'
import type { JudgeState } from '@humdrum/core/analysis/judge-state.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { Router } from '@humdrum/core/ports.ts'
import type { BadInstance, Hold, Route, RouteReport } from '@humdrum/core/routing/route.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { ppm } from '@humdrum/core/time.ts'
import type { Random } from './random.ts'

export type Served = {
  readonly release: Version
  readonly weight: number
  readonly granted: boolean
  readonly tripped: boolean
}

export type SimRouter = {
  readonly port: Router
  /**
   * Routes one request; null when nothing could take it. `answer` is what an instance of the release makes of it, `but` that one
   * if it can be, and null when none lives.
   */
  request(answer: (release: Version, but: string | null) => Answer | null): Served | null
  crash(): void
}

export type Answer = { readonly bad: boolean; readonly elapsedMs: number; readonly instance?: string | null }

type Guard = {
  rollout: number
  judge: Judge | null
  trip: Trip | null
  hold: Hold | null
  badInstance: BadInstance | null
  /** Of the candidate's instances. */
  readonly outcomes: Map<string, { requests: number; bad: number }>
  grantedUntil: number | null
  lapsed: boolean
  /** The judge's state when the table was last written. */
  written: JudgeState | null
  /** Begun from an older state of its own: a newer one that is handed back is believed. */
  provisional: boolean
}

const freshGuard = (rollout: number): Guard => ({
  rollout,
  judge: null,
  trip: null,
  hold: null,
  badInstance: null,
  outcomes: new Map(),
  grantedUntil: null,
  lapsed: false,
  written: null,
  provisional: false,
})

const isAhead = (resume: JudgeState | null, own: Judge): boolean =>
  resume !== null && resume.errors.candidate.requests > own.state().errors.candidate.requests

export const createSimRouter = (world: { now: () => number; random: Random }): SimRouter => {
  let route: Route | null = null
  let guard = freshGuard(0)
  let warm = new Set<string>()
  let epoch = 0

  const weightNow = (): number => {
    if (route?.grant == null || route.candidate === null || guard.trip !== null || guard.lapsed) return 0
    if (guard.grantedUntil === null || world.now() > guard.grantedUntil) {
      guard.lapsed = true // for good, until the next grant
      return route.grant.fallbackWeight
    }
    return route.grant.weight
  }

  const accept = (next: Route): void => {
    if (guard.rollout !== next.fence.rollout) guard = freshGuard(next.fence.rollout)
    const isNewer = route?.fence.generation !== next.fence.generation || route.fence.rollout !== next.fence.rollout
    route = next
    if (next.judge !== null && (guard.judge === null || (guard.provisional && isAhead(next.judge.resume, guard.judge))))
      guard.judge = createJudge(next.judge)
    guard.provisional = false
    if (isNewer) guard.written = guard.judge?.state() ?? null
    guard.grantedUntil = next.grant === null ? null : world.now() + next.grant.ttlMs
    if (next.grant !== null) guard.lapsed = false
    warm = new Set(
      [next.stable, next.candidate].flatMap((side) => side?.endpoints ?? []).map(({ instance }) => instance),
    )
  }

  const isOlder = (next: Route): boolean =>
    route !== null &&
    (next.fence.rollout < route.fence.rollout ||
      (next.fence.rollout === route.fence.rollout && next.fence.generation < route.fence.generation))

  /** True when this outcome shows that one instance is at fault. */
  const isOfOneInstance = (release: Version, { bad, instance = null }: Answer): boolean => {
    if (instance === null || guard.badInstance !== null) return false
    const own = guard.outcomes.get(instance) ?? { requests: 0, bad: 0 }
    guard.outcomes.set(instance, { requests: own.requests + 1, bad: own.bad + Number(bad) })
    const all = [...guard.outcomes.values()]
    const index = bad ? badInstance(all) : null
    const [found, tally] = [...guard.outcomes][index ?? -1] ?? []
    if (found === undefined || tally === undefined) return false
    const badOfAll = all.reduce((sum, one) => sum + one.bad, 0)
    guard.badInstance = { release, instance: found, ...tally, badOfAll, at: world.now() as Instant }
    guard.judge?.forgive()
    return true
  }

  const record = (release: Version, answer: Answer, weight: number): void => {
    const { bad, elapsedMs } = answer
    const { judge } = guard
    if (judge === null) return
    const arm = release === route?.candidate?.release ? 'candidate' : 'stable'
    const atMs = world.now()
    if (arm === 'candidate') {
      judge.expose(atMs)
      if (isOfOneInstance(release, answer)) return
    }
    decided(judge, judge.observe({ arm, elapsedMs, atMs }))
    decided(judge, judge.record({ arm, bad, weight: ppm(weight), atMs }))
  }

  const decided = (judge: Judge, decision: Decision | null): void => {
    const at = world.now() as Instant
    if (decision?.kind === 'hold') guard.hold = { reason: holdWords(decision), at }
    if (decision?.kind === 'note') judge.date(at)
    if (decision?.kind !== 'trip') return
    const { metric, rule, evidence, limit } = decision
    const found = assess(judge.state()).find((one) => one.metric === metric)
    if (found === undefined) throw new Error('a decision about what is not judged')
    const { candidate, stable, slowness } = found
    guard.trip = { metric, rule, evidence, limit, candidate, stable, slowness, at, decisiveToZeroMs: 0 }
  }

  const reportOf = (known: Route): RouteReport => ({
    app: known.app,
    environment: known.environment,
    fence: known.fence,
    epoch: String(epoch),
    stable: known.stable?.release ?? null,
    candidate: known.candidate?.release ?? null,
    weight: ppm(weightNow()),
    lapsed: guard.lapsed,
    trip: guard.trip,
    hold: guard.hold,
    badInstance: guard.badInstance,
    mismatch: null,
    judge: guard.judge?.state() ?? null,
    rescued: 0, // nobody stands in for a candidate here
    releases: [known.stable, known.candidate, ...known.draining]
      .filter((side) => side !== null)
      .map(({ release }) => ({
        release,
        requests: 0,
        bad: 0,
        inFlight: 0,
        aborted: 0,
        cut: 0,
        rescued: 0,
        warm: [...warm],
        latency: [],
      })),
  })

  return {
    port: {
      observe: async () => (route === null ? [] : [reportOf(route)]),
      converge: async (next) => {
        if (isOlder(next)) return failed('HD5003', 'older')
        accept(next)
        return ok(null)
      },
    },
    request: (answer) => {
      if (route === null) return null
      const weight = weightNow()
      const chosen =
        route.candidate !== null && world.random.chance(weight / 1_000_000) ? route.candidate : route.stable
      if (chosen === null) return null
      const said = answer(chosen.release, guard.badInstance?.instance ?? null)
      const served = {
        release: chosen.release,
        weight,
        granted: route.grant !== null && !guard.lapsed,
        tripped: guard.trip !== null,
      }
      record(chosen.release, said ?? { bad: true, elapsedMs: 0, instance: null }, weight)
      return served
    },
    crash: () => {
      epoch += 1
      const { rollout, trip, badInstance: blamed, written } = guard // what is on disk: the table, its trips, the judge as it was then
      guard = { ...freshGuard(rollout), trip, badInstance: blamed, written, lapsed: route?.candidate != null }
      if (route?.judge != null) guard.judge = createJudge({ ...route.judge, resume: written })
      guard.provisional = true
      warm = new Set()
    },
  }
}
