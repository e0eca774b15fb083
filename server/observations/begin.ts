// Begins an observation: by a person who sends a humdrum.yaml, or by the other deployer itself, which names another candidate
// of what a person began before.
import type { AppConfig } from '@humdrum/contract/config/app-config.ts'
import { pickObserved } from '@humdrum/contract/config/choose-environment.ts'
import { parseVersion, versionRule } from '@humdrum/contract/config/names.ts'
import { quoted } from '@humdrum/contract/config/problem.ts'
import { isOfEdge } from '@humdrum/core/analysis/metric.ts'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { ObservationId, Version } from '@humdrum/core/ids.ts'
import type { Observation } from '@humdrum/core/observation/observation.ts'
import { everything } from '@humdrum/core/time.ts'
import type { DeliveryParts } from '../delivery/parts.ts'
import { beginObservation } from '../store/observations.ts'

export type ObserveAsked = {
  readonly config: AppConfig
  readonly environment: string | undefined
  readonly candidate: string
  readonly stable: string
  readonly forMs: number
  readonly actor: string
}

type Parts = Pick<DeliveryParts, 'store' | 'now' | 'missingForSource'>

/** Fails with HD2104, HD2105, HD4103, HD4113 or HD9001. */
export const observe = async (
  { store, now, missingForSource }: Parts,
  asked: ObserveAsked,
): Promise<Result<ObservationId>> => {
  const picked = pickObserved(asked.config, asked.environment)
  if (!picked.ok) return picked
  const arms = armsOf(asked.candidate, asked.stable)
  if (!arms.ok) return arms
  const { name, source, analysis } = picked.value
  const [missing] = missingForSource(source)
  if (missing !== undefined) return failed('HD4103', missing)
  const id = await beginObservation(store.db, {
    scope: { app: asked.config.app, environment: name },
    ...arms.value,
    attempt: null,
    plan: {
      metrics: analysis.metrics.filter((metric) => !isOfEdge(metric)),
      alpha: analysis.alpha / everything,
      beta: analysis.beta / everything,
      leastMs: analysis.minExposure.timeMs,
      ...{ source, forMs: asked.forMs },
    },
    begunBy: asked.actor,
    begunAt: now(),
  })
  store.changed()
  return ok(id)
}

export type Attempt = { readonly candidate: string; readonly stable: string; readonly attempt: string | null }

/** The same attempt again is the observation that there is; another one begins anew, by the same plan. Fails with HD9001. */
export const observeNext = async (
  { store, now }: Pick<Parts, 'store' | 'now'>,
  before: Observation,
  { candidate, stable, attempt }: Attempt,
): Promise<Result<ObservationId>> => {
  const arms = armsOf(candidate, stable)
  if (!arms.ok) return arms
  const isSame = before.candidate === candidate && before.stable === stable && before.attempt === attempt
  if (isSame) return ok(before.id)
  const { scope, plan } = before
  const id = await beginObservation(store.db, {
    ...{ scope, plan, ...arms.value, attempt, begunBy: 'the other deployer', begunAt: now() },
  })
  store.changed()
  return ok(id)
}

const armsOf = (candidate: string, stable: string): Result<{ candidate: Version; stable: Version }> => {
  const [one, other] = [parseVersion(candidate), parseVersion(stable)]
  if (one === null) return failed('HD9001', `${quoted(candidate)} ${versionRule}`, { place: 'candidate' })
  if (other === null) return failed('HD9001', `${quoted(stable)} ${versionRule}`, { place: 'stable' })
  return one === other
    ? failed('HD9001', `candidate and stable are both ${quoted(candidate)}: there is nothing to compare`, {
        place: 'stable',
      })
    : ok({ candidate: one, stable: other })
}
