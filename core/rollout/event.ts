// Every fact that may reach a rollout. A fact carries its own time; nothing here is a wish or an order to a platform.
import type { Trip } from '../analysis/decision.ts'
import type { Assessment } from '../analysis/judge.ts'
import type { SourceAssessment } from '../analysis/source/source-assessment.ts'
import type { Version } from '../ids.ts'
import type { BadInstance, Hold } from '../routing/route.ts'
import type { Instant, PartsPerMillion } from '../time.ts'

/** A release as its target and its router report it. */
export type SeenRelease = {
  /** Without those that are being stopped. */
  readonly instances: number
  /** Ready at the target. */
  readonly ready: number
  /** Ready at the target and warmed by the router. */
  readonly warm: number
  /** Of the instance that was started again most often. */
  readonly restarts: number
  readonly lastExit: string | null
  /** Requests that it is answering now; null while the router cannot be read. */
  readonly inFlight: number | null
}

/** What the router does now, for this rollout. Absent (null) while it cannot be read or speaks of an older rollout. */
export type SeenRouter = {
  readonly stable: Version | null
  readonly candidate: Version | null
  readonly weight: PartsPerMillion
  readonly lapsed: boolean
  readonly trip: Trip | null
  readonly hold: Hold | null
  readonly badInstance: BadInstance | null
  /** Outcomes of the candidate in this rollout. */
  readonly requests: number
  /** What each metric has come to; none where nothing is judged. */
  readonly metrics: readonly Assessment[]
}

/** What was read from elsewhere than the router. */
export type SeenSources = { readonly metrics: readonly SourceAssessment[] }

export type Observed = {
  readonly kind: 'observed'
  readonly at: Instant
  /** The candidate's artifact at the target: verified, impossible with a reason, or not known yet. */
  readonly placed:
    | { readonly kind: 'verified' }
    | { readonly kind: 'impossible'; readonly reason: string }
    | { readonly kind: 'unknown' }
  /** Why the target could not start what was wished for, at the last try; null when it could. */
  readonly startProblem: string | null
  readonly releases: ReadonlyMap<Version, SeenRelease>
  readonly router: SeenRouter | null
  /** Null where nothing but the router is asked. */
  readonly sources: SeenSources | null
}

type ByPerson = { readonly at: Instant; readonly actor: string; readonly reason: string }
/** Given for one leg of the way, and void once that is left: two people who mean the same step do not skip two. Null: for any. */
type ForLeg = ByPerson & { readonly leg: number | null }

export type PersonsOrder =
  | ({ readonly kind: 'aborted' } & ByPerson)
  | ({ readonly kind: 'rollbackAsked' } & ByPerson)
  | ({ readonly kind: 'paused' } & ByPerson)
  | ({ readonly kind: 'resumed' } & ForLeg)
  | ({ readonly kind: 'promoted' } & ForLeg)
  /** From any step to full exposure. */
  | ({ readonly kind: 'promotedFully' } & ByPerson)

export type RolloutEvent =
  | Observed
  | PersonsOrder
  /**
   * A server attends to the rollout again after nobody did: time in which nothing could be seen counts against nobody, and
   * for nobody. `awayMs`: how long that was; 0 where it is not known, and then the lapse tells.
   */
  | { readonly kind: 'takenUp'; readonly at: Instant; readonly awayMs: number }
  /** The candidate's artifact is rejected, by whomever. */
  | { readonly kind: 'rejected'; readonly at: Instant }
  /** `check` found that a state would break an invariant; that state was not saved. */
  | { readonly kind: 'broke'; readonly at: Instant; readonly problems: readonly string[] }
