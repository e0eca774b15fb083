// The invariants of one step, checked before every save, in tests and in the simulator. A state that breaks one is not
// saved: the rollout goes to NeedsHuman and the weight to the fallback. Says every problem, in words.
import { everything } from '../time.ts'
import type { World } from './desired.ts'
import type { Observed } from './event.ts'
import type { Rollout } from './state.ts'
import { isOver } from './state.ts'

export type Checked = {
  readonly before: Rollout
  readonly after: Rollout
  readonly seen: Observed
  /** What `desired` wants for `after`. */
  readonly world: World
  /** Whether the candidate's artifact is rejected. */
  readonly rejected: boolean
}

export const check = (checked: Checked): readonly string[] =>
  [
    weightIsAShare,
    carriedIsReady,
    exposedIsKept,
    rejectedNeverGrows,
    exposureIsGranted,
    wayBackWasChecked,
    generationGrows,
  ]
    .map((law) => law(checked))
    .filter((problem) => problem !== null)

/** Invariant 1. */
const weightIsAShare = ({ world }: Checked): string | null => {
  const weight = world.grant?.weight ?? 0
  return Number.isInteger(weight) && weight >= 0 && weight <= everything
    ? null
    : `the weight ${weight} is no share of the traffic`
}

/** Invariant 2: only where both sides together can carry everything; below that the shares are proportional. */
const carriedIsReady = ({ world, seen, after }: Checked): string | null => {
  const { plan } = after
  const ready = (release: string | null, whole: number): number =>
    release === null ? 0 : Math.min(1, (seen.releases.get(release as typeof plan.candidate)?.ready ?? 0) / whole)
  const candidate = ready(plan.candidate, plan.candidateInstances)
  if (candidate + ready(plan.stable, plan.stableInstances) < 1) return null
  const weight = (world.grant?.weight ?? 0) / everything
  return weight <= candidate + 1e-6
    ? null
    : `${plan.candidate} would get ${weight} of the traffic and can carry ${candidate}`
}

/** Invariant 3. */
const exposedIsKept = ({ world, seen }: Checked): string | null => {
  const { router } = seen
  if (router === null) return null
  const exposed = [router.weight < everything ? router.stable : null, router.weight > 0 ? router.candidate : null]
  const stopped = exposed.find(
    (release) =>
      release !== null && (seen.releases.get(release)?.instances ?? 0) > 0 && (world.instances.get(release) ?? 0) === 0,
  )
  return stopped ? `${stopped} has traffic and would be stopped` : null
}

/** Invariant 4. */
const rejectedNeverGrows = ({ world, seen, rejected }: Checked): string | null =>
  rejected && (world.grant?.weight ?? 0) > (seen.router?.weight ?? 0)
    ? 'a rejected artifact would get more traffic'
    : null

/** Invariant 7. */
const exposureIsGranted = ({ world }: Checked): string | null =>
  world.grant !== null && world.candidate === null ? 'a grant without a candidate' : null

/** Invariant 8. */
const wayBackWasChecked = ({ after }: Checked): string | null =>
  after.plan.stable !== null && after.plan.wayBack === null ? 'the way back was not checked' : null

/** The fence of every act: without it a late actor could not be told from the present one. */
const generationGrows = ({ before, after }: Checked): string | null => {
  if (after === before) return null
  if (isOver(before)) return `a rollout that is ${before.phase} would change`
  return after.generation > before.generation ? null : `the generation would stay at ${before.generation}`
}
