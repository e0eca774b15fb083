// The heart: (rollout, fact) → rollout. Total over phase × fact, pure, and the only place where a phase changes.
// It asks nobody for anything: what the world should look like follows from the result (desired.ts).

import { errorsName } from '../analysis/metric.ts'
import type { BadInstance } from '../routing/route.ts'
import type { Instant } from '../time.ts'
import { nothing } from '../time.ts'
import { accepting, courseOf } from './course.ts'
import { wantedWeight } from './desired.ts'
import type { Observed, RolloutEvent, SeenRouter } from './event.ts'
import { failing, newlyNoted } from './failing.ts'
import { isClean, lacks, smouldering } from './passing.ts'
import type { Budget, Ramp } from './ramp.ts'
import { climb, rampStart } from './ramp.ts'
import { sourceTrip } from './source-verdicts.ts'
import type { Cause, Lack, PauseReason, Plan, Resumption, Rollout, Stage } from './state.ts'
import { isOver, legOf, stepOf } from './state.ts'

/** How long phases may last that have no time of their own in the plan. */
export const deadlinesMs = {
  /** For artifacts with very many files: each is written and verified. */
  Pending: 600_000,
  /** On top of the health timeout: for the warm-up. */
  warmup: 30_000,
  Promoting: 60_000,
  RollingBack: 300_000,
  Paused: 24 * 3_600_000,
} as const

/** A candidate of which one instance crashed this often is in a crash loop. */
export const crashLoopRestarts = 3

export const step = (rollout: Rollout, event: RolloutEvent): Rollout => {
  if (isOver(rollout)) return rollout
  switch (event.kind) {
    case 'observed':
      return onObserved(rollout, event)
    case 'aborted':
      return goBack(rollout, event.at, { kind: 'abort', actor: event.actor, reason: event.reason })
    case 'rollbackAsked':
      return goBack(rollout, event.at, { kind: 'rollback', actor: event.actor, reason: event.reason })
    case 'paused':
      return pauseBy(rollout, event.at, { kind: 'person', actor: event.actor, reason: event.reason })
    case 'resumed':
      return isMeant(rollout, event) ? resume(rollout, event.at) : rollout
    case 'promoted':
      return isMeant(rollout, event) ? promote(rollout, event.at) : rollout
    case 'promotedFully':
      return promoteFully(rollout, event.at)
    case 'takenUp':
      return takeUp(rollout, event)
    case 'rejected':
      return onRejected(rollout, event.at)
    case 'broke':
      return rollout.phase === 'NeedsHuman'
        ? rollout
        : enter(rollout, event.at, { phase: 'NeedsHuman', cause: { kind: 'broken', problems: event.problems } })
    default:
      return event satisfies never
  }
}

/** The timers begin anew; what a step or the bake has been watched for so far goes on from there. */
const takeUp = (rollout: Rollout, { at, awayMs }: Extract<RolloutEvent, { kind: 'takenUp' }>): Rollout => {
  if (at - rollout.since < 1_000) return rollout
  switch (rollout.phase) {
    case 'Pending':
    case 'Preparing':
    case 'Paused':
    case 'Promoting':
    case 'RollingBack':
      return { ...next(rollout, rollout), since: at }
    case 'Progressing':
    case 'Baking': {
      const from = rollout.from === null ? null : { ...rollout.from, at: (rollout.from.at + awayMs) as Instant }
      return { ...next(rollout, { ...rollout, from }), since: at }
    }
    case 'Frozen':
    case 'NeedsHuman':
    case 'Succeeded':
    case 'RolledBack':
    case 'Failed':
      return rollout
    default:
      return rollout satisfies never
  }
}

/** A rollback's release was chosen by a person who knew; bytes that serve as stable too are no worse than it. */
const onRejected = (rollout: Rollout, at: Instant): Rollout => {
  const { kind, candidateArtifact, stableArtifact } = rollout.plan
  const stays = kind === 'rollback' || candidateArtifact === stableArtifact
  return stays || rollout.phase === 'NeedsHuman' || rollout.phase === 'Frozen'
    ? rollout
    : goBack(rollout, at, { kind: 'rejected' })
}

