// Decides whether a deploy may begin, and begins it: everything that can be refused is refused here, before anything
// runs. Knows the store and two questions about the machine (parts.ts); the engine takes over from the row it writes.
import type { AppConfig } from '@humdrum/contract/config/app-config.ts'
import { pickEnvironment } from '@humdrum/contract/config/choose-environment.ts'
import { quoted } from '@humdrum/contract/config/problem.ts'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { Digest, RolloutId, Scope, Version } from '@humdrum/core/ids.ts'
import { rolloutName, scopeKey, shortDigest } from '@humdrum/core/ids.ts'
import { headline } from '@humdrum/core/rollout/explain.ts'
import type { Plan, Rollout } from '@humdrum/core/rollout/state.ts'
import { isOver, stableAfter } from '@humdrum/core/rollout/state.ts'
import type { Release } from '../store/records.ts'
import { claimVersion, getRelease, hasArtifact, listRejections, listReleases } from '../store/records.ts'
import type { Exposure, StoredRollout } from '../store/rollouts.ts'
import { insertRollout, newestRollout } from '../store/rollouts.ts'
import type { DeliveryParts } from './parts.ts'
import type { Present, WayBack } from './plan.ts'
import { deployPlan, exposureOf, releaseDigest } from './plan.ts'
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
    refuseMissingVariables(parts, asked.config)
  if (refusal !== null) return refusal
  const release = await chooseRelease(parts, asked, artifact)
  if (!release.ok) return release
  const present = await presentOf(parts, newest)
  if (newest !== null && present?.release.version === release.value.version)
    return ok({ rollout: newest.rollout.id, unchanged: true })
  const before = present === null ? null : await checkWayBack(parts, present)
  if (before !== null && !before.ok) return before
  const plan = deployPlan(environment.value, release.value, before?.value ?? null)
  const by = `asked by ${asked.actor}`
  const begun = await begin(parts, { scope, plan, exposure: exposureOf(environment.value), by, rejects: null })
  return begun.ok ? ok({ rollout: begun.value, unchanged: false }) : begun
}

const refuseArtifact = async ({ store }: DeliveryParts, artifact: Digest) => {
  if (!(await hasArtifact(store.db, artifact))) return failed('HD3005', quoted(artifact))
  const rejection = (await listRejections(store.db)).find(({ digest }) => digest === artifact)
  if (rejection === undefined) return null
  const next = `ship a fix, or allow these bytes again: humdrum lift ${shortDigest(artifact)} --reason "why"`
  return failed('HD4102', `${shortDigest(artifact)} by ${rolloutName(rejection.rollout)}: ${rejection.reason}`, {
    next,
  })
}

const refuseWhileUnderWay = (newest: StoredRollout | null) =>
  newest === null || isOver(newest.rollout)
    ? null
    : failed('HD4101', `${rolloutName(newest.rollout.id)} (${newest.rollout.phase}): ${headline(newest.rollout)}`)

const refuseMissingVariables = (parts: DeliveryParts, config: AppConfig) => {
  const missing = parts.missingVariables(config.run)
  return missing.length === 0 ? null : failed('HD4103', `${missing.join(', ')}, named in run.env`)
}

/** The release of these bytes and this run: by its given name, by the name it had before, or by the next free vN. */
const chooseRelease = async (parts: DeliveryParts, asked: DeployAsked, artifact: Digest): Promise<Result<Release>> => {
  const { app, run } = asked.config
  const digest = releaseDigest(artifact, run)
  const known = await listReleases(parts.store.db, app)
  const same = asked.version === undefined ? known.find((release) => release.digest === digest) : undefined
  if (same !== undefined) return ok(same)
  const version = (asked.version ?? nextFreeVersion(known)) as Version
  const stands = await claimVersion(parts.store.db, { app, version, digest, artifact, run }, parts.now())
  return stands.digest === digest
    ? ok(stands)
    : failed('HD3006', `${version} of ${app} is ${shortDigest(stands.artifact)} with its own configuration`)
}

const nextFreeVersion = (known: readonly Release[]): string => {
  const numbers = known.map(({ version }) => Number(/^v(\d{1,9})$/.exec(version)?.[1] ?? 0))
  return `v${Math.max(0, ...numbers) + 1}`
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

export type Beginning = {
  readonly scope: Scope
  readonly plan: Plan
  readonly exposure: Exposure
  /** Who asked, and why, for the record. */
  readonly by: string
  /** What is not to be deployed again from now on. */
  readonly rejects: { readonly digest: Digest; readonly reason: string } | null
}

/** Writes the row from which the engine goes on. Fails with HD4101 where another one was quicker. */
export const begin = async ({ store, now }: DeliveryParts, given: Beginning): Promise<Result<RolloutId>> => {
  const { scope, plan, exposure, by, rejects } = given
  const pending: Omit<Rollout, 'id'> = {
    ...{ phase: 'Pending', scope, plan, since: now(), generation: 1, holdSeenAt: null },
  }
  const text = `${headline({ ...pending, phase: 'Pending', id: 0 as RolloutId })} (${by})`
  const id = await insertRollout(store.db, pending, { exposure, text, rejects })
  if (id === null) return failed('HD4101', `another one began in ${scopeKey(scope)} at the same time`)
  store.changed()
  return ok(id)
}
