// What humdrum.yaml means once it is read: every default filled in, every unit a number. Made by schema.ts alone.
import type { Metric } from '@humdrum/core/analysis/metric.ts'
import type { AppName, EnvironmentName } from '@humdrum/core/ids.ts'
import type { RunSpec, SourceSpec } from '@humdrum/core/ports.ts'
import type { LowTraffic, Step } from '@humdrum/core/rollout/state.ts'
import type { Shield, Warmup } from '@humdrum/core/routing/route.ts'
import type { PartsPerMillion } from '@humdrum/core/time.ts'

/** One app, as its humdrum.yaml tells it. */
export type AppConfig = {
  readonly version: 1
  readonly app: AppName
  /** Null: nothing is built, the folder of the file is the artifact. */
  readonly build: BuildPlan | null
  /** Globs of paths, relative to the folder, that do not become part of the artifact. */
  readonly ignore: readonly string[]
  /** Null only where every environment is observed. */
  readonly run: RunSpec | null
  /** Where releases are exposed, in the order of the file. Look names up with `findEnvironment`: names come from outside. */
  readonly environments: Readonly<Record<string, EnvironmentConfig>>
  /** Where another deployer exposes them, and they are judged alone. Of both there is at least one. */
  readonly observed: Readonly<Record<string, ObservedEnvironment>>
}

export type BuildPlan = {
  readonly run: string
  /** Relative to the folder, `/` between its parts, `.` for the folder itself, never out of it. */
  readonly output: string
}

export type EnvironmentConfig = {
  readonly name: EnvironmentName
  readonly target: { readonly kind: 'process'; readonly instances: number }
  readonly router: {
    readonly kind: 'edge'
    /** Null: any host that no other route names. */
    readonly host: string | null
    readonly warmup: Warmup | null
    readonly shield: Shield
    readonly sticky: boolean
  }
  /** Null: no metric is read from elsewhere than edge and target. */
  readonly metrics: SourceSpec | null
  readonly rollout: RolloutPolicy
}

/** An environment with `rollout: { strategy: observe }`: nothing of it is ours but the judgement. */
export type ObservedEnvironment = {
  readonly name: EnvironmentName
  readonly source: SourceSpec
  /** Every metric is of a source. */
  readonly analysis: RolloutPolicy['analysis']
}

/** How a release of this environment is exposed. */
export type RolloutPolicy = {
  readonly strategy: 'canary' | 'allAtOnce'
  /** Empty with `allAtOnce`; else it begins with a `setWeight`. */
  readonly steps: readonly Step[]
  readonly analysis: {
    /** Probability, over all metrics, of stopping a release that is no worse: 10_000 is 1 %. */
    readonly alpha: PartsPerMillion
    /** Probability, per metric, of promoting a release that is worse than the margins. */
    readonly beta: PartsPerMillion
    readonly metrics: readonly Metric[]
    readonly minExposure: { readonly requests: number; readonly timeMs: number }
  }
  /** Null: no bake, the rollout ends with full exposure. */
  readonly bake: { readonly forMs: number; readonly holdback: PartsPerMillion } | null
  /** How long the release that was replaced stays warm after success, without traffic. */
  readonly standbyMs: number
  readonly onFailure: 'rollback'
  /** How long a step may take before it is inconclusive, its own pause not counted. */
  readonly stepBudgetMs: number
  readonly lowTraffic: LowTraffic
}
