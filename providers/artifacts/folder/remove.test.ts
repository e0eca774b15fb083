import { mkdirSync, mkdtempSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Digest } from '@humdrum/core/ids.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Artifacts } from './artifact-folder.ts'
import { createArtifactFolder } from './artifact-folder.ts'
import { handmadeTar } from './handmade-tar.ts'
import { removeFolder } from './seal.ts'

let folder: string
let artifacts: Artifacts
const later = (): number => Date.now() + 60_000
const hourAgo = (): number => Date.now() - 3_600_000
const blob = (digest: Digest): string => join(folder, 'store/sha256', digest.slice(7))
const unpacked = (digest: Digest): string => join(folder, 'releases', digest.slice(7))
const names = (): readonly string[][] => [
  readdirSync(join(folder, 'store/sha256')),
  readdirSync(join(folder, 'releases')),
]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remove-'))
  artifacts = createArtifactFolder({ storeDir: join(folder, 'store'), releasesDir: join(folder, 'releases') })
})
afterEach(() => removeFolder(folder))

const put = async (content: string | Buffer): Promise<Digest> => {
  const taken = await artifacts.put(Readable.from([handmadeTar({ path: 'bin/a', content })], { objectMode: false }))
  if (!taken.ok) throw new Error(taken.fault.reason)
  return taken.value.digest
}

test('what lies here is listed once each, and nothing that is not ours', async () => {
  const [packed, both] = [await put('1'), await put('2')]
  await artifacts.place(both)
  const [corrupt, alone] = ['a', 'b'].map((letter) => `sha256:${letter.repeat(64)}` as Digest) as [Digest, Digest]
  writeFileSync(`${blob(corrupt)}.corrupt`, 'x')
  mkdirSync(unpacked(alone))
  for (const name of ['work-shop', '0123456789ab', `.${'c'.repeat(64)}.draft`])
    mkdirSync(join(folder, 'releases', name))
  expect((await artifacts.list()).toSorted()).toEqual([packed, both, corrupt, alone].toSorted())
})

test('blob, corrupt blob and sealed folder go together, and their size is told', async () => {
  const digest = await put(Buffer.alloc(10_000))
  await artifacts.place(digest)
  writeFileSync(`${blob(digest)}.corrupt`, 'x')
  const other = await put('other')
  expect(await artifacts.remove(digest, later())).toBeGreaterThan(20_000)
  expect(names()).toEqual([[other.slice(7)], [other.slice(7)]])
  expect(await artifacts.remove(digest, later())).toBe(0)
  expect(await artifacts.remove('sha256:../../etc' as Digest, later())).toBe(0)
})

test.for(['blob', 'folder'] as const)('nothing goes while the %s is young', async (young) => {
  const digest = await put('1')
  await artifacts.place(digest)
  const old = young === 'blob' ? unpacked(digest) : blob(digest)
  utimesSync(old, 0, 0)
  expect(await artifacts.remove(digest, hourAgo())).toBe(0)
  expect(names()).toEqual([[digest.slice(7)], [digest.slice(7)]])
})

test('what is uploaded again in the same moment stays', async () => {
  for (let round = 0; round < 50; round += 1) {
    const digest = await put('1')
    utimesSync(blob(digest), 0, 0)
    await Promise.all([put('1'), artifacts.remove(digest, hourAgo())])
    expect(await artifacts.has(digest)).toBe(true)
  }
})

test('what is being placed in the same moment is whole, or not there', async () => {
  const outcomes = new Set<string>()
  for (let round = 0; round < 20; round += 1) {
    const digest = await put('1')
    const placing = (): Promise<unknown> =>
      artifacts.place(digest).then((placed) => outcomes.add(JSON.stringify(placed)))
    const removing = (): Promise<unknown> => artifacts.remove(digest, later())
    await Promise.all(round % 2 === 0 ? [placing(), removing()] : [removing(), placing()])
    expect(names()).toEqual([[], []])
  }
  expect([...outcomes].map((outcome) => /"ok":true|HD\d+/.exec(outcome)?.[0]).toSorted()).toEqual([
    '"ok":true',
    'HD3005',
  ])
})
