// What the engine needs from the outside, said by the engine. Adapters in providers/ and in sim/ carry it out; each verb
// is idempotent and may be repeated after a crash.
import type { Result } from './errors.ts'
import type { AppName, Digest, Scope, Version } from './ids.ts'
import type { Fence, Route, RouteReport } from './routing/route.ts'

/** How a release is run, versioned with it. Values of `env` may hold `${env:NAME}`, resolved at every start. */
export type RunSpec = {
  readonly command: string
  readonly env: Readonly<Record<string, string>>
  readonly health: { readonly path: string; readonly timeoutMs: number }
  readonly stop: { readonly timeoutMs: number }
}

export type ReleaseSpec = { readonly version: Version; readonly artifact: Digest; readonly run: RunSpec }

export type Wish = { readonly release: ReleaseSpec; readonly instances: number }

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