/** Failures first: a trip or a crash loop wins in every phase that can carry traffic, a pause included. */
const onObserved = (rollout: Rollout, seen: Observed): Rollout => {
  const cause = failureIn(rollout, seen)
  if (cause !== null) return goBack(rollout, seen.at, cause)
  const replaced = replacement(rollout, seen)
  if (replaced !== null) return { ...next(rollout, rollout), replaced }
  const noted = newlyNoted(rollout, seen)
  if (noted.length > 0) return { ...next(rollout, rollout), noted: [...rollout.noted, ...noted] }
  switch (rollout.phase) {
    case 'Pending':
      return onPending(rollout, seen)
    case 'Preparing':
      return onPreparing(rollout, seen)
    case 'Progressing':
      return onProgressing(rollout, seen)
    case 'Promoting':
      return onPromoting(rollout, seen)
    case 'Baking':
      return onBaking(rollout, seen)
    case 'Paused':
      return onPaused(rollout, seen)
    case 'RollingBack':
      return onRollingBack(rollout, seen)
    case 'Frozen':
    case 'NeedsHuman':
    case 'Succeeded':
    case 'RolledBack':
    case 'Failed':
      return rollout
    default:
      return rollout satisfies never
  }
}

/** A second one that is bad is the release's fault: the edge blames none, and none is replaced. */
const replacement = ({ plan, replaced }: Rollout, { router }: Observed): BadInstance | null => {
  const found = router?.badInstance ?? null
  return found?.release === plan.candidate && replaced === null ? found : null
}

/** Why what is seen ends the rollout, whatever a person asks for in the same moment. */
export const failureIn = (rollout: Rollout, seen: Observed): Cause | null => {
  if (rollout.phase === 'RollingBack' || rollout.phase === 'NeedsHuman' || rollout.phase === 'Frozen') return null
  if (seen.router?.trip) return { kind: 'trip', trip: seen.router.trip }
  const ofSource = sourceTrip(rollout.plan, seen.sources, seen.at)
  if (ofSource !== null) return { kind: 'trip', trip: ofSource }
  // An older release that comes back has proved itself; what it did in its earlier life says nothing now.
  const candidate = rollout.plan.kind === 'deploy' ? seen.releases.get(rollout.plan.candidate) : undefined
  return candidate !== undefined && candidate.restarts >= crashLoopRestarts
    ? { kind: 'crashLoop', release: rollout.plan.candidate, restarts: candidate.restarts, lastExit: candidate.lastExit }
    : null
}

const onPending = (rollout: Rollout, seen: Observed): Rollout => {
  if (seen.placed.kind === 'verified') return enter(rollout, seen.at, { phase: 'Preparing' })
  return seen.placed.kind === 'impossible'
    ? goBack(rollout, seen.at, { kind: 'notPlaced', reason: seen.placed.reason })
    : late(rollout, seen.at, deadlinesMs.Pending)
}

const onPreparing = (rollout: Rollout, seen: Observed): Rollout => {
  const { plan, since } = rollout
  const candidate = seen.releases.get(plan.candidate)
  const ready = candidate?.ready ?? 0
  if ((candidate?.warm ?? 0) >= plan.candidateInstances) {
    return plan.steps.length > 0 ? enterStep(rollout, seen.at, 0) : enter(rollout, seen.at, { phase: 'Promoting' })
  }
  if (seen.startProblem !== null) return goBack(rollout, seen.at, { kind: 'notStarted', reason: seen.startProblem })
  const afterMs = seen.at - since
  const limitMs = plan.healthTimeoutMs + (ready >= plan.candidateInstances ? deadlinesMs.warmup : 0)
  if (afterMs <= limitMs) return rollout
  const lastExit = candidate?.lastExit ?? null
  return goBack(rollout, seen.at, { kind: 'neverReady', ready, wanted: plan.candidateInstances, afterMs, lastExit })
}

