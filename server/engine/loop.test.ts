// When the engine turns, and that one which cannot go on says so once, and once more when it can again.

import { noSource } from '@humdrum/sim/source.ts'
import { expect, test } from 'vitest'
import type { Store } from '../store/open.ts'
import { openStore } from '../store/open.ts'
import { startEngine } from './loop.ts'
import type { EngineParts } from './turn.ts'

const done = async () => ({ ok: true as const, value: null })

const partsWith = (store: Store, observe: EngineParts['router']['observe'], said: string[] = []): EngineParts => ({
  store,
  target: { place: done, observe: async () => [], converge: done },
  router: { observe, converge: done },
  sourceOf: () => noSource,
  now: () => 1 as ReturnType<EngineParts['now']>,
  log: (level, text) => said.push(`${level} ${text}`),
})

test('between two rounds nothing but an order of a person cuts the rest short', async () => {
  const store = await openStore(':memory:')
  let rounds = 0
  const parts = partsWith(store, async () => {
    rounds += 1
    return []
  })
  const engine = startEngine(parts, { busyMs: 3_600_000, idleMs: 3_600_000 })
  await expect.poll(() => rounds).toBe(1)
  for (let records = 0; records < 10; records += 1) {
    store.changed()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(rounds).toBe(1)
  store.ordered()
  await expect.poll(() => rounds).toBe(2)
  await engine.close()
  await store.close()
})

test('a failure that lasts is told once, and its end too', async () => {
  const store = await openStore(':memory:')
  const said: string[] = []
  let rounds = 0
  let isBroken = true
  const observe = async () => {
    rounds += 1
    if (isBroken) throw new Error('the disk is full')
    return []
  }
  const parts = partsWith(store, observe, said)
  const engine = startEngine(parts, { busyMs: 4, idleMs: 4 })
  await expect.poll(() => rounds).toBeGreaterThan(3)
  isBroken = false
  await expect.poll(() => said.length).toBe(2)
  await engine.close()
  await store.close()
  expect(said).toEqual(['error a round of the engine failed', 'info a round of the engine is well again'])
})
