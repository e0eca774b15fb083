// That an engine which cannot go on says so once, and once more when it can again.

import { expect, test } from 'vitest'
import { openStore } from '../store/open.ts'
import { startEngine } from './loop.ts'
import type { EngineParts } from './turn.ts'

test('a failure that lasts is told once, and its end too', async () => {
  const store = await openStore(':memory:')
  const said: string[] = []
  let rounds = 0
  let isBroken = true
  const parts: EngineParts = {
    store,
    target: {
      place: async () => ({ ok: true, value: null }),
      observe: async () => [],
      converge: async () => ({ ok: true, value: null }),
    },
    router: {
      observe: async () => {
        rounds += 1
        if (isBroken) throw new Error('the disk is full')
        return []
      },
      converge: async () => ({ ok: true, value: null }),
    },
    now: () => 1 as ReturnType<EngineParts['now']>,
    log: (level, text) => said.push(`${level} ${text}`),
  }
  const engine = startEngine(parts, { busyMs: 4, idleMs: 4 })
  await expect.poll(() => rounds).toBeGreaterThan(3)
  isBroken = false
  await expect.poll(() => said.length).toBe(2)
  await engine.close()
  await store.close()
  expect(said).toEqual(['error a round of the engine failed', 'info a round of the engine is well again'])
})