type InPause = Extract<Rollout, { phase: 'Paused' }>
type InProgress = Extract<Rollout, { phase: 'Progressing' }>
type InBake = Extract<Rollout, { phase: 'Baking' }>

const onProgressing = (rollout: InProgress, seen: Observed): Rollout => {
  const current = rollout.plan.steps[rollout.step]
  if (current === undefined) return enter(rollout, seen.at, { phase: 'Promoting' })
  if (current.kind === 'pause' && current.forMs === null) {
    const next: Resumption = { phase: 'Progressing', step: rollout.step + 1 }
    return enter(rollout, seen.at, { phase: 'Paused', leadsTo: next, reason: { kind: 'step' } })
  }
  const dwellMs = current.kind === 'pause' ? (current.forMs ?? 0) : rollout.plan.minExposure.timeMs
  const after = onWatched(rollout, seen, { dwellMs, passed: () => enterStep(rollout, seen.at, rollout.step + 1) })
  return after === rollout && current.kind === 'auto' ? follow(rollout, seen, current.budget) : after
}

/** Its weight is seen at the router, and nothing else is to be done: now it may follow the evidence. */
const follow = (rollout: InProgress, { router, sources, at }: Observed, budget: Budget): Rollout => {
  const errors = router?.metrics.find(({ metric }) => metric === errorsName)
  if (router === null || errors === undefined || !isApplied(rollout, router)) return rollout
  const smoulders = smouldering(rollout, { ...router, sources }).length > 0
  const ramp = rollout.ramp ?? rampStart
  const climbed = climb(budget, ramp, { at, errors, smoulders })
  if ('exhausted' in climbed)
    return { ...pauseBy(rollout, at, { kind: 'budget', ...climbed.exhausted }), ramp: { ...ramp, weight: nothing } }
  return climbed === ramp ? rollout : { ...next(rollout, rollout), ramp: climbed }
}

const isApplied = (rollout: InProgress | InBake, router: SeenRouter): boolean =>
  !router.lapsed && router.weight === wantedWeight(rollout) && router.candidate === rollout.plan.candidate

const onBaking = (rollout: InBake, seen: Observed): Rollout => {
  const dwellMs = rollout.plan.bake?.forMs ?? 0
  return onWatched(rollout, seen, {
    dwellMs,
    passed: () => enter(rollout, seen.at, { phase: 'Succeeded' }),
  })
}

/** A metric may fail while somebody is waited for: then that is what they are called for, and the weight stays. */
const onPaused = (rollout: InPause, seen: Observed): Rollout => {
  const { reason, leadsTo } = rollout
  const judgements = failing(rollout, seen)
  const known = reason.kind === 'failing' ? reason.judgements.map(({ metric }) => metric) : []
  if (judgements.every(({ metric }) => known.includes(metric))) return late(rollout, seen.at, deadlinesMs.Paused)
  const isOwnStep = reason.kind === 'step' && leadsTo.phase === 'Progressing'
  const back: Resumption = isOwnStep ? { phase: 'Progressing', step: leadsTo.step - 1 } : leadsTo
  const paused = enter(rollout, seen.at, { phase: 'Paused', leadsTo: back, reason: { kind: 'failing', judgements } })
  return { ...paused, holdSeenAt: heldAt(rollout, seen) }
}

/** The edge holds for a metric that fails too: who is called for that is not called twice. */
const heldAt = (rollout: Rollout, { router }: Observed): Instant | null => router?.hold?.at ?? rollout.holdSeenAt

type Watch = { readonly dwellMs: number; readonly passed: () => Rollout }

