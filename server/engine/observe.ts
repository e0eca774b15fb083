// From what the ports report to the one fact that the core understands. Pure.
import type { JudgeState } from '@humdrum/core/analysis/error-judge.ts'
import { createErrorJudge } from '@humdrum/core/analysis/error-judge.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { Instance } from '@humdrum/core/ports.ts'
import type { Observed, SeenRelease, SeenRouter } from '@humdrum/core/rollout/event.ts'
import type { Rollout } from '@humdrum/core/rollout/state.ts'
import { rollbackLimit } from '@humdrum/core/rollout/state.ts'
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
}

const tellsOf = (rollout: Rollout, route: Reports['route']): route is RouteReport =>
  route != null && route.fence.rollout === rollout.id

export const observed = (rollout: Rollout, { at, instances, route, placed, startProblem }: Reports): Observed => {
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
    router: tellsOf(rollout, route) ? seenRouter(rollout, route) : null,
  }
}

const seenRelease = (version: Version, all: readonly Instance[], route: Reports['route']): SeenRelease => {
  const instances = all.filter(({ release }) => release === version)
  const ready = instances.filter(({ state }) => state === 'ready')
  const report: ReleaseReport | undefined = route?.releases.find(({ release }) => release === version)
  const lastExits = instances.map(({ lastExit }) => lastExit).filter((exit) => exit !== null)
  return {
    instances: instances.length,
    ready: ready.length,
    warm: ready.filter(({ id }) => report?.warm.includes(id)).length,
    restarts: instances.reduce((sum, { restarts }) => sum + restarts, 0),
    lastExit: lastExits.at(-1) ?? null,
    inFlight: route === null ? null : (report?.inFlight ?? 0),
  }
}

const seenRouter = (rollout: Rollout, route: RouteReport): SeenRouter => ({
  stable: route.stable,
  candidate: route.candidate,
  weight: route.weight,
  lapsed: route.lapsed,
  trip: route.trip,
  hold: route.hold,
  requests: route.judge?.candidate.requests ?? 0,
  evidence: route.judge === null ? 1 : evidenceOf(rollout, route.judge),
})

const evidenceOf = (rollout: Rollout, resume: JudgeState): number =>
  createErrorJudge({ limit: rollbackLimit(rollout.plan), resume }).evidence()

/** What is kept of it beside the row. What the router does not say now stays as it was last said. */
export const measured = (
  rollout: Rollout,
  {
    route,
    seen,
    last,
  }: { readonly route: Reports['route']; readonly seen: Observed; readonly last: Measurement | null },
): Measurement => {
  const judge = tellsOf(rollout, route) ? route.judge : null
  return {
    at: seen.at,
    weight: seen.router?.weight ?? null,
    candidate: judge?.candidate ?? last?.candidate ?? { requests: 0, bad: 0 },
    stable: judge?.stable ?? last?.stable ?? { requests: 0, bad: 0 },
    evidence: seen.router !== null && judge !== null ? seen.router.evidence : (last?.evidence ?? 1),
    trip: seen.router?.trip ?? last?.trip ?? null,
    judge: judge ?? last?.judge ?? null,
    releases: [...seen.releases].map(([release, { instances, ready, restarts }]) => ({
      release,
      instances,
      ready,
      restarts,
    })),
  }
}
