// What the embedded store refuses to open, and that it then says why. What it records is the business of store.test.ts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Fault } from '@humdrum/core/errors.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { sql } from 'kysely'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from './open.ts'

let folder: string
let file: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
  file = join(folder, 'store.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

const refusal = async (): Promise<Fault | null> => {
  try {
    await (await openStore(file)).close()
    return null
  } catch (cause) {
    if (cause instanceof FaultError) return cause.fault
    throw cause
  }
}

test('opens what it wrote', async () => {
  expect(await refusal()).toBeNull()
  expect(await refusal()).toBeNull()
})

test('says why a transaction failed that the database had ended by itself', async () => {
  const store = await openStore(file)
  const failing = store.db.transaction().execute(async (tx) => {
    await sql`rollback`.execute(tx)
    throw new Error('the disk is full')
  })
  await expect(failing).rejects.toThrow('the disk is full')
  await store.close()
})

test('refuses a file that is no store, and one that was damaged', async () => {
  writeFileSync(file, 'no database, and never was one '.repeat(100))
  const refused = await refusal()
  expect(refused).toMatchObject({ code: 'HD1106', reason: expect.stringContaining(file) })
  expect(refused?.next).toMatch(/humdrum down .*humdrum up --home/)
  expect(refused?.next).not.toContain('copy') // the edge would refuse the orders of an older store
})

test('refuses a store of a newer version, and leaves it as it is', async () => {
  await refusal()
  const newer = new DatabaseSync(file)
  newer.exec(`insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')`)
  newer.close()
  expect(await refusal()).toMatchObject({ code: 'HD1106', reason: expect.stringContaining('newer') })
  expect(await refusal()).toMatchObject({ code: 'HD1106' })
})
