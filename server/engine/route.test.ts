import { desired } from '@humdrum/core/rollout/desired.ts'
import type { Observed } from '@humdrum/core/rollout/event.ts'
import { pending, seen } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Rollout, Stage } from '@humdrum/core/rollout/state.ts'
import { expect, test } from 'vitest'
import type { Exposure } from '../store/rollouts.ts'
import { routeOf } from './route.ts'

const old = { hosts: ['old.example'], warmup: null }
const asked = { hosts: ['new.example'], warmup: { requests: 20, path: '/' } }
const cause = { kind: 'abort', actor: 'ada', reason: '' } as const

const order = (stage: Stage, exposure: Exposure) => {
  const rollout: Rollout = { ...pending(), ...stage }
  const observed: Observed = seen(5)
  return routeOf({ rollout, world: desired(rollout, observed), instances: [], exposure, last: null })
}

test('stable keeps its host while a rollout with another one is under way, and when it went back', () => {
  const exposure = { ...asked, before: old }
  expect(order({ phase: 'Preparing' }, exposure)).toMatchObject({ ...asked, hosts: ['old.example', 'new.example'] })
  expect(order({ phase: 'RolledBack', cause }, exposure)).toMatchObject(old)
  expect(order({ phase: 'Succeeded' }, exposure)).toMatchObject(asked)
})

test('a first release that failed takes no requests from others', () => {
  expect(order({ phase: 'Failed', cause }, { ...asked, before: null }).hosts).toEqual(['nowhere.invalid'])
})
