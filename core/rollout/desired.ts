// What the world should look like for a rollout: a value, derived from it and from what is seen. The engine makes the
// target and the router converge to it, again and again; a crash between two acts is repaired by the next turn.
import type { Version } from '../ids.ts'
import type { Grant } from '../routing/route.ts'
import { grantTtlMs } from '../routing/route.ts'
import type { Instant, PartsPerMillion } from '../time.ts'
import { everything, nothing, ppm } from '../time.ts'
import type { Observed } from './event.ts'
import type { Phase, Plan, Rollout } from './state.ts'
import { legOf, standbyUntil } from './state.ts'

export type World = {
  /** How many instances each release has. A release that is not named has none. */
  readonly instances: ReadonlyMap<Version, number>
  /** Which releases the route names, and in which part. */
  readonly stable: Version | null
  readonly candidate: Version | null
  /** Releases that finish what they have and get nothing new. */
  readonly draining: readonly Version[]
  /** Null when the candidate may have no traffic. Its weight is the only weight that is ever said. */
  readonly grant: Grant | null
  /** Whether the router judges the candidate. */
  readonly judged: boolean
  /** The release that was replaced, while it stays warm for a way back: whole, and not in the route once it is drained. */
  readonly standby: Version | null
}

export const desired = (rollout: Rollout, seen: Observed): World => {
  const parts = partsOf(rollout)
  const draining = [...seen.releases.keys()].filter(
    (release) => release !== parts.stable && release !== parts.candidate,
  )
  const kept = draining.filter((release) => mayFinish(rollout, seen, release))
  const weight = possibleWeight(rollout, seen)
  const standby = standbyAt(rollout, seen.at)
  return {
    ...parts,
    standby,
    instances: new Map([...retained(seen, draining), ...whole(rollout, [parts.stable, parts.candidate, standby])]),
    draining: kept,
    grant: weight > 0 || carriesTraffic(rollout) ? grantOf(weight) : null,
    judged: parts.candidate !== null && parts.stable !== null && rollout.plan.kind === 'deploy',
  }
}

type Parts = { readonly stable: Version | null; readonly candidate: Version | null }

const partsOf = (rollout: Rollout): Parts => {
  const { candidate, stable } = rollout.plan
  switch (rollout.phase) {
    case 'Pending':
    case 'RolledBack':
    case 'Failed':
      return { stable, candidate: null }
    case 'Succeeded':
      return { stable: candidate, candidate: null }
    case 'Promoting':
      return stable === null ? { stable: candidate, candidate: null } : { stable, candidate }
    case 'Preparing':
    case 'Progressing':
    case 'Paused':
    case 'Baking':
    case 'RollingBack':
    case 'Frozen':
    case 'NeedsHuman':
      return { stable, candidate }
    default:
      return rollout satisfies never
  }
}

const standbyAt = (rollout: Rollout, at: Instant): Version | null => {
  const until = standbyUntil(rollout)
  return until !== null && at < until ? rollout.plan.stable : null
}

const whole = ({ plan }: Rollout, releases: readonly (Version | null)[]): readonly (readonly [Version, number])[] =>
  releases
    .filter((release) => release !== null)
    .map((release) => [release, release === plan.candidate ? plan.candidateInstances : plan.stableInstances] as const)

/** A release that left the route keeps its instances until the router has left it and its requests are done, or cut. */
const retained = (seen: Observed, leaving: readonly Version[]): readonly (readonly [Version, number])[] =>
  leaving.map((release) => [release, isBusy(seen, release) ? (seen.releases.get(release)?.instances ?? 0) : 0] as const)

const mayFinish = (rollout: Rollout, seen: Observed, release: Version): boolean =>
  seen.at - rollout.since < rollout.plan.drainMs && isBusy(seen, release)

/** A count of 0 says nothing of a release that the router still sends requests to. */
const isBusy = ({ router, releases }: Observed, release: Version): boolean =>
  router === null || router.stable === release || router.candidate === release || releases.get(release)?.inFlight !== 0

/** Phases in which the candidate may have traffic: the grant is renewed in them, even at weight 0. */
const carriesTraffic = (rollout: Rollout): boolean =>
  rollout.plan.stable !== null && ['Progressing', 'Paused', 'Promoting', 'Baking', ...falling].includes(rollout.phase)

/** Phases that only take from the candidate: it keeps what stable cannot carry, and never gets more. */
const falling: readonly Phase[] = ['RollingBack', 'Frozen', 'NeedsHuman']

const grantOf = (weight: PartsPerMillion): Grant => ({
  weight,
  ttlMs: grantTtlMs,
  fallbackWeight: nothing,
  onTrip: 'return',
  onLapse: 'return',
})

/** The one place that says a weight: what is wanted, within what the ready instances of each side can carry. */
const possibleWeight = (rollout: Rollout, seen: Observed): PartsPerMillion => {
  if (!carriesTraffic(rollout) || rollout.plan.stable === null) return nothing
  const { plan } = rollout
  const candidate = carried(seen, plan.candidate, plan.candidateInstances)
  const weight = shared(candidate, carried(seen, rollout.plan.stable, plan.stableInstances), wantedWeight(rollout))
  return ppm(falling.includes(rollout.phase) ? Math.min(seen.router?.weight ?? nothing, weight) : weight)
}

const shared = (candidate: number, stable: number, wanted: number): number => {
  if (candidate + stable === 0) return wanted // nobody is ready: leave the router as it is wanted
  if (candidate + stable < everything) return Math.floor((everything * candidate) / (candidate + stable))
  return Math.min(candidate, Math.max(everything - stable, wanted))
}

/** The share of all traffic that the ready instances of a release can carry. */
const carried = (seen: Observed, release: Version, whole: number): number =>
  Math.min(everything, Math.floor((everything * (seen.releases.get(release)?.ready ?? 0)) / whole))

/** What the candidate should have, whatever can be carried. */
export const wantedWeight = (rollout: Rollout): PartsPerMillion => {
  switch (rollout.phase) {
    case 'Progressing':
      return weightAt(rollout, rollout.step)
    case 'Paused':
      return rollout.leadsTo.phase === 'Baking' ? promoted(rollout.plan) : weightAt(rollout, legOf(rollout) ?? 0)
    case 'Promoting':
      return rollout.skipsBake === true ? everything : promoted(rollout.plan)
    case 'Baking':
      return promoted(rollout.plan)
    case 'Succeeded':
      return everything
    case 'Pending':
    case 'Preparing':
    case 'RollingBack':
    case 'RolledBack':
    case 'Failed':
    case 'Frozen':
    case 'NeedsHuman':
      return nothing
    default:
      return rollout satisfies never
  }
}

/** A pause keeps the weight of the step before it. */
const weightAt = ({ plan, ramp }: Rollout, step: number): PartsPerMillion =>
  plan.steps.slice(0, step + 1).reduce((weight, current) => {
    if (current.kind === 'pause') return weight
    return current.kind === 'auto' ? (ramp?.weight ?? nothing) : current.weight
  }, nothing)

/** What the candidate gets at full exposure, and in the bake. */
export const promoted = ({ bake, kind }: Plan): PartsPerMillion =>
  ppm(everything - (kind === 'deploy' && bake !== null && bake.forMs > 0 ? bake.holdback : 0))
