import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Instant } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import { damageOf, lastTransitionAt } from './condition.ts'
import { openStore } from './open.ts'
import { putSetting } from './records.ts'

test('a store that is in use is whole, and one whose file was overwritten or cut is not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'humdrum-condition-'))
  const file = join(folder, 'store.db')
  const store = await openStore(file)
  try {
    await putSetting(store.db, 'a', 'b'.repeat(50_000))
    expect(damageOf(file)).toBeNull()
    await store.close()
    truncateSync(file, 20_000)
    expect(damageOf(file)).not.toBeNull()
    writeFileSync(file, 'x'.repeat(200_000))
    expect(damageOf(file)).toBe('file is not a database')
    expect(damageOf(join(folder, 'none.db'))).toBe('unable to open database file')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('knows when something last happened', async () => {
  const store = await openStore(':memory:')
  expect(await lastTransitionAt(store.db)).toBeNull()
  const row = { app: 'shop', environment: 'production', state: '{}', phase: 'Pending', generation: 1, over: 0 }
  const rollout = { ...row, exposure: '{}', started_at: 1, ended_at: null }
  await store.db.insertInto('rollouts').values(rollout).execute()
  for (const [generation, at] of [
    [1, 20],
    [2, 10],
  ] as const) {
    const transition = { rollout: 1, generation, at: at as Instant, phase: 'Pending', step: null, text: '' }
    await store.db.insertInto('transitions').values(transition).execute()
  }
  expect(await lastTransitionAt(store.db)).toBe(20)
  await store.close()
})
