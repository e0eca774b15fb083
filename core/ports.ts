// What the engine needs from the outside, said by the engine. Adapters in providers/ and in sim/ carry it out; each verb
// is idempotent and may be repeated after a crash.
import type { Measure } from './analysis/metric.ts'
import type { Result } from './errors.ts'
import type { AppName, Digest, Scope, Version } from './ids.ts'
import type { Fence, Route, RouteReport } from './routing/route.ts'
import type { Instant } from './time.ts'

/** How a release is run, versioned with it. Values of `env` may hold `${env:NAME}`, resolved at every start. */
export type RunSpec = {
  readonly command: string
  readonly env: Readonly<Record<string, string>>
  readonly health: { readonly path: string; readonly timeoutMs: number }
  readonly stop: { readonly timeoutMs: number }
}

export type ReleaseSpec = { readonly version: Version; readonly artifact: Digest; readonly run: RunSpec }

export type Wish = {
  readonly release: ReleaseSpec
  readonly instances: number
  /** Not this instance: where it is there, it is stopped, and another one starts. */
  readonly without: string | null
}

export type Instance = {
  readonly id: string
  readonly release: Version
  readonly host: string
  readonly port: number
  /** `ready` after three 2xx in a row on fresh connections; `stopping` from SIGTERM on. */
  readonly state: 'starting' | 'ready' | 'stopping' | 'crashed'
  /** Starts after its process ended by itself while the target watched. A start that was refused, and an end that nobody watched, count nothing. */
  readonly restarts: number
  /** How it ended last, in words (`exited with code 1`), else why it is not ready yet (`answers GET /healthz with 404`); null if there is nothing to say. */
  readonly lastExit: string | null
}

/** Where instances live. */
export type Target = {
  /** Puts an artifact where instances can start from, and verifies it byte by byte. Fails with HD3004, HD3005 or HD1107. */
  place(app: AppName, artifact: Digest): Promise<Result<null>>
  /** Every instance of the scope, also those that nobody wishes for. */
  observe(scope: Scope): Promise<readonly Instance[]>
  /** Starts what is missing, stops what is not wished for (stopping is finished in the background). Fails with HD4103, HD5002. */
  converge(scope: Scope, wishes: readonly Wish[], fence: Fence): Promise<Result<null>>
}

/** What splits the requests of an environment between its releases. */
export type Router = {
  /** All routes as they are applied now, or null while the router cannot be read. */
  observe(): Promise<readonly RouteReport[] | null>
  /** Makes one route so. Fails with HD5001 (not reached) or HD5003 (older fence). */
  converge(route: Route): Promise<Result<null>>
}

/** Which source an environment has. */
export type SourceSpec = {
  /** Names its adapter. */
  readonly kind: string
  readonly url: string
  /** May hold `${env:NAME}`, looked up whenever it is used; null for none. */
  readonly token: string | null
  /** Between two windows, and from the end of a window until it is asked about. */
  readonly intervalMs: number
}

/** What is asked of a source: one release's measure over (from, to], by the clock of whoever asks. */
export type Ask = {
  readonly measure: Exclude<Measure, { readonly kind: 'restarts' }>
  readonly release: Version
  readonly from: Instant
  readonly to: Instant
}

/** What a source counted, or why it cannot say: the three are kept apart, and none of them is a zero. */
export type Reading =
  | { readonly kind: 'share'; readonly hits: number; readonly total: number }
  | { readonly kind: 'mean'; readonly sum: number; readonly count: number }
  | { readonly kind: 'value'; readonly value: number }
  /** Edges ascend, in the unit of the metric; counts per bucket, one more than edges: the last lies beyond the last edge. */
  | { readonly kind: 'histogram'; readonly edges: readonly number[]; readonly counts: readonly number[] }
  /** Nothing is there by this name. */
  | { readonly kind: 'noData'; readonly reason: string }
  /** It is known, and nothing came since `lastAt`. */
  | { readonly kind: 'stale'; readonly lastAt: Instant }
  /** The source is not reached, refuses, or answers what cannot be used. */
  | { readonly kind: 'error'; readonly reason: string }

/** Where counts come from that no edge sees. */
export type MetricsSource = {
  /** Counters as increases, resets handled per series; windows that meet count nothing twice. Never throws for what the source does. */
  read(ask: Ask): Promise<Reading>
  /** Whether it would answer, asked of a release that runs before anything depends on it. */
  check(ask: Ask): Promise<SourceCheck>
}

/** `refused`: it can never be measured as it is written. `empty`: it may be, and nothing is there by this name. */
export type SourceCheck =
  | { readonly kind: 'fine' }
  | { readonly kind: 'refused' | 'unreachable' | 'empty'; readonly reason: string }
