// What the HTTP API needs from the rest of the server: said here, given by whoever starts it. The engine is not among it:
// both meet in the store.
import type { Readable } from 'node:stream'
import type { LogEntry } from '@humdrum/contract/api.ts'
import type { Result } from '@humdrum/core/errors.ts'
import type { AppName, Digest, EnvironmentName, Version } from '@humdrum/core/ids.ts'
import type { DeliveryParts } from '../delivery/parts.ts'
import type { Measured } from '../delivery/preview.ts'
import type { DoctorParts } from '../doctor/examine.ts'
import type { Store } from '../store/open.ts'

/** The newest `tail` lines of an app, and of one environment or release of it where that is said. */
export type LogQuery = {
  readonly app: AppName
  readonly environment?: EnvironmentName
  readonly release?: Version
  readonly tail: number
}

export type HttpParts = {
  readonly delivery: DeliveryParts
  readonly measured: Measured
  readonly doctor: DoctorParts
  readonly store: Store
  readonly artifacts: {
    /** Must not destroy the stream when it refuses what is in it: the sender is answered over the same connection. */
    put(stream: Readable): Promise<Result<{ readonly digest: Digest; readonly bytes: number }>>
  }
  readonly logs: {
    read(query: LogQuery): AsyncIterable<LogEntry>
    /** As `read`, and then every new line until the signal. */
    follow(query: LogQuery, signal: AbortSignal): AsyncIterable<LogEntry>
  }
  readonly edge: () => { readonly url: string; readonly reachable: boolean; readonly pid: number | null }
  /** sha256 of the token, in hexadecimal digits. */
  readonly tokenHash: string
  readonly server: {
    readonly version: string
    readonly startedAt: number
    readonly pid: number
    readonly url: () => string
  }
  /** Called when the answer to a stop has gone out. */
  readonly onStop: (everything: boolean) => void
  /** Rollouts (`r-42`) whose grant will lapse without the server. */
  readonly lapsing: () => Promise<string[]>
  /** Takes the log lines about what broke; standard error without it. */
  readonly log?: (line: string) => void
}
