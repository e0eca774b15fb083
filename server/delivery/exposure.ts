// How an environment is reached: which hosts are in force while a rollout has not proved itself, and who holds a host
// that another one asks for. Pure.
import type { EnvironmentConfig } from '@humdrum/contract/config/app-config.ts'
import type { Scope } from '@humdrum/core/ids.ts'
import { scopeKey } from '@humdrum/core/ids.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import type { Exposure, Reach, StoredRollout } from '../store/rollouts.ts'

export const reachOf = ({ router }: EnvironmentConfig): Reach => ({
  hosts: router.host === null ? [] : [router.host],
  warmup: router.warmup,
  shield: router.shield,
})

type Standing = Pick<StoredRollout, 'rollout' | 'exposure'>

/** What is asked for stands beside what was before until it succeeded, and is forgotten once it failed. */
const claimsOf = ({ rollout, exposure: { before, ...asked } }: Standing): readonly Reach[] => {
  if (rollout.phase === 'Succeeded') return [asked]
  const earlier = before === null ? [] : [before]
  return isOver(rollout) ? earlier : [...earlier, asked]
}

/** How the environment is reached now; null where nothing ever served, and nothing is on its way. */
export const inForce = (standing: Standing): Reach | null => {
  const claims = claimsOf(standing)
  const newest = claims.at(-1)
  return newest === undefined ? null : { ...newest, hosts: union(claims) }
}

/** No host is any host, and that includes every other. */
const union = (claims: readonly Reach[]): readonly string[] =>
  claims.some(({ hosts }) => hosts.length === 0) ? [] : [...new Set(claims.flatMap(({ hosts }) => hosts))]

/** What the next rollout of an environment asks for, and what stays in force until it succeeds. */
export const exposureAfter = (newest: Standing | null, asked: Reach): Exposure => ({
  ...asked,
  before: newest === null ? null : inForce(newest),
})

/** The other environment of this server that takes the requests that are asked for; null when they are free. */
export const holderOf = (asked: Reach, scope: Scope, newest: readonly Standing[]): Scope | null =>
  newest.find(
    (other) =>
      scopeKey(other.rollout.scope) !== scopeKey(scope) && claimsOf(other).some((claim) => isShared(asked, claim)),
  )?.rollout.scope ?? null

/** One that takes any host leaves to others what they name. */
const isShared = ({ hosts }: Reach, other: Reach): boolean =>
  hosts.length === 0 ? other.hosts.length === 0 : hosts.some((host) => other.hosts.includes(host))
