import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Digest } from '@humdrum/core/ids.ts'
import { pending } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Store } from '../store/open.ts'
import { openStore } from '../store/open.ts'
import { insertRollout, saveStep } from '../store/rollouts.ts'
import type { Housekeeping } from './housekeeping.ts'
import { startHousekeeping } from './housekeeping.ts'

let home: string
let store: Store
let housekeeping: Housekeeping
let held: Digest[]
let listings: number
let said: string[]

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'housekeeping-'))
  store = await openStore(':memory:')
  held = []
  listings = 0
  said = []
})
afterEach(async () => {
  await housekeeping.close()
  await store.close()
  rmSync(home, { recursive: true })
})

const list = async (): Promise<readonly Digest[]> => {
  listings += 1
  return held
}
const remove = async (digest: Digest): Promise<number> => {
  held = held.filter((one) => one !== digest)
  return 60_000_000
}
const start = (): void => {
  housekeeping = startHousekeeping(
    {
      ...{ store, home, artifacts: { list, remove }, inUse: () => new Set(), now: () => 5 as Instant },
      log: (level, text) => said.push(`${level}: ${text}`),
    },
    { lookMs: 5, collectMs: 600_000 },
  )
}
const strays = (count: number): Digest[] => Array.from({ length: count }, (_, index) => `sha256:${index}` as Digest)

test('collects soon after the start and says what, then not before its time or the end of a rollout', async () => {
  held = strays(2)
  start()
  await expect.poll(() => said).toEqual(['info: collected 2 artifacts, 120 MB'])
  const { id: _, ...rollout } = pending()
  const id = await insertRollout(store.db, rollout, {
    exposure: { hosts: [], warmup: null, shield: 'off', before: null },
    text: 'accepted',
  })
  if (id === null) throw new Error('refused')
  const before = { ...pending(), id }
  const after = { ...before, phase: 'Succeeded' as const, generation: 2, since: 5 as Instant }
  held = strays(1)
  await saveStep(store.db, { before, after, transitions: [], handled: [], rejection: null, at: 5 as Instant })
  await expect.poll(() => said.at(-1)).toBe('info: collected 1 artifact, 60 MB')
  expect(listings).toBe(2)
})

test('what fails is said once, and tried again', async () => {
  rmSync(home, { recursive: true })
  start()
  await expect.poll(() => listings).toBe(1)
  await expect.poll(() => said).toEqual(['error: keeping room for a full disk failed'])
  writeFileSync(home, '') // afterEach removes it
})