/** What steps and the bake have in common: time and requests count from the weight that was seen, and again after a lapse. */
const onWatched = (rollout: InProgress | InBake, seen: Observed, watch: Watch): Rollout => {
  const { router, at } = seen
  if (router?.lapsed && rollout.from !== null)
    return { ...enter(rollout, at, { ...again(rollout), lapses: rollout.lapses + 1 }), ramp: unseen(rollout.ramp) }
  const holdSeenAt = heldAt(rollout, seen)
  const judgements = failing(rollout, seen)
  if (judgements.length > 0) return { ...pauseBy(rollout, at, { kind: 'failing', judgements }), holdSeenAt }
  if (router?.hold && holdSeenAt !== rollout.holdSeenAt)
    return { ...pauseBy(rollout, at, { kind: 'hold', reason: router.hold.reason }), holdSeenAt }
  const applied = router !== null && isApplied(rollout, router)
  // A judge that begins anew (what it knew could not be read any more) has counted nothing of this step.
  if (applied && (rollout.from === null || router.requests < rollout.from.requests))
    return next(rollout, { ...again(rollout), from: { at, requests: router.requests } })
  const lacking = lacks(rollout, { at, from: rollout.from, router, sources: seen.sources })
  const dwelt = applied && rollout.from !== null && at - rollout.from.at >= watch.dwellMs
  if (dwelt && lacking.length === 0) return watch.passed()
  if (at - rollout.since <= watch.dwellMs + rollout.plan.stepBudgetMs) return rollout
  return inconclusive(rollout, at, {
    lacks: lacking,
    unproven: () => (dwelt && isClean(rollout, seen, lacking) ? watch.passed() : null),
  })
}

type Inconclusive = {
  readonly lacks: readonly Lack[]
  /** Where it leads without a proof; null when something speaks against that. */
  readonly unproven: () => Rollout | null
}

/** What is known will not be more: the plan says what becomes of a step. A bake waits for a person. */
const inconclusive = (rollout: InProgress | InBake, at: Instant, { lacks, unproven }: Inconclusive): Rollout => {
  const paused = pauseBy(rollout, at, { kind: 'inconclusive', lacks })
  if (rollout.phase === 'Baking') return paused
  switch (rollout.plan.lowTraffic) {
    case 'pause':
      return paused
    case 'rollback':
      return goBack(rollout, at, { kind: 'inconclusive', lacks })
    case 'promote-if-clean': {
      const passed = unproven()
      return passed === null ? paused : { ...passed, unproven: [...rollout.unproven, { step: rollout.step, lacks }] }
    }
    default:
      return rollout.plan.lowTraffic satisfies never
  }
}

/** Its weight must be seen at the router anew. */
const unseen = (ramp: Ramp | null): Ramp | null => ramp && { ...ramp, from: null }

const again = (rollout: InProgress | InBake): Extract<Stage, { phase: 'Progressing' | 'Baking' }> =>
  rollout.phase === 'Progressing'
    ? { phase: 'Progressing', step: rollout.step, from: null, lapses: rollout.lapses }
    : { phase: 'Baking', from: null, lapses: rollout.lapses }

const enterStep = (rollout: Rollout, at: Instant, index: number): Rollout => ({
  ...enter(
    rollout,
    at,
    index < rollout.plan.steps.length
      ? { phase: 'Progressing', step: index, from: null, lapses: 0 }
      : { phase: 'Promoting' },
  ),
  ramp: null,
})

/** Ends when the router says that the candidate has all that it should; without a stable the route has only it. */
const onPromoting = (rollout: Extract<Rollout, { phase: 'Promoting' }>, seen: Observed): Rollout => {
  const { router } = seen
  const { plan } = rollout
  const reached =
    router !== null &&
    (plan.stable === null
      ? router.stable === plan.candidate
      : router.candidate === plan.candidate && !router.lapsed && router.weight === wantedWeight(rollout))
  const bakes = isBaked(plan) && rollout.skipsBake !== true
  if (reached)
    return enter(rollout, seen.at, bakes ? { phase: 'Baking', from: null, lapses: 0 } : { phase: 'Succeeded' })
  return late(rollout, seen.at, deadlinesMs.Promoting)
}

const isBaked = (plan: Plan): boolean => plan.stable !== null && plan.bake !== null && plan.bake.forMs > 0

