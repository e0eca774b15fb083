// Who looks at a simulated rollout: at each request, at pooled counts every so often, or once a minute; and what came of it.
// A watcher says by `true` that it would act (roll back, or promote), and is not asked again.
import type { Outcome } from '@humdrum/core/analysis/errors/error-judge.ts'
import type { Observation } from '@humdrum/core/analysis/latency/latency-judge.ts'

/** A request of a simulated rollout. One object stands for all of them: nobody may keep it. */
export type Seen = { -readonly [Key in keyof (Outcome & Observation)]: (Outcome & Observation)[Key] }

/** Counts of an arm since the start, pooled over all weights. */
export type Counts = { requests: number; bad: number }

/** What a system gets that asks once a minute: of the candidate, and of a sample of stable of the same size. */
export type Minute = {
  readonly candidate: Readonly<Counts>
  readonly sample: Readonly<Counts>
  /** Milliseconds, ascending; empty where latency is not simulated. */
  readonly candidateMs: ArrayLike<number>
  readonly sampleMs: ArrayLike<number>
}

type AtRequests = { readonly kind: 'request'; see(request: Seen): boolean }
type AtCounts = { readonly kind: 'counts'; see(candidate: Readonly<Counts>, stable: Readonly<Counts>): boolean }
type AtMinutes = { readonly kind: 'minute'; see(minute: Minute): boolean }
export type Watcher = AtRequests | AtCounts | AtMinutes

/** Candidate requests until each watcher acted; null where it never did. */
export type Found = readonly (number | null)[]

export type Panel = {
  /** True when somebody acted. */
  request(seen: Seen, candidateRequests: number): boolean
  counts(candidate: Readonly<Counts>, stable: Readonly<Counts>): void
  minute(minute: Minute, candidateRequests: number): void
  /** Whether anybody is left who looks at this. */
  waits(kind: Watcher['kind']): boolean
  isDone(): boolean
  readonly found: Found
}

export const createPanel = (watchers: readonly Watcher[]): Panel => {
  const found: (number | null)[] = watchers.map(() => null)
  const requests = createRow<AtRequests>(watchers, 'request', found)
  const counts = createRow<AtCounts>(watchers, 'counts', found)
  const minutes = createRow<AtMinutes>(watchers, 'minute', found)
  const rows = { request: requests, counts, minute: minutes }
  return {
    request: (seen, at) => {
      const before = requests.live.length
      for (let index = before - 1; index >= 0; index -= 1) {
        if (requests.live[index]?.see(seen) === true) requests.end(index, at)
      }
      return requests.live.length < before
    },
    counts: (candidate, stable) => {
      for (let index = counts.live.length - 1; index >= 0; index -= 1) {
        if (counts.live[index]?.see(candidate, stable) === true) counts.end(index, candidate.requests)
      }
    },
    minute: (minute, at) => {
      for (let index = minutes.live.length - 1; index >= 0; index -= 1) {
        if (minutes.live[index]?.see(minute) === true) minutes.end(index, at)
      }
    },
    waits: (kind) => rows[kind].live.length > 0,
    isDone: () => requests.live.length + counts.live.length + minutes.live.length === 0,
    found,
  }
}

type Row<Kind> = { readonly live: Kind[]; end(index: number, at: number): void }

const createRow = <Kind extends Watcher>(
  watchers: readonly Watcher[],
  kind: Kind['kind'],
  found: (number | null)[],
): Row<Kind> => {
  const places = watchers.flatMap((watcher, place) => (watcher.kind === kind ? [place] : []))
  const live = watchers.filter((watcher): watcher is Kind => watcher.kind === kind)
  return {
    live,
    end: (index, at) => {
      live.splice(index, 1)
      const [place = 0] = places.splice(index, 1)
      found[place] = at
    },
  }
}
