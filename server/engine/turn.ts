// One turn for one environment: observe, decide, record, act. Nothing is remembered between turns that a crash may not
// take: what the last act answered, and which artifact is being placed.
import type { Fault, Result } from '@humdrum/core/errors.ts'
import type { Digest, RolloutId, Version } from '@humdrum/core/ids.ts'
import { rolloutName, scopeKey } from '@humdrum/core/ids.ts'
import type { Instance, MetricsSource, Router, SourceSpec, Target, Wish } from '@humdrum/core/ports.ts'
import type { World } from '@humdrum/core/rollout/desired.ts'
import type { Observed } from '@humdrum/core/rollout/event.ts'
import type { Rollout } from '@humdrum/core/rollout/state.ts'
import type { RouteReport } from '@humdrum/core/routing/route.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Db, Store } from '../store/open.ts'
import type { Command, Measurement } from '../store/records.ts'
import { getRelease, markHandled, putMeasurement } from '../store/records.ts'
import type { StoredRollout } from '../store/rollouts.ts'
import { saveStep } from '../store/rollouts.ts'
import { decide } from './decide.ts'
import type { Reports } from './observe.ts'
import { measured, observed } from './observe.ts'
import { routeOf } from './route.ts'
import type { Sight, SourceReader } from './source-reader.ts'

export type Log = (level: 'info' | 'error', text: string, more?: Readonly<Record<string, unknown>>) => void

export type EngineParts = {
  readonly store: Store
  readonly target: Target
  readonly router: Router
  readonly sourceOf: (spec: SourceSpec) => MetricsSource
  readonly now: () => Instant
  readonly log: Log
}

/** What is known before the turns of one round begin, read once for all of them. */
export type Round = {
  readonly reports: readonly RouteReport[] | null
  readonly commands: readonly Command[]
  readonly measurements: ReadonlyMap<RolloutId, Measurement>
  readonly rejected: ReadonlySet<Digest>
}

/** Without a turn for this long (a restart, a stopped process), nobody attended to the rollout. */
const unattendedMs = 5_000

/** How long nobody attended; 0 where that is not known, null where somebody did. */
const awayFor = (at: Instant, attendedAt: Instant | undefined): number | null => {
  if (attendedAt === undefined) return 0
  return at - attendedAt > unattendedMs ? at - attendedAt : null
}

export const createTurn = (parts: EngineParts, reader: SourceReader) => {
  const placings = createPlacings(parts)
  const startProblems = new Map<RolloutId, string>()
  const attendedAt = new Map<RolloutId, Instant>()

  /** True while the environment is on its way somewhere and wants the next turn soon. */
  return async ({ rollout: before, exposure }: StoredRollout, round: Round): Promise<boolean> => {
    const { store, target, router, now, log } = parts
    const commands = round.commands.filter(({ rollout }) => rollout === before.id)
    const last = round.measurements.get(before.id) ?? null
    const instances = await target.observe(before.scope)
    const route = round.reports?.find((report) => scopeKey(report) === scopeKey(before.scope))
    const at = now()
    const reports: Reports = {
      instances,
      route: round.reports === null ? null : route,
      placed: before.phase === 'Pending' ? placings.of(before) : { kind: 'verified' },
      startProblem: startProblems.get(before.id) ?? null,
      sources: await reader.seen(before, sightOf(before, route, { at, instances })),
      at,
      kept: last?.judge ?? null,
    }
    const seen = observed(before, reports)
    const away = awayFor(reports.at, attendedAt.get(before.id))
    attendedAt.set(before.id, reports.at)
    const rejected = round.rejected.has(before.plan.candidateArtifact)
    const decision = decide(before, commands, { seen, rejected, awayMs: away })
    if (decision.problems.length > 0)
      log('error', `${rolloutName(before.id)} needs a person`, { problems: decision.problems })

    const measurement = measured(decision.after, { reports, seen, last })
    if (decision.after !== before) {
      const saved = await saveStep(store.db, { ...decision, before, measurement, at: reports.at })
      if (!saved) return true // another step came first; the next turn starts from it
      for (const { text } of decision.transitions)
        log('info', `${scopeKey(before.scope)} ${rolloutName(before.id)} ${text}`)
    } else if (commands.length > 0) await markHandled(store.db, decision.handled, reports.at)

    const { after, world } = decision
    const order = routeOf({ rollout: after, world, instances: reports.instances, exposure, last: measurement })
    // What cannot be read is not renewed: a grant is for exposure that somebody watches.
    if (round.reports !== null) report(await router.converge(order), log)
    const converged = await target.converge(after.scope, await wishesOf(store.db, after, world), order.fence)
    rememberProblem(startProblems, after, converged)
    // Last, as nothing above needs it: a full disk must not keep the router from hearing of an instance's new port.
    const moved = after !== before || (await saveMeasurement(store.db, after.id, { measurement, last }))
    if (commands.length > 0 || moved) store.changed()
    return !isSettled(after, world, { seen, instances: reports.instances })
  }
}

