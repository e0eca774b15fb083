// What deciding about a delivery needs besides the store: artifacts, variables and disks of this machine, and a clock.
import type { DiskUse } from '@humdrum/core/disk.ts'
import type { Result } from '@humdrum/core/errors.ts'
import type { AppName, Digest } from '@humdrum/core/ids.ts'
import type { MetricsSource, RunSpec, SourceSpec, Target } from '@humdrum/core/ports.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Store } from '../store/open.ts'

export type DeliveryParts = {
  readonly store: Store
  /** Puts an artifact where instances start from and verifies it, as the target does. */
  readonly place: (app: AppName, artifact: Digest) => Promise<Result<null>>
  /** What runs of an environment now. */
  readonly instances: Target['observe']
  /** Names of variables that the run refers to and that the server does not have. */
  readonly missingVariables: (run: RunSpec) => readonly string[]
  readonly sourceOf: (spec: SourceSpec) => MetricsSource
  /** Likewise of what a source is asked with. */
  readonly missingForSource: (spec: SourceSpec) => readonly string[]
  /** The file systems that a new release would be written to. */
  readonly disks: () => Promise<readonly DiskUse[]>
  readonly now: () => Instant
}
