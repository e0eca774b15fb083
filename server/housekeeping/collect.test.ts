// Goal: what is claimed is there, at every instant and after a kill at any; what nobody claims is gone after the next collection.
// On real artifacts and the real store; what is to be old is made so.
import { mkdirSync, mkdtempSync, readdirSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { parseConfigValue } from '@humdrum/contract/config/parse.ts'
import type { Digest, RolloutId } from '@humdrum/core/ids.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { Artifacts } from '@humdrum/providers/artifacts/folder/artifact-folder.ts'
import { createArtifactFolder } from '@humdrum/providers/artifacts/folder/artifact-folder.ts'
import { handmadeTar } from '@humdrum/providers/artifacts/folder/handmade-tar.ts'
import { removeFolder } from '@humdrum/providers/artifacts/folder/seal.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { deploy } from '../delivery/accept.ts'
import type { DeliveryParts } from '../delivery/parts.ts'
import { rollback } from '../delivery/rollback.ts'
import { silentSource } from '../metrics-source.ts'
import type { Store } from '../store/open.ts'
import { openStore } from '../store/open.ts'
import { hasArtifact, listRejections, putArtifact } from '../store/records.ts'
import { getRollout, saveStep } from '../store/rollouts.ts'
import type { CollectParts } from './collect.ts'
import { collect } from './collect.ts'

let folder: string
let store: Store
let artifacts: Artifacts
let inUse: Set<Digest>

const now = (): Instant => Date.now() as Instant
const parts = (more: Partial<CollectParts> = {}): CollectParts => ({
  store,
  artifacts,
  inUse: () => inUse,
  now,
  ...more,
})
const delivery = (): DeliveryParts => ({
  store,
  place: async (_, digest) => {
    const placed = await artifacts.place(digest)
    return placed.ok ? { ok: true, value: null } : placed
  },
  missingVariables: () => [],
  missingForSource: () => [],
  sourceOf: () => silentSource('none'),
  disks: async () => [],
  instances: async () => [],
  now,
})

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'collect-'))
  artifacts = createArtifactFolder({ storeDir: join(folder, 'store'), releasesDir: join(folder, 'releases') })
  store = await openStore(':memory:')
  inUse = new Set()
})
afterEach(async () => {
  await store.close()
  await removeFolder(folder)
})

const upload = async (content: string): Promise<Digest> => {
  const taken = await artifacts.put(Readable.from([handmadeTar({ path: 'a', content })], { objectMode: false }))
  if (!taken.ok) throw new Error(taken.fault.reason)
  await putArtifact(store.db, { ...taken.value, at: now() })
  return taken.value.digest
}

const parsed = parseConfigValue({
  version: 1,
  app: 'shop',
  run: { command: 'node a', health: { path: '/', timeout: '9s' } },
  environments: { production: {} },
})
if (!parsed.ok) throw new Error(parsed.fault.reason)
const config = parsed.value

const ask = (artifact: Digest) =>
  deploy(delivery(), { config, environment: undefined, version: undefined, artifact, actor: 'ada' })

const end = async (id: RolloutId, phase: 'Succeeded'): Promise<void> => {
  const before = (await getRollout(store.db, id))?.rollout
  if (before === undefined) throw new Error('no such rollout')
  const after = { ...before, phase, generation: before.generation + 1 }
  await saveStep(store.db, { before, after, transitions: [], handled: [], rejection: null, at: now() })
}

/** Uploads, places and rolls out, as a user does. */
const shipped = async (content: string): Promise<Digest> => {
  const digest = await upload(content)
  const begun = await ask(digest)
  if (!begun.ok) throw new Error(begun.fault.reason)
  await artifacts.place(digest)
  await end(begun.value.rollout, 'Succeeded')
  return digest
}

const shipAll = async (count: number): Promise<readonly Digest[]> => {
  const digests: Digest[] = []
  for (let index = 1; index <= count; index += 1) digests.push(await shipped(`release ${index}`))
  return digests
}

const onDisk = (): readonly Digest[] => {
  const names = [...readdirSync(join(folder, 'store/sha256')), ...readdirSync(join(folder, 'releases'))]
  return [...new Set(names)].map((name) => `sha256:${name}` as Digest).toSorted()
}
const claimed = async (): Promise<readonly Digest[]> => {
  const digests = (await store.db.selectFrom('artifacts').select('digest').execute()).map((row) => row.digest as Digest)
  const held = await Promise.all(digests.map((digest) => hasArtifact(store.db, digest)))
  return digests.filter((_, index) => held[index]).toSorted()
}

/** Two hours pass for all that lies there. */
const age = async (): Promise<void> => {
  const then = new Date(Date.now() - 7_200_000)
  await store.db.updateTable('artifacts').set({ created_at: then.getTime() }).execute()
  for (const place of ['store/sha256', 'releases'])
    for (const name of readdirSync(join(folder, place))) utimesSync(join(folder, place, name), then, then)
}

const back = (to?: string) =>
  rollback(delivery(), { app: 'shop', environment: undefined, to, reason: '', actor: 'ada' })

