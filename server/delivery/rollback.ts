// Going back by a person's order: a rollout that is under way turns round; otherwise an older release is rolled out.
import { quoted } from '@humdrum/contract/config/problem.ts'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { RolloutId, Scope, Version } from '@humdrum/core/ids.ts'
import { shortDigest } from '@humdrum/core/ids.ts'
import type { Phase } from '@humdrum/core/rollout/state.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import type { Release } from '../store/records.ts'
import { getRelease, listRejections } from '../store/records.ts'
import type { StoredRollout } from '../store/rollouts.ts'
import { listSucceeded, newestRollouts } from '../store/rollouts.ts'
import { presentOf } from './accept.ts'
import { begin, underWay } from './begin.ts'
import { inForce } from './exposure.ts'
import { order } from './order.ts'
import type { DeliveryParts } from './parts.ts'
import { rollbackPlan } from './plan.ts'
import { broughtBy } from './rollback-targets.ts'
import { checkServable } from './way-back.ts'

export type RollbackAsked = {
  readonly app: string
  readonly environment: string | undefined
  readonly to: string | undefined
  readonly reason: string
  readonly actor: string
}

/** Answers the rollout that goes back: the present one, or a new one. */
export const rollback = async (parts: DeliveryParts, asked: RollbackAsked): Promise<Result<RolloutId>> => {
  const chosen = await chooseNewest(parts, asked)
  if (!chosen.ok) return chosen
  const { rollout } = chosen.value
  if (isOver(rollout)) return rollOutOlder(parts, asked, chosen.value)
  const { kind, candidate, stable } = rollout.plan
  const goesTo = kind === 'rollback' ? candidate : stable
  if (asked.to !== undefined && asked.to !== goesTo)
    return failed('HD4101', `it can only go back to ${goesTo ?? 'nothing'} now`)
  // Whoever asks once more for what is under way means it, and not the way back to what is being left.
  if (kind === 'rollback') return turnedRound.includes(rollout.phase) ? underWay(rollout) : ok(rollout.id)
  const turned = await order(parts, {
    rollout: rollout.id,
    kind: 'rollbackAsked',
    actor: asked.actor,
    reason: asked.reason,
  })
  return turned.ok ? ok(rollout.id) : turned
}

/** Here a rollback that was aborted itself goes on with what it was asked to leave. */
const turnedRound: readonly Phase[] = ['RollingBack', 'NeedsHuman', 'Frozen']

const chooseNewest = async ({ store }: DeliveryParts, asked: RollbackAsked): Promise<Result<StoredRollout>> => {
  const ofApp = (await newestRollouts(store.db)).filter(({ rollout }) => rollout.scope.app === asked.app)
  const names = ofApp.map(({ rollout }) => rollout.scope.environment).join(', ')
  if (ofApp.length === 0) return failed('HD4001', quoted(asked.app))
  if (asked.environment === undefined) {
    const [only, ...others] = ofApp
    return only !== undefined && others.length === 0
      ? ok(only)
      : failed('HD2105', asked.app, { next: `${asked.app} has: ${names}` })
  }
  const found = ofApp.find(({ rollout }) => rollout.scope.environment === asked.environment)
  return found === undefined
    ? failed('HD2104', quoted(asked.environment), { next: `${asked.app} has: ${names}` })
    : ok(found)
}

const rollOutOlder = async (
  parts: DeliveryParts,
  asked: RollbackAsked,
  newest: StoredRollout,
): Promise<Result<RolloutId>> => {
  const { scope } = newest.rollout
  const present = await presentOf(parts, newest)
  if (present === null) return failed('HD4312', `${scope.app}/${scope.environment} has no release that serves`)
  const target = await chooseTarget(parts, { asked, present: present.release, scope })
  if (!target.ok) return target
  return goBackTo(parts, target.value, { newest, asked })
}

type Leave = { readonly newest: StoredRollout; readonly asked: Pick<RollbackAsked, 'actor' | 'reason'> }

/** Leaves what serves for an older release: at once where that one is warm, else as soon as it has started. */
export const goBackTo = async (
  parts: DeliveryParts,
  target: Release,
  { newest, asked }: Leave,
): Promise<Result<RolloutId>> => {
  const { scope, plan } = newest.rollout
  const [present, reach] = [await presentOf(parts, newest), inForce(newest)]
  if (present === null || reach === null)
    return failed('HD4312', `${scope.app}/${scope.environment} has no release that serves`)
  const refused = await refuseRejected(parts, target)
  if (refused !== null) return refused
  const warm = await warmInstances(parts, { scope, target, wanted: present.instances })
  // What runs and is ready needs no proof that it could be started.
  const servable = warm === null ? await checkServable(parts, target) : ok(null)
  if (!servable.ok) return servable
  const because = asked.reason === '' ? '' : `: ${asked.reason}`
  const left = present.release
  return begin(parts, {
    scope,
    newest,
    plan: rollbackPlan(plan, target, { present, warm }),
    reach,
    begins: warm === null ? 'Pending' : 'Promoting',
    asked: { by: asked.actor, reason: asked.reason },
    // What a person leaves for an older release is not deployed again by somebody's pipeline.
    rejects:
      left.artifact === target.artifact
        ? null
        : { digest: left.artifact, reason: `${asked.actor} went back from ${left.version}${because}` },
  })
}

type Needed = { readonly scope: Scope; readonly target: Release; readonly wanted: number }

/** How many instances of it there are, if all are ready and they are enough; else null. None is stopped to be fewer. */
const warmInstances = async (parts: DeliveryParts, { scope, target, wanted }: Needed): Promise<number | null> => {
  const own = (await parts.instances(scope)).filter(({ release }) => release === target.version)
  return own.length >= wanted && own.every(({ state }) => state === 'ready') ? own.length : null
}

type Choice = {
  readonly asked: RollbackAsked
  readonly present: Release
  readonly scope: Scope
}

/** The named release, if it proved itself here; else the one that the newest successful rollout replaced. */
const chooseTarget = async ({ store }: DeliveryParts, { asked, present, scope }: Choice): Promise<Result<Release>> => {
  const plans = (await listSucceeded(store.db, scope)).map(({ rollout }) => rollout.plan)
  const version = (asked.to ?? broughtBy(plans, present.version)?.stable ?? null) as Version | null
  if (version === null) return failed('HD4312', `${present.version} was the first one`)
  if (version === present.version) return failed('HD4312', `${version} serves already`)
  const release = await getRelease(store.db, scope.app, version)
  if (release === null) return failed('HD4004', `${scope.app} has no ${quoted(version)}`)
  if (plans.some(({ candidate }) => candidate === version)) return ok(release)
  const next = `deploy it, so that it is judged: humdrum deploy ${scope.environment}`
  return failed('HD4311', `${version} never succeeded in ${scope.environment}`, { next })
}

/** What is left is not asked: a release that broke on the disk must not keep anybody from leaving it. */
const refuseRejected = async ({ store }: DeliveryParts, target: Release) => {
  const rejection = (await listRejections(store.db)).find(({ digest }) => digest === target.artifact)
  if (rejection === undefined) return null
  const next = `choose another with --to, or allow these bytes again: humdrum lift ${shortDigest(target.artifact)} --reason "why"`
  return failed('HD4311', `to ${target.version}: its artifact was rejected (${rejection.reason})`, { next })
}
