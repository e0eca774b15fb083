// What a rollout is at any instant: one immutable value, saved whole after every step.
// Knows nothing of servers, clocks or platforms. Times are instants that arrive with events.
//
// Pending      accepted; the artifact is being placed and verified. Leaves: placed → Preparing; not placeable → Failed.
// Preparing    the candidate's instances are being raised and warmed; weight 0. Leaves: all ready → Progressing, or
//              Promoting where there is no step; crash loop, deadline, abort → Failed.
// Progressing  the candidate carries the weight of `step`; it is judged. Leaves: step passed → next step, after the last
//              → Promoting; `pause: {}`, a person, a hold, a metric with `onFail: pause`, the step's budget → Paused; trip, abort,
//              crash loop → RollingBack. What the budget does is for `lowTraffic` to say: a pause, on, or back.
// Paused       the weight stays where it is; the judge goes on and wins over the pause. Leaves: resume → where it was;
//              deadline, trip, abort → RollingBack.
// Promoting    the candidate gets everything but the holdback. Leaves: the router says so → Baking, or Succeeded without a bake.
//              A rollback to a release that is warm begins here.
// Baking       as Promoting, for the time of the bake, stable keeping the holdback. Leaves: time over → Succeeded; budget →
//              Paused; trip, abort → RollingBack.
// RollingBack  the candidate's weight only falls, as fast as stable can carry it. Leaves: the router says 0 → RolledBack;
//              deadline → NeedsHuman.
// NeedsHuman   as RollingBack, without an end of its own: only a person (abort) ends it. Frozen likewise.
// Succeeded, RolledBack, Failed  terminal. Failed: the candidate never carried traffic, or there was no stable to go back to.
//
// `promote` leads from a step to the next one, or to full exposure at once, and out of a bake.
//
// The first release of an environment has no stable: Preparing → Promoting → Succeeded, and nothing to go back to.
import type { Judgement, Trip } from '../analysis/decision.ts'
import type { Metric, MetricName, Within } from '../analysis/metric.ts'
import { errorsName, limitOf, usualErrors } from '../analysis/metric.ts'
import type { SourceReason } from '../analysis/source/source-assessment.ts'
import type { Digest, RolloutId, Scope, Version } from '../ids.ts'
import type { SourceSpec } from '../ports.ts'
import type { BadInstance, Unit } from '../routing/route.ts'
import type { Instant, PartsPerMillion } from '../time.ts'
import type { Budget, Exhausted, Ramp } from './ramp.ts'

export type Step =
  | { readonly kind: 'setWeight'; readonly weight: PartsPerMillion }
  /** `forMs` null waits for a person. */
  | { readonly kind: 'pause'; readonly forMs: number | null }
  /** The weight follows the evidence; the only step of its plan. */
  | { readonly kind: 'auto'; readonly budget: Budget }

/**
 * What happens to a step that knows too little when its budget is over. `promote-if-clean` goes on when nothing at all speaks
 * against the candidate, which is less than a proof; else it waits for a person.
 */
export type LowTraffic = 'pause' | 'promote-if-clean' | 'rollback'

/** Fixed when the rollout is accepted; a later humdrum.yaml does not change it. */
export type Plan = {
  /** `rollback`: an older release comes back; it is not judged. */
  readonly kind: 'deploy' | 'rollback'
  readonly candidate: Version
  readonly candidateArtifact: Digest
  /** Null for the first release of an environment. */
  readonly stable: Version | null
  readonly stableArtifact: Digest | null
  readonly strategy: 'canary' | 'allAtOnce'
  readonly steps: readonly Step[]
  /** Instances of each release when it is whole. */
  readonly candidateInstances: number
  readonly stableInstances: number
  readonly minExposure: { readonly requests: number; readonly timeMs: number }
  /** Probability of stopping a release that is no worse, over all metrics. */
  readonly alpha: number
  /** Probability of promoting a release that is worse than the margins, per metric. */
  readonly beta: number
  readonly metrics: readonly Metric[]
  /** What is drawn for a side and judged as one; `minExposure.requests` counts these too. */
  readonly unit: Unit
  /** Where metrics are read from that the edge cannot see; null where there is none. */
  readonly source: SourceSpec | null
  /** How long a step may take before it is inconclusive, its own pause not counted. */
  readonly stepBudgetMs: number
  readonly lowTraffic: LowTraffic
  readonly bake: { readonly forMs: number; readonly holdback: PartsPerMillion } | null
  readonly healthTimeoutMs: number
  /** How long requests in flight may go on at a release that gets no new ones. */
  readonly drainMs: number
  /** How long the release that a deploy replaced stays warm after success, without traffic. */
  readonly standbyMs: number
  /** What was checked of the way back before the rollout was accepted, and what was not. Null where there is none. */
  readonly wayBack: { readonly checked: readonly string[]; readonly notChecked: readonly string[] } | null
}

