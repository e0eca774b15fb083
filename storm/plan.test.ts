import { createRandom } from '@humdrum/sim/random.ts'
import { expect, test } from 'vitest'
import { planStorm } from './plan.ts'

const apps = ['a1', 'a2', 'a3']
const planned = (seed: number) => planStorm(createRandom(seed), { rollouts: 200, apps })

test('the same seed plans the same storm, another one another', () => {
  expect(planned(1)).toEqual(planned(1))
  expect(planned(1)).not.toEqual(planned(2))
})

test('as many are planned as were asked for, evenly, and of every kind', () => {
  const all = [...planned(1).values()]
  expect(all.map((one) => one.length)).toEqual([67, 67, 66])
  const kinds = all.flat().map((one) => (one.kind === 'deploy' ? one.character.kind : one.kind))
  expect(new Set(kinds)).toEqual(new Set(['good', 'errors', 'neverReady', 'crashes', 'goBack']))
  const orders = all.flat().flatMap((one) => (one.kind === 'deploy' && one.order !== null ? [one.order.kind] : []))
  expect(new Set(orders)).toEqual(new Set(['abort', 'rollback', 'pause']))
})
