// Goal: on a full disk the store still takes what a rollback writes, for as long as anybody may need.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { isDiskFull } from '../disk-full.ts'
import type { Db } from './open.ts'
import { openStore } from './open.ts'
import { putSetting } from './records.ts'
import { isRoomShort, reserveRoom } from './reserve.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reserve-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const fill = (): void => {
  let piece = 1_000_000
  for (let count = 0; piece > 0; count += 1) {
    try {
      writeFileSync(join(folder, `filler-${count}`), Buffer.alloc(piece))
    } catch {
      piece = Math.floor(piece / 2)
    }
  }
}

/** How many rows of 1 kB it takes until the disk is full. */
const rowsTaken = async (db: Db, most: number): Promise<number> => {
  for (let count = 0; count < most; count += 1) {
    try {
      await putSetting(db, `row ${count}`, 'x'.repeat(1_000))
    } catch (cause) {
      expect(isDiskFull(cause)).toBe(true)
      return count
    }
  }
  return most
}

test.skipIf(!inject('canMount')).for([
  { reserved: false, least: 0, most: 100 },
  { reserved: true, least: 2_000, most: 10_000 },
])('a full disk, room reserved: $reserved', async ({ reserved, least, most }) => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder])
  try {
    const store = await openStore(join(folder, 'store.db'))
    if (reserved) await reserveRoom(store.db)
    fill()
    const taken = await rowsTaken(store.db, 20_000)
    expect(taken).toBeGreaterThanOrEqual(least)
    expect(taken).toBeLessThan(most)
    await store.close()
  } finally {
    execFileSync('umount', [folder])
  }
})

test('says when half of it was used, and is made whole again', async () => {
  const store = await openStore(join(folder, 'store.db'))
  expect(await isRoomShort(store.db)).toBe(true)
  await reserveRoom(store.db)
  expect(await isRoomShort(store.db)).toBe(false)
  await store.db.transaction().execute((tx) => rowsTaken(tx, 2_500))
  expect(await isRoomShort(store.db)).toBe(true)
  await reserveRoom(store.db)
  expect(await isRoomShort(store.db)).toBe(false)
  await store.close()
})

test('is made anew where a kill left it half made, and while others write', async () => {
  const store = await openStore(join(folder, 'store.db'))
  await store.db.schema.createTable('reserve').addColumn('room', 'blob').execute()
  const writing = store.db.transaction().execute(async (tx) => {
    await putSetting(tx, 'first', 'one')
    await putSetting(tx, 'second', 'two')
    throw new Error('taken back')
  })
  await Promise.all([reserveRoom(store.db), expect(writing).rejects.toThrow('taken back')])
  expect(await isRoomShort(store.db)).toBe(false)
  await store.close()
})