/** When the wanted weight was first seen at the router, and how many requests the candidate had answered by then. */
export type Mark = { readonly at: Instant; readonly requests: number }

export type Cause =
  | { readonly kind: 'trip'; readonly trip: Trip }
  | { readonly kind: 'abort'; readonly actor: string; readonly reason: string }
  /** A person's judgement that the release is bad: it is rejected, as after a trip. */
  | { readonly kind: 'rollback'; readonly actor: string; readonly reason: string }
  | {
      readonly kind: 'crashLoop'
      readonly release: Version
      readonly restarts: number
      readonly lastExit: string | null
    }
  | { readonly kind: 'notPlaced'; readonly reason: string }
  | { readonly kind: 'notStarted'; readonly reason: string }
  | {
      readonly kind: 'neverReady'
      readonly ready: number
      readonly wanted: number
      readonly afterMs: number
      readonly lastExit: string | null
    }
  | { readonly kind: 'deadline'; readonly of: Phase; readonly afterMs: number }
  /** The time of a step was over, it lacked something, and `lowTraffic` says to go back. Nothing is proved against the bytes. */
  | { readonly kind: 'inconclusive'; readonly lacks: readonly Lack[] }
  /** Another rollout, of another environment, proved the same bytes bad. */
  | { readonly kind: 'rejected' }
  | { readonly kind: 'broken'; readonly problems: readonly string[] }

/** Where a pause interrupted the rollout, and where `resume` leads. */
export type Resumption = { readonly phase: 'Progressing'; readonly step: number } | { readonly phase: 'Baking' }

export type PauseReason =
  | { readonly kind: 'step' }
  | { readonly kind: 'person'; readonly actor: string; readonly reason: string }
  | { readonly kind: 'hold'; readonly reason: string }
  /** Metrics with `onFail: pause` that were judged worse. Whoever goes on accepts them. */
  | { readonly kind: 'failing'; readonly judgements: readonly Judgement[] }
  /** The time of the step was over, and it lacked something. */
  | { readonly kind: 'inconclusive'; readonly lacks: readonly Lack[] }
  /** The exposure budget is used up, in requests, and nothing is proven: it gets no request, until it is resumed with as much again. */
  | ({ readonly kind: 'budget' } & Exhausted)

/** What keeps a step from passing. */
export type Lack =
  | { readonly kind: 'exposure' }
  /** `unit` missing: requests. */
  | { readonly kind: 'requests'; readonly seen: number; readonly needed: number; readonly unit?: Unit }
  /** Too much to go on, too little to go back. */
  | { readonly kind: 'evidence'; readonly metric: MetricName; readonly evidence: number; readonly limit: number }
  /** Not shown yet to fail no more than so much oftener than stable: a difference of shares. */
  | { readonly kind: 'difference'; readonly most: number; readonly evidence: number; readonly needed: number }
  /** What full exposure could cost until it can be taken back, and what the exposure budget has left: failed requests. */
  | { readonly kind: 'budget'; readonly expected: number; readonly left: number }
  /** Of a source, required, and not measured lately: `reason` says why, and null that it was never read. */
  | { readonly kind: 'unmeasured'; readonly metric: MetricName; readonly reason: SourceReason | null }
  /** Of a source: not shown yet to be within its margin, or not measured lately; `reason` says which. */
  | {
      readonly kind: 'source'
      readonly metric: MetricName
      readonly evidence: number
      readonly needed: number
      readonly reason: SourceReason | null
    }
  /** Not shown yet to be within the margins of promotion. */
  | {
      readonly kind: 'promotion'
      readonly metric: MetricName
      readonly evidence: number
      readonly needed: number
      /** Missing where it was written before a margin could be chosen: the usual one. */
      readonly within?: Within
    }

export type Stage =
  | { readonly phase: 'Pending' }
  | { readonly phase: 'Preparing' }
  /** `lapses` counts how often the grant ran out; the step's timer began again each time. */
  | { readonly phase: 'Progressing'; readonly step: number; readonly from: Mark | null; readonly lapses: number }
  | { readonly phase: 'Paused'; readonly leadsTo: Resumption; readonly reason: PauseReason }
  /** `skipsBake`: a person ended the bake; the holdback goes to the candidate too. */
  | { readonly phase: 'Promoting'; readonly skipsBake?: true }
  | { readonly phase: 'Baking'; readonly from: Mark | null; readonly lapses: number }
  | { readonly phase: 'RollingBack'; readonly cause: Cause }
  | { readonly phase: 'Succeeded' }
  | { readonly phase: 'RolledBack'; readonly cause: Cause }
  | { readonly phase: 'Failed'; readonly cause: Cause }
  | { readonly phase: 'Frozen'; readonly cause: Cause }
  | { readonly phase: 'NeedsHuman'; readonly cause: Cause }

