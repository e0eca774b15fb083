// From what the ports report to the one fact that the core understands. Pure.
import { assess } from '@humdrum/core/analysis/judge.ts'
import type { JudgeState } from '@humdrum/core/analysis/judge-state.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { Instance } from '@humdrum/core/ports.ts'
import type { Observed, SeenRelease, SeenRouter } from '@humdrum/core/rollout/event.ts'
import type { Rollout } from '@humdrum/core/rollout/state.ts'
import type { ReleaseReport, RouteReport } from '@humdrum/core/routing/route.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Measurement } from '../store/records.ts'

export type Reports = {
  readonly at: Instant
  readonly instances: readonly Instance[]
  /** Null while the router cannot be read; undefined when it can and has no such route. */
  readonly route: RouteReport | null | undefined
  readonly placed: Observed['placed']
  readonly startProblem: string | null
  readonly sources: Observed['sources']
  /** What was last known of the judge of this rollout. */
  readonly kept: JudgeState | null
}

const tellsOf = (rollout: Rollout, route: Reports['route']): route is RouteReport =>
  route != null && route.fence.rollout === rollout.id

export const observed = (rollout: Rollout, reports: Reports): Observed => {
  const { at, instances, route, placed, startProblem, sources } = reports
  const versions = new Set([
    rollout.plan.candidate,
    ...(rollout.plan.stable ? [rollout.plan.stable] : []),
    ...instances.map(({ release }) => release),
  ])
  return {
    kind: 'observed',
    at,
    placed,
    startProblem,
    releases: new Map([...versions].map((version) => [version, seenRelease(version, instances, route)])),
    router: tellsOf(rollout, route) ? seenRouter(route, judgeOf(rollout, reports)) : null,
    sources,
  }
}

const seenRelease = (version: Version, all: readonly Instance[], route: Reports['route']): SeenRelease => {
  const instances = all.filter(({ release, state }) => release === version && state !== 'stopping')
  const ready = instances.filter(({ state }) => state === 'ready')
  const report: ReleaseReport | undefined = route?.releases.find(({ release }) => release === version)
  // Of the one that broke oftenest: how it ended, and not that another is not ready yet.
  const [troubled] = instances.filter(({ lastExit }) => lastExit !== null).sort((a, b) => b.restarts - a.restarts)
  return {
    instances: instances.length,
    ready: ready.length,
    warm: ready.filter(({ id }) => report?.warm.includes(id)).length,
    restarts: Math.max(0, ...instances.map(({ restarts }) => restarts)),
    lastExit: troubled?.lastExit ?? null,
    inFlight: route === null ? null : (report?.inFlight ?? 0),
  }
}

const seenRouter = (route: RouteReport, judge: JudgeState | null): SeenRouter => ({
  stable: route.stable,
  candidate: route.candidate,
  weight: route.weight,
  lapsed: route.lapsed,
  trip: route.trip,
  hold: route.hold,
  badInstance: route.badInstance,
  requests: judge?.errors.candidate.requests ?? 0,
  metrics: judge === null ? [] : assess(judge),
})

/**
 * Of two states of one judge the one that knows more: an edge that was killed begins again from what it last wrote, and is
 * handed back what it had told since.
 */
const judgeOf = (rollout: Rollout, { route, kept }: Reports): JudgeState | null => {
  const told = tellsOf(rollout, route) ? route.judge : null
  if (told === null || kept === null) return told ?? kept
  // Stable's outcomes at weight 0 are no evidence: the candidate's say who is ahead.
  return told.errors.candidate.requests >= kept.errors.candidate.requests ? told : kept
}

/** What is kept of it beside the row. What the router does not say now stays as it was last said. */
export const measured = (
  rollout: Rollout,
  { reports, seen, last }: { readonly reports: Reports; readonly seen: Observed; readonly last: Measurement | null },
): Measurement => {
  const judge = judgeOf(rollout, reports)
  const { route } = reports
  return {
    at: seen.at,
    weight: seen.router?.weight ?? null,
    candidate: judge?.errors.candidate ?? last?.candidate ?? { requests: 0, bad: 0 },
    stable: judge?.errors.stable ?? last?.stable ?? { requests: 0, bad: 0 },
    rescued: Math.max(tellsOf(rollout, route) ? route.rescued : 0, last?.rescued ?? 0),
    trip: seen.router?.trip ?? last?.trip ?? null,
    mismatch: tellsOf(rollout, route) ? route.mismatch : (last?.mismatch ?? null),
    judge,
    releases: [...seen.releases].map(([release, { instances, ready, restarts, lastExit }]) => ({
      release,
      instances,
      ready,
      restarts,
      lastExit,
    })),
  }
}
