// From a parsed humdrum.yaml to the plan of one rollout and to what a release is. Pure.
import { createHash } from 'node:crypto'
import type { EnvironmentConfig } from '@humdrum/contract/config/app-config.ts'
import type { Digest } from '@humdrum/core/ids.ts'
import type { RunSpec } from '@humdrum/core/ports.ts'
import type { Plan } from '@humdrum/core/rollout/state.ts'
import { everything } from '@humdrum/core/time.ts'
import type { Release } from '../store/records.ts'

/** Requests in flight may take this long at a release that gets no new ones. */
const drainMs = 30_000

/** What makes two releases of an app the same: the bytes, and how they are run. */
export const releaseDigest = (artifact: Digest, run: RunSpec): Digest => {
  const env = Object.entries(run.env).sort(([a], [b]) => (a < b ? -1 : 1))
  const content = [artifact, run.command, env, run.health.path, run.health.timeoutMs, run.stop.timeoutMs]
  return `sha256:${createHash('sha256').update(JSON.stringify(content)).digest('hex')}` as Digest
}

/** The release that is stable now, with how many instances it has. */
export type Present = { readonly release: Release; readonly instances: number }

export type WayBack = NonNullable<Plan['wayBack']>

export const deployPlan = (
  config: EnvironmentConfig,
  candidate: Release,
  before: { present: Present; wayBack: WayBack } | null,
): Plan => {
  const { rollout, router, target } = config
  return {
    kind: 'deploy',
    ...sides(candidate, target.instances, before?.present ?? null),
    strategy: rollout.strategy,
    steps: before !== null && rollout.strategy === 'canary' ? rollout.steps : [],
    minExposure: rollout.analysis.minExposure,
    alpha: rollout.analysis.alpha / everything,
    beta: rollout.analysis.beta / everything,
    metrics: rollout.analysis.metrics,
    unit: router.sticky ? 'session' : 'request',
    source: config.metrics,
    stepBudgetMs: rollout.stepBudgetMs,
    lowTraffic: rollout.lowTraffic,
    bake: before === null ? null : rollout.bake,
    standbyMs: before === null ? 0 : rollout.standbyMs,
    wayBack: before?.wayBack ?? null,
  }
}

/** What is left, and how many instances of the release that comes back run and are ready: all it needs, or null. */
export type Leaving = { readonly present: Present; readonly warm: number | null }

/** As fast as instances start: nothing to compare, the earlier release has proved itself. What is left is not kept warm. */
export const rollbackPlan = (previous: Plan, candidate: Release, { present, warm }: Leaving): Plan => ({
  ...previous,
  kind: 'rollback',
  ...sides(candidate, warm ?? present.instances, present),
  strategy: 'allAtOnce',
  steps: [],
  bake: null,
  standbyMs: 0,
  wayBack: {
    checked: [
      warm === null
        ? `${candidate.version} is present and verified`
        : `${candidate.version} is warm: ${warm} of ${warm === 1 ? '1 instance' : `${warm} instances`} ready`,
    ],
    notChecked: [
      ...(warm === null ? [] : ['its bytes on the disk', 'its variables']),
      ...[`${present.release.version}, which is left`, 'data that it wrote', 'queues', 'external services'],
    ],
  },
})

const sides = (candidate: Release, instances: number, present: Present | null) => ({
  candidate: candidate.version,
  candidateArtifact: candidate.artifact,
  candidateInstances: instances,
  stable: present?.release.version ?? null,
  stableArtifact: present?.release.artifact ?? null,
  stableInstances: present?.instances ?? 0,
  healthTimeoutMs: candidate.run.health.timeoutMs,
  // Either may be the one that leaves.
  drainMs: Math.max(drainMs, candidate.run.stop.timeoutMs, present?.release.run.stop.timeoutMs ?? 0),
})