export type Phase = Stage['phase']

/** A metric that was judged worse and that nothing follows from, as it was when that was seen. */
export type Noted = Judgement & { readonly at: Instant }

/** A step that passed without a proof, by `lowTraffic: promote-if-clean`, and what it lacked. */
export type Unproven = { readonly step: number; readonly lacks: readonly Lack[] }

/** What it has been through, as far as what comes depends on it, or is told at the end. */
export type Course = {
  /** The hold of the edge that a person was already called for; the same hold does not pause twice. */
  readonly holdSeenAt: Instant | null
  /** Of a step whose weight follows the evidence, once the rate of requests is being measured; else null. */
  readonly ramp: Ramp | null
  /** Metrics that were judged worse, and a person went on all the same: they hold nothing up any more. */
  readonly accepted: readonly MetricName[]
  /** Likewise metrics of which a source had no data of the candidate: that calls nobody again. What they show later counts. */
  readonly acceptedMissing: readonly MetricName[]
  readonly noted: readonly Noted[]
  readonly unproven: readonly Unproven[]
  /** An instance of the candidate that the edge found at fault: another one runs in its place. At most one in a rollout. */
  readonly replaced: BadInstance | null
}

export const newCourse: Course = {
  ...{ holdSeenAt: null, ramp: null, accepted: [], acceptedMissing: [] },
  ...{ noted: [], unproven: [], replaced: null },
}

export type Rollout = Stage &
  Course & {
    readonly id: RolloutId
    readonly scope: Scope
    readonly plan: Plan
    /** When this phase or step began. */
    readonly since: Instant
    /** Grows with every step; saved by compare-and-swap; sent with every act so that a late actor is refused. */
    readonly generation: number
  }

/** Nothing moves it any more. */
export const isOver = (rollout: { readonly phase: Phase }): boolean =>
  rollout.phase === 'Succeeded' || rollout.phase === 'RolledBack' || rollout.phase === 'Failed'

/** It goes no further without a person. */
export const waitsForPerson = (rollout: { readonly phase: Phase }): boolean =>
  rollout.phase === 'Paused' || rollout.phase === 'NeedsHuman' || rollout.phase === 'Frozen'

/** The release that serves when this rollout is left alone from now on; null if nothing does. */
export const stableAfter = (rollout: Rollout): Version | null =>
  rollout.phase === 'Succeeded' ? rollout.plan.candidate : rollout.plan.stable

/** Until when the release that was replaced stays warm; null where none does. The next rollout of the environment ends it. */
export const standbyUntil = ({ phase, plan, since }: Rollout): Instant | null =>
  phase === 'Succeeded' && plan.stable !== null && plan.standbyMs > 0 ? ((since + plan.standbyMs) as Instant) : null

/**
 * The leg of its way that it is on: the index of its step; after the steps comes full exposure, then the bake. Null while
 * nothing is exposed yet, and once it goes back or is over.
 */
export const legOf = (rollout: Rollout): number | null => {
  const { length } = rollout.plan.steps
  switch (rollout.phase) {
    case 'Progressing':
      return rollout.step
    case 'Paused':
      if (rollout.leadsTo.phase === 'Baking') return length + 1
      return rollout.leadsTo.step - (rollout.reason.kind === 'step' ? 1 : 0)
    case 'Promoting':
      return length
    case 'Baking':
      return length + 1
    case 'Pending':
    case 'Preparing':
    case 'Succeeded':
    case 'RollingBack':
    case 'RolledBack':
    case 'Failed':
    case 'Frozen':
    case 'NeedsHuman':
      return null
    default:
      return rollout satisfies never
  }
}

/** The step that it is in; null before, between and after the steps. A pause that is a step is that step. */
export const stepOf = (rollout: Rollout): number | null => {
  const leg = legOf(rollout)
  return leg !== null && leg < rollout.plan.steps.length ? leg : null
}

/** Evidence at which errors decide. */
export const rollbackLimit = (plan: Plan): number => decidesAt(plan, errorsName)

/** Evidence at which a metric is judged worse. */
export const decidesAt = ({ metrics, alpha }: Plan, name: MetricName): number =>
  limitOf(metrics.find((metric) => metric.name === name) ?? usualErrors, metrics, alpha)

/** Evidence that is needed against "worse than a margin": before full exposure from every metric (spec section 1.2). */
export const promotionLimit = ({ beta }: Pick<Plan, 'beta'>): number => 1 / beta

/** A quarter of what the first step lasts at least, and no more than half a minute (spec sections 4 and 8). */
export const warmupMs = (plan: Plan): number => Math.min(30_000, Math.floor(plan.minExposure.timeMs / 4))

/** Evidence from which a step may not pass, although it is too little to go back (spec section 4). */
export const smoulderLimit = (plan: Plan): number => 1 / (5 * plan.alpha)