test('the five newest that succeeded stay, the rest goes, blob and folder, and a rollback to it says how to get it back', async () => {
  const digests = await shipAll(8)
  const waiting = await upload('never deployed')
  expect(await collect(parts())).toEqual({ artifacts: 0, bytes: 0 })
  await age()
  const { artifacts: count, bytes } = await collect(parts())
  expect(count).toBe(4)
  expect(bytes).toBeGreaterThan(4 * 1_024)
  const kept = digests.slice(3).toSorted()
  expect([await claimed(), onDisk()]).toEqual([kept, kept])
  expect(await collect(parts())).toEqual({ artifacts: 0, bytes: 0 })
  expect(await back('v3')).toMatchObject({
    fault: {
      code: 'HD4311',
      reason: 'to v3: its bytes were collected (those of the 5 newest releases that succeeded are kept)',
      next: 'deploy it again, from the source of v3: humdrum deploy',
    },
  })
  expect(await ask(waiting)).toMatchObject({ fault: { code: 'HD3005', reason: expect.stringContaining('collected') } })
  expect((await back('v4')).ok).toBe(true)
  expect(await listRejections(store.db)).toHaveLength(1)
})

test('an upload of what was collected brings it back, under its name', async () => {
  const [first] = await shipAll(7)
  await age()
  await collect(parts())
  expect(await claimed()).not.toContain(first)
  expect(await upload('release 1')).toBe(first)
  expect(await collect(parts())).toEqual({ artifacts: 0, bytes: 0 })
  const begun = await ask(first as Digest)
  expect(begun.ok && (await getRollout(store.db, begun.value.rollout))?.rollout.plan.candidate).toBe('v1')
})

test('what is uploaded again after it was marked, and before it is removed, stays', async () => {
  const [first] = await shipAll(7)
  await age()
  const list = async () => {
    expect(await claimed()).not.toContain(first)
    await upload('release 1')
    return artifacts.list()
  }
  await collect(parts({ artifacts: { list, remove: artifacts.remove } }))
  expect(await claimed()).toContain(first)
  expect((await artifacts.place(first as Digest)).ok).toBe(true)
})

test('what has instances stays, although no rollout needs it', async () => {
  const [first] = await shipAll(7)
  inUse = new Set(first === undefined ? [] : [first])
  await age()
  await collect(parts())
  expect(await claimed()).toContain(first)
  expect(onDisk()).toContain(first)
})

test('strays go when they are an hour old, and what belongs to apps never', async () => {
  const stray = await upload('a stray')
  await artifacts.place(stray)
  await store.db.deleteFrom('artifacts').execute()
  mkdirSync(join(folder, 'releases', 'work-shop'))
  utimesSync(join(folder, 'releases', 'work-shop'), 0, 0)
  await collect(parts())
  expect(onDisk()).toContain(stray)
  await age()
  expect((await collect(parts())).artifacts).toBe(1)
  expect(readdirSync(join(folder, 'releases'))).toEqual(['work-shop'])
  expect(readdirSync(join(folder, 'store/sha256'))).toEqual([])
})

class Killed extends Error {}

test('killed at any call, nothing is claimed that is gone, and the next collection takes the rest', async () => {
  const digests = await shipAll(8)
  await age()
  for (let calls = 0; ; calls += 1) {
    let left = calls
    const mortal = async <Value>(work: () => Promise<Value>, after: boolean): Promise<Value> => {
      if (left === 0 && !after) throw new Killed()
      const value = await work()
      if (left === 0) throw new Killed()
      left -= 1
      return value
    }
    const dying = {
      list: () => mortal(artifacts.list, calls % 2 === 0),
      remove: (digest: Digest, before: number) => mortal(() => artifacts.remove(digest, before), calls % 2 === 0),
    }
    const outcome = await collect(parts({ artifacts: dying })).catch((cause: unknown) => cause)
    for (const digest of await claimed()) expect(await artifacts.has(digest)).toBe(true)
    if (!(outcome instanceof Killed)) break
  }
  await collect(parts())
  expect(onDisk()).toEqual(digests.slice(3).toSorted())
})

test('a deploy that was checked before and begins after a collection is refused, and what it wants is as it says', async () => {
  const digests = await shipAll(7)
  const [first] = digests as [Digest]
  await age()
  const { place } = delivery()
  // The stable is placed after the artifact was found, and before the rollout begins.
  const late = {
    ...delivery(),
    place: async (...asked: Parameters<typeof place>) => collect(parts()).then(() => place(...asked)),
  }
  const asked = { config, environment: undefined, version: undefined, artifact: first, actor: 'ada' }
  expect(await deploy(late, asked)).toMatchObject({ ok: false, fault: { code: 'HD3005' } })
  expect(await claimed()).not.toContain(first)
})

test('deploys, uploads, rollbacks and collections in the same moment: whatever begins has its bytes', async () => {
  await shipAll(7)
  for (let round = 0; round < 12; round += 1) {
    const artifact = await upload(`release ${1 + (round % 4)}`)
    if (round % 3 !== 0) await age() // its hour is over: it is deployed in the moment in which it goes
    const asked = round % 4 === 3 ? back('v2') : ask(artifact)
    const [begun] = await Promise.all([
      asked,
      collect(parts()),
      upload(`release ${1 + ((round + 1) % 4)}`),
      collect(parts()),
    ])
    for (const digest of await claimed()) expect(await artifacts.has(digest)).toBe(true)
    if (!begun.ok) {
      expect(['HD3005', 'HD4311', 'HD4102']).toContain(begun.fault.code)
      continue
    }
    const id = typeof begun.value === 'number' ? begun.value : begun.value.rollout
    const rollout = (await getRollout(store.db, id))?.rollout
    expect((await artifacts.place(rollout?.plan.candidateArtifact as Digest)).ok).toBe(true)
    await end(id, 'Succeeded')
  }
})
