// Decides whether a deploy may begin, and begins it: everything that can be refused is refused here, before anything
// runs. Knows the store and two questions about the machine (parts.ts); the engine takes over from the row it writes.
import type { AppConfig, EnvironmentConfig } from '@humdrum/contract/config/app-config.ts'
import { pickEnvironment, runOf } from '@humdrum/contract/config/choose-environment.ts'
import { quoted } from '@humdrum/contract/config/problem.ts'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { Digest, RolloutId, Scope, Version } from '@humdrum/core/ids.ts'
import { rolloutName, scopeKey, shortDigest } from '@humdrum/core/ids.ts'
import type { RunSpec } from '@humdrum/core/ports.ts'
import { isOver, stableAfter } from '@humdrum/core/rollout/state.ts'
import { getRelease, hasArtifact, isCollected, listRejections } from '../store/records.ts'
import type { Reach, StoredRollout } from '../store/rollouts.ts'
import { newestRollout, newestRollouts } from '../store/rollouts.ts'
import { begin, underWay } from './begin.ts'
import type { WantedRelease } from './choose-release.ts'
import { claimRelease, findRelease } from './choose-release.ts'
import { holderOf, inForce, reachOf } from './exposure.ts'
import { fullDisk } from './full-disk.ts'
import { checkMeasurable, measurableOf } from './measurable.ts'
import type { DeliveryParts } from './parts.ts'
import type { Present, WayBack } from './plan.ts'
import { deployPlan, releaseDigest } from './plan.ts'
import { checkServable } from './way-back.ts'

export type Accepted = { readonly rollout: RolloutId; readonly unchanged: boolean }

export type DeployAsked = {
  readonly config: AppConfig
  readonly environment: string | undefined
  readonly version: string | undefined
  readonly artifact: string
  readonly actor: string
}

export const deploy = async (parts: DeliveryParts, asked: DeployAsked): Promise<Result<Accepted>> => {
  const environment = pickEnvironment(asked.config, asked.environment)
  if (!environment.ok) return environment
  const artifact = asked.artifact as Digest
  const scope: Scope = { app: asked.config.app, environment: environment.value.name }
  const newest = await newestRollout(parts.store.db, scope)
  const refusal =
    (await refuseArtifact(parts, artifact)) ??
    refuseWhileUnderWay(newest) ??
    refuseMissingVariables(parts, runOf(asked.config))
  if (refusal !== null) return refusal
  const present = await presentOf(parts, newest)
  const wanted = wantedRelease(asked, artifact, present)
  const known = await findRelease(parts.store, wanted)
  if (!known.ok) return known
  if (newest !== null && present !== null && known.value?.version === present.release.version)
    return (
      refuseChangedSettings(environment.value, present, newest) ?? ok({ rollout: newest.rollout.id, unchanged: true })
    )
  const reach = reachOf(environment.value)
  const taken = await refuseTakenHost(parts, scope, reach)
  if (taken !== null) return taken
  const full = await fullDisk(parts)
  if (full !== null) return { ok: false, fault: full }
  const before = present === null ? null : await checkWayBack(parts, present)
  if (before !== null && !before.ok) return before
  const measurable = await checkMeasurable(parts, measurableOf(environment.value, present?.release.version ?? null))
  if (!measurable.ok) return measurable
  const release = await claimRelease(parts, wanted)
  if (!release.ok) return release
  const plan = deployPlan(environment.value, release.value, before?.value ?? null)
  const by = { by: asked.actor, reason: '' }
  const begun = await begin(parts, { scope, newest, plan, reach, begins: 'Pending', asked: by, rejects: null })
  return begun.ok ? ok({ rollout: begun.value, unchanged: false }) : begun
}

const wantedRelease = ({ config, version }: DeployAsked, artifact: Digest, present: Present | null): WantedRelease => ({
  app: config.app,
  version: version as Version | undefined,
  digest: releaseDigest(artifact, runOf(config)),
  artifact,
  run: runOf(config),
  serving: present?.release ?? null,
})

