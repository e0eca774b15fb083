// Worlds to begin with: a plan that goes by steps, a release without faults, and a v1 that is stable. For tests.
import { usualErrors } from '@humdrum/core/analysis/metric.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { Plan } from '@humdrum/core/rollout/state.ts'
import { ppm } from '@humdrum/core/time.ts'
import type { WorldPlan } from './world.ts'
import { createWorld, digestOf } from './world.ts'

export const planOf = (candidate: string, stable: string | null): Plan => ({
  kind: 'deploy',
  candidate: candidate as Version,
  candidateArtifact: digestOf(candidate),
  stable: stable as Version | null,
  stableArtifact: stable === null ? null : digestOf(stable),
  strategy: 'canary',
  steps:
    stable === null
      ? []
      : [
          { kind: 'setWeight', weight: ppm(100_000) },
          { kind: 'pause', forMs: 2_000 },
          { kind: 'setWeight', weight: ppm(500_000) },
        ],
  candidateInstances: 2,
  stableInstances: stable === null ? 0 : 2,
  minExposure: { requests: 50, timeMs: 3_000 },
  alpha: 0.01,
  beta: 0.05,
  metrics: [usualErrors],
  unit: 'request',
  source: null,
  stepBudgetMs: 600_000,
  lowTraffic: 'pause',
  bake: { forMs: 5_000, holdback: ppm(50_000) },
  healthTimeoutMs: 8_000,
  drainMs: 5_000,
  standbyMs: stable === null ? 0 : 20_000,
  wayBack: stable === null ? null : { checked: ['present'], notChecked: [] },
})

export const healthy = { errorShare: 0, slowness: 1, readyAfterMs: 300, crashesPerSecond: 0 }

/** A world in which v1 is stable. */
export const firstRelease = async (plan: WorldPlan) => {
  const world = await createWorld(plan)
  const first = await world.deploy({ plan: planOf('v1', null) })
  const rollout = await world.untilOver(first, 4_000)
  return { world, rollout }
}
