// What happened in a storm, as it was seen from outside: plain values that the laws are read over.
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { Character, OrderKind } from './plan.ts'

/** Wall clock, ms; both ends belong to it. */
export type Span = { readonly from: number; readonly to: number }

export const overlap = (one: Span, other: Span): boolean => one.from <= other.to && other.from <= one.to

/** One request of a user, when it is over. */
export type Request = Span & {
  readonly app: string
  /** Null when no answer began. */
  readonly status: number | null
  /** Null when no release says that it answered: the edge did, or nobody. */
  readonly release: string | null
  /** Why there was no whole answer; null when there was one. */
  readonly dropped: string | null
}

/** The server was killed or stopped. `to`: when it was let go on, or a new one was begun. */
export type ServerOutage = Span & { readonly kind: 'killed' | 'stopped' }
/** The edge was killed, or stopped. `to`: when it listened again, or was let go on. */
export type EdgeOutage = Span & {
  readonly kind: 'killed' | 'stopped'
  /** No server was there to start it: a new one was begun from outside, and it served. */
  readonly alone: boolean
}
export type InstanceFault = Span & {
  readonly kind: 'killed' | 'stopped'
  readonly app: string
  readonly release: string
}

/** What a person ordered of a rollout, and what was answered: `accepted`, or the code of a refusal. */
export type Ordered = {
  readonly kind: OrderKind | 'resume'
  readonly askedAt: number
  readonly answeredAt: number
  readonly answer: string
}

/** What the laws ask of a rollout. */
export type Ended = Pick<RolloutView, 'id' | 'release' | 'from' | 'phase' | 'reason' | 'rejected'> &
  Pick<RolloutView, 'startedAt' | 'since' | 'endedAt'> & { readonly trip: { readonly at: number } | null }

export type Shipped = {
  readonly app: string
  readonly kind: Character['kind'] | 'goBack'
  readonly orders: readonly Ordered[]
  /** As it was in the end. */
  readonly view: Ended
  readonly transitions: readonly { readonly at: number; readonly phase: string }[]
}

export type Ending = {
  /** Of every app: the release that the server calls stable, and those that answered in the end. */
  readonly serving: readonly {
    readonly app: string
    readonly stable: string | null
    readonly seen: readonly string[]
  }[]
  /** Whatever else is not as it should be, in words: a line of a log, a process, the store. */
  readonly problems: readonly string[]
}

export type History = {
  readonly requests: readonly Request[]
  readonly shipped: readonly Shipped[]
  readonly server: readonly ServerOutage[]
  readonly edge: readonly EdgeOutage[]
  readonly instances: readonly InstanceFault[]
  /** By release: when fewer of its instances served, as the edge knows it, than it should have. */
  readonly short: ReadonlyMap<string, readonly Span[]>
  readonly ending: Ending
}
