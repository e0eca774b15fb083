// What the edge is told about one environment, and what it answers. Orders are whole and idempotent: the same route
// sent twice changes nothing, and one with an older fence is refused.
import type { Trip } from '../analysis/decision.ts'
import type { Mismatch } from '../analysis/errors/split-check.ts'
import type { JudgePlan } from '../analysis/judge.ts'
import type { JudgeState } from '../analysis/judge-state.ts'
import type { RolloutId, Scope, Version } from '../ids.ts'
import type { Instant, PartsPerMillion } from '../time.ts'

/** Which order is newer: first by rollout, then by its generation. */
export type Fence = { readonly rollout: RolloutId; readonly generation: number }

/** One instance that takes requests. `instance` is its id at the target. */
export type Endpoint = { readonly instance: string; readonly host: string; readonly port: number }

/** The instances of a release, and how many there are when it is whole: together they say what share it can carry. */
export type Upstreams = { readonly release: Version; readonly endpoints: readonly Endpoint[]; readonly wanted: number }

/** How long a grant lasts without being renewed. */
export const grantTtlMs = 10_000

/** Leave to expose the candidate, for a while: it must be renewed before `ttlMs` are over (monotonic clock of the edge). */
export type Grant = {
  readonly weight: PartsPerMillion
  readonly ttlMs: number
  /** The candidate's weight after a lapse or a restart of the edge. */
  readonly fallbackWeight: PartsPerMillion
  /** `return`: the decisive request takes the candidate out. `hold`: the weight stays and a person is called. */
  readonly onTrip: 'return' | 'hold'
  readonly onLapse: 'return' | 'hold'
}

/**
 * Which requests that failed on the candidate stable answers in its place, where that is safe: those that did not reach it,
 * also those that it answered with 5xx, or none.
 */
export type Shield = 'unreachable' | '5xx' | 'off'

/** What is drawn for one side or the other, and judged as one. */
export type Unit = 'request' | 'session'

export type Warmup = { readonly requests: number; readonly path: string }

export type Route = Scope & {
  readonly fence: Fence
  /** Host names, without port, lower case; empty = any host that no other route names. */
  readonly hosts: readonly string[]
  readonly stable: Upstreams | null
  readonly candidate: Upstreams | null
  /** Releases that get no new requests and finish what they have. One that is in none of the three is cut at once. */
  readonly draining: readonly Upstreams[]
  readonly grant: Grant | null
  /** Sent to every new endpoint before it counts as warm; in no arm. Null = none wanted. */
  readonly warmup: Warmup | null
  /** `resume` is the last state that the server stored: taken only by an edge that knows less of this rollout. */
  readonly judge: JudgePlan | null
  readonly shield: Shield
  /** `session`: a client that keeps its cookie keeps its side, and is judged as one. */
  readonly unit: Unit
  /** `rescued` of this rollout as the server last heard it: an edge that was killed goes on from it. */
  readonly rescued: number
}

/**
 * Counts since the edge started (`epoch`), of every request that a release answered or should have. One that failed on the
 * candidate and went on to stable is in `requests` of both, and bad of the candidate alone unless stable fails as well.
 */
export type ReleaseReport = {
  readonly release: Version
  readonly requests: number
  readonly bad: number
  readonly inFlight: number
  /** Client aborts: in `requests`, not in `bad`. */
  readonly aborted: number
  /** Requests cut at a drain deadline: not in `bad`. */
  readonly cut: number
  /** Of `bad`: those that stable answered in its place, with anything but 5xx. */
  readonly rescued: number
  /** Instances that had their warm-up. */
  readonly warm: readonly string[]
  /** Log-linear histogram of the time from dispatch to response head: [bucket, count] of the buckets in use; empty for a release that left. */
  readonly latency: readonly (readonly [number, number])[]
}

/** An instance of the candidate that was passed over from then on, because nearly all that was bad came from it; counts until then. */
export type BadInstance = {
  readonly release: Version
  readonly instance: string
  readonly requests: number
  readonly bad: number
  /** Of all its instances. */
  readonly badOfAll: number
  readonly at: Instant
}

/** Something that only a person can judge; the weight stays. */
export type Hold = { readonly reason: string; readonly at: Instant }

export type RouteReport = Scope & {
  readonly fence: Fence
  /** New with every start of the edge; counts of releases begin at 0 with it. */
  readonly epoch: string
  readonly stable: Version | null
  readonly candidate: Version | null
  /** The candidate's weight that is applied at this instant. */
  readonly weight: PartsPerMillion
  /** The grant ran out, or the edge started anew without one: the weight is the fallback until the next grant. */
  readonly lapsed: boolean
  readonly trip: Trip | null
  readonly hold: Hold | null
  /** At most one in a rollout: a second one that is bad is the release's fault. */
  readonly badInstance: BadInstance | null
  /** Outcomes that were counted since the edge started are not split as they were drawn; a warning. */
  readonly mismatch: Mismatch | null
  readonly judge: JudgeState | null
  /** Of the candidate's outcomes that were judged in this rollout: the bad ones that stable answered in its place. */
  readonly rescued: number
  readonly releases: readonly ReleaseReport[]
}