/** What the reader of sources has to know of the traffic. */
const sightOf = (
  { id, plan }: Rollout,
  route: RouteReport | undefined,
  seen: Pick<Sight, 'at' | 'instances'>,
): Sight => {
  const own = route?.fence.rollout === id && route.candidate === plan.candidate ? route : null
  return {
    ...seen,
    isExposed: own !== null && !own.lapsed && own.weight > 0,
    requests: {
      candidate: own?.judge?.errors.candidate.requests ?? 0,
      stable: own?.judge?.errors.stable.requests ?? 0,
    },
  }
}

const report = (result: Result<null>, log: Log): void => {
  if (!result.ok && result.fault.code !== 'HD5001') log('error', result.fault.reason, { code: result.fault.code })
}

/** Only what concerns the candidate may fail it; `place` of the fault names the release. */
const rememberProblem = (problems: Map<RolloutId, string>, { id, plan }: Rollout, result: Result<null>): void => {
  if (result.ok) problems.delete(id)
  else if (result.fault.place === undefined || result.fault.place === plan.candidate)
    problems.set(id, wordsOf(result.fault))
}

const wordsOf = ({ code, reason }: Fault): string => `${reason} [${code}]`

const saveMeasurement = async (
  db: Db,
  id: RolloutId,
  { measurement, last }: { measurement: Measurement; last: Measurement | null },
): Promise<boolean> => {
  const same = last !== null && JSON.stringify({ ...measurement, at: 0 }) === JSON.stringify({ ...last, at: 0 })
  if (!same) await putMeasurement(db, id, measurement)
  return !same
}

const wishesOf = async (db: Db, { scope, replaced }: Rollout, world: World): Promise<readonly Wish[]> => {
  const wishes: Wish[] = []
  for (const [version, instances] of world.instances) {
    if (instances === 0) continue
    const release = await getRelease(db, scope.app, version as Version)
    if (release === null) throw new Error(`release ${version} of ${scope.app} has no row`)
    const without = replaced?.release === version ? replaced.instance : null
    wishes.push({ release, instances, without })
  }
  return wishes
}

/** Nothing is left to do: every release has what it should, all ready, and the router is where it should be. */
const isSettled = (
  rollout: Rollout,
  world: World,
  { seen, instances }: { seen: Observed; instances: readonly Instance[] },
): boolean => {
  if (rollout.phase !== 'Succeeded' && rollout.phase !== 'RolledBack' && rollout.phase !== 'Failed') return false
  // A release on standby that cannot stay up is the target's to start again: nothing here gets quicker by looking on.
  const counted = instances.filter(({ release }) => release !== world.standby)
  const wanted = [...world.instances]
    .filter(([release]) => release !== world.standby)
    .reduce((sum, [, count]) => sum + count, 0)
  return (
    world.draining.length === 0 &&
    counted.length === wanted &&
    counted.every(({ state }) => state === 'ready') &&
    seen.router !== null
  )
}

/** Placing may take seconds; it goes on beside the turns and is asked about in each. */
const createPlacings = ({ target, store }: EngineParts) => {
  const results = new Map<RolloutId, Observed['placed']>()
  const begin = async ({ id, scope, plan }: Rollout): Promise<void> => {
    results.set(id, { kind: 'unknown' })
    const placed = await target.place(scope.app, plan.candidateArtifact)
    results.set(id, placed.ok ? { kind: 'verified' } : { kind: 'impossible', reason: wordsOf(placed.fault) })
    store.changed()
  }
  return {
    of: (rollout: Rollout): Observed['placed'] => {
      const known = results.get(rollout.id)
      if (known === undefined)
        begin(rollout).catch((cause: unknown) => results.set(rollout.id, { kind: 'impossible', reason: String(cause) }))
      return known ?? { kind: 'unknown' }
    },
  }
}
