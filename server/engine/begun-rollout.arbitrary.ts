// Rollouts that begin without a delivery, for tests of the engine: their bytes are there, and nothing was checked.
import type { AppName, EnvironmentName, RolloutId } from '@humdrum/core/ids.ts'
import { pending, plan, v1 } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Plan } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Store } from '../store/open.ts'
import { claimVersion, putArtifact } from '../store/records.ts'
import { insertRollout } from '../store/rollouts.ts'

const scope = { app: 'shop' as AppName, environment: 'production' as EnvironmentName }
const run = { command: 'true', env: {}, health: { path: '/', timeoutMs: 1_000 }, stop: { timeoutMs: 1_000 } }

/** v1, where nothing serves yet. */
export const firstPlan: Partial<Plan> = {
  ...{ candidate: v1, candidateArtifact: plan.stableArtifact ?? plan.candidateArtifact, stable: null },
  ...{ stableArtifact: null, stableInstances: 0, steps: [], bake: null, wayBack: null },
}

/** Of the usual plan, but for what is given. */
export const beginRollout = async (store: Store, at: Instant, over: Partial<Plan>): Promise<RolloutId> => {
  const { id: _, ...rollout } = { ...pending(over), scope, since: at }
  const { candidate, candidateArtifact } = rollout.plan
  await putArtifact(store.db, { digest: candidateArtifact, bytes: 1, at })
  const release = { app: scope.app, version: candidate, digest: candidateArtifact, artifact: candidateArtifact, run }
  await claimVersion(store.db, release, at)
  const exposure = { hosts: [], warmup: null, shield: 'off' as const, before: null }
  const begun = await insertRollout(store.db, rollout, { exposure, text: '' })
  if (begun === null) throw new Error('refused')
  store.ordered()
  return begun
}