export const refuseArtifact = async ({ store }: DeliveryParts, artifact: Digest) => {
  if (await isCollected(store.db, artifact))
    return failed('HD3005', `the bytes of ${shortDigest(artifact)} were collected`)
  if (!(await hasArtifact(store.db, artifact))) return failed('HD3005', quoted(artifact))
  const rejection = (await listRejections(store.db)).find(({ digest }) => digest === artifact)
  if (rejection === undefined) return null
  const next = `ship a fix, or allow these bytes again: humdrum lift ${shortDigest(artifact)} --reason "why"`
  return failed('HD4102', `${shortDigest(artifact)} by ${rolloutName(rejection.rollout)}: ${rejection.reason}`, {
    next,
  })
}

export const refuseWhileUnderWay = (newest: StoredRollout | null) =>
  newest === null || isOver(newest.rollout) ? null : underWay(newest.rollout)

export const refuseMissingVariables = (parts: DeliveryParts, run: RunSpec) => {
  const missing = parts.missingVariables(run)
  return missing.length === 0 ? null : failed('HD4103', `${missing.join(', ')}, named in run.env`)
}

/** Instances, and how the environment is reached, are no part of a release: a change of them alone comes with a rollout, or not at all. */
const refuseChangedSettings = (environment: EnvironmentConfig, present: Present, newest: StoredRollout) => {
  const before = new Map(settingsOf(present.instances, inForce(newest)))
  const changes = settingsOf(environment.target.instances, reachOf(environment))
    .filter(([name, asked]) => before.get(name) !== asked)
    .map(([name, asked]) => `${name} ${before.get(name)} → ${asked}`)
  return changes.length === 0 ? null : failed('HD4108', changes.join(', '))
}

const settingsOf = (instances: number, reach: Reach | null): readonly (readonly [string, string])[] => [
  ['instances', String(instances)],
  ['host', reach?.hosts.join(', ') || 'any'],
  ['warmup', reach?.warmup ? `${reach.warmup.requests} GETs of ${reach.warmup.path}` : '0'],
  ['shield', reach?.shield ?? 'off'],
]

export const refuseTakenHost = async ({ store }: DeliveryParts, scope: Scope, asked: Reach) => {
  const holder = holderOf(asked, scope, await newestRollouts(store.db))
  if (holder === null) return null
  const [host] = asked.hosts
  return host === undefined
    ? failed('HD4107', `${scopeKey(holder)} takes any host`, {
        next: 'name its own: router: { kind: edge, host: NAME }',
      })
    : failed('HD4107', `${host} belongs to ${scopeKey(holder)}`)
}

/** The release that serves now; null before the first one. */
export const presentOf = async ({ store }: DeliveryParts, newest: StoredRollout | null): Promise<Present | null> => {
  const version = newest === null ? null : stableAfter(newest.rollout)
  if (newest === null || version === null) return null
  const release = await getRelease(store.db, newest.rollout.scope.app, version)
  if (release === null) throw new Error(`stable release ${version} has no row`)
  const { plan } = newest.rollout
  return { release, instances: version === plan.candidate ? plan.candidateInstances : plan.stableInstances }
}

/** Invariant 8: nothing starts unless what it may have to go back to is there and verifies. */
export const checkWayBack = async (
  parts: DeliveryParts,
  present: Present,
): Promise<Result<{ present: Present; wayBack: WayBack }>> => {
  const { release } = present
  const servable = await checkServable(parts, release)
  if (!servable.ok) return servable
  const wayBack = {
    checked: [
      `${release.version} is present and verified`,
      `${release.version} keeps its ${present.instances === 1 ? 'instance' : `${present.instances} instances`} until the end`,
    ],
    notChecked: ['data that the new release writes', 'queues', 'external services', 'memory for both releases'],
  }
  return ok({ present, wayBack })
}
