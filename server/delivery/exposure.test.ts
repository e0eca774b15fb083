// Goal: nobody loses or takes requests by a host that has not proved itself, or that belongs to another.
import type { AppName, EnvironmentName, Scope } from '@humdrum/core/ids.ts'
import { pending } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Stage } from '@humdrum/core/rollout/state.ts'
import { expect, test } from 'vitest'
import { exposureAfter, holderOf, inForce } from './exposure.ts'

const reach = (...hosts: readonly string[]) => ({ hosts, warmup: null, shield: 'unreachable' as const })
const blog: Scope = { app: 'blog' as AppName, environment: 'production' as EnvironmentName }
const failed: Stage = { phase: 'Failed', cause: { kind: 'abort', actor: 'ada', reason: '' } }
const succeeded: Stage = { phase: 'Succeeded' }
const underWay: Stage = { phase: 'Preparing' }

const standing = (stage: Stage, asked: ReturnType<typeof reach>, before: ReturnType<typeof reach> | null) => ({
  rollout: { ...pending(), ...stage },
  exposure: { ...asked, before },
})

test.each([
  ['under way', underWay, ['old', 'new']],
  ['succeeded', succeeded, ['new']],
  ['failed', failed, ['old']],
])('a rollout that is %s is reached by what it asks for and what was before, or by one of them', (_, stage, hosts) => {
  expect(inForce(standing(stage, reach('new'), reach('old')))?.hosts).toEqual(hosts)
})

test('any host includes the one that is asked for, until that is proved', () => {
  expect(inForce(standing(underWay, reach('new'), reach()))?.hosts).toEqual([])
  expect(inForce(standing(underWay, reach(), reach('old')))?.hosts).toEqual([])
})

test('a first release that failed is reached by nothing, and the next one begins as the first', () => {
  const first = standing(failed, reach('new'), null)
  expect(inForce(first)).toBeNull()
  expect(exposureAfter(first, reach('other'))).toEqual({ ...reach('other'), before: null })
  expect(exposureAfter(null, reach())).toEqual({ ...reach(), before: null })
})

test.each([
  ['the same host', reach('a'), standing(succeeded, reach('a'), null), true],
  ['another host', reach('b'), standing(succeeded, reach('a'), null), false],
  ['a host where the other takes any', reach('a'), standing(succeeded, reach(), null), false],
  ['any host where the other has its own', reach(), standing(succeeded, reach('a'), null), false],
  ['any host, twice', reach(), standing(succeeded, reach(), null), true],
  ['what the other asks for, and has not yet', reach('a'), standing(underWay, reach('a'), reach()), true],
  ['what the other leaves when it succeeds', reach('old'), standing(underWay, reach('a'), reach('old')), true],
  ['what the other asked for in vain', reach('a'), standing(failed, reach('a'), reach('old')), false],
  ['any host, where a first release failed', reach(), standing(failed, reach(), null), false],
])('whether it is taken: %s', (_, asked, other, isTaken) => {
  expect(holderOf(asked, blog, [other])).toEqual(isTaken ? other.rollout.scope : null)
  expect(holderOf(asked, other.rollout.scope, [other])).toBeNull()
})