/** Zero is zero when the router reports it of this rollout, not when it was asked for. */
const onRollingBack = (rollout: Extract<Rollout, { phase: 'RollingBack' }>, seen: Observed): Rollout => {
  const { router } = seen
  if (router !== null && (router.candidate !== rollout.plan.candidate || router.weight === nothing))
    return enter(rollout, seen.at, { phase: 'RolledBack', cause: rollout.cause })
  if (seen.at - rollout.since <= deadlinesMs.RollingBack) return rollout
  return enter(rollout, seen.at, { phase: 'NeedsHuman', cause: rollout.cause })
}

/** Asking twice changes nothing: the first cause stands. What never carried traffic, or has nothing to go back to, has failed. */
const goBack = (rollout: Rollout, at: Instant, cause: Cause): Rollout => {
  switch (rollout.phase) {
    case 'RollingBack':
    case 'Succeeded':
    case 'RolledBack':
    case 'Failed':
      return rollout
    case 'Pending':
    case 'Preparing':
      return enter(rollout, at, { phase: 'Failed', cause })
    case 'Progressing':
    case 'Paused':
    case 'Promoting':
    case 'Baking':
    case 'Frozen':
    case 'NeedsHuman':
      return enter(rollout, at, { phase: rollout.plan.stable === null ? 'Failed' : 'RollingBack', cause })
    default:
      return rollout satisfies never
  }
}

const pauseBy = (rollout: Rollout, at: Instant, reason: PauseReason): Rollout => {
  if (rollout.phase === 'Progressing')
    return enter(rollout, at, { phase: 'Paused', leadsTo: { phase: 'Progressing', step: rollout.step }, reason })
  return rollout.phase === 'Baking'
    ? enter(rollout, at, { phase: 'Paused', leadsTo: { phase: 'Baking' }, reason })
    : rollout
}

const resume = (rollout: Rollout, at: Instant): Rollout => {
  if (rollout.phase !== 'Paused') return rollout
  const { leadsTo } = rollout
  return leadsTo.phase === 'Baking'
    ? enter(accepting(rollout), at, { phase: 'Baking', from: null, lapses: 0 })
    : { ...enterStep(accepting(rollout), at, leadsTo.step), ramp: resumedRamp(rollout) }
}

/** Whoever resumes what used its exposure budget up grants it once more. */
const resumedRamp = ({ ramp, reason }: Extract<Rollout, { phase: 'Paused' }>): Ramp | null =>
  ramp && { ...ramp, from: null, budgets: ramp.budgets + (reason.kind === 'budget' ? 1 : 0) }

const isMeant = (rollout: Rollout, { leg }: { readonly leg: number | null }): boolean =>
  leg === null || leg === legOf(rollout)

/** A bake that is skipped ends over full exposure: by what the candidate can carry, and by what the router says. */
const promote = (rollout: Rollout, at: Instant): Rollout => {
  const [leg, { length }] = [legOf(rollout), rollout.plan.steps]
  if (leg === null || leg === length) return rollout
  const accepted = accepting(rollout)
  return leg < length ? enterStep(accepted, at, leg + 1) : enter(accepted, at, { phase: 'Promoting', skipsBake: true })
}

const promoteFully = (rollout: Rollout, at: Instant): Rollout =>
  stepOf(rollout) === null ? rollout : enter(accepting(rollout), at, { phase: 'Promoting' })

const late = (rollout: Rollout, at: Instant, limitMs: number): Rollout => {
  const afterMs = at - rollout.since
  return afterMs <= limitMs ? rollout : goBack(rollout, at, { kind: 'deadline', of: rollout.phase, afterMs })
}

const enter = (rollout: Rollout, since: Instant, stage: Stage): Rollout => ({ ...next(rollout, stage), since })

const next = (rollout: Rollout, stage: Stage): Rollout => {
  const { id, scope, plan, since, generation } = rollout
  return { ...stage, ...courseOf(rollout), id, scope, plan, since, generation: generation + 1 }
}
