import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AppName } from '@humdrum/core/ids.ts'
import { afterEach, expect, test } from 'vitest'
import { openAppUsers } from './app-user.ts'
import { writeAtomically } from './instance-record.ts'

const folder = mkdtempSync(join(tmpdir(), 'humdrum-users-'))
const file = join(folder, 'app-users.json')
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('every app has a user id of its own, for ever', () => {
  const names = Array.from({ length: 200 }, (_, index) => `app-${index}` as AppName)
  const users = openAppUsers(file)
  const uids = names.map((name) => users(name).uid)
  expect(new Set(uids).size).toBe(200)
  expect(uids.every((uid) => uid >= 61_184 && uid <= 65_519)).toBe(true)
  expect(users(names[0] as AppName)).toEqual({ uid: uids[0], gid: uids[0] })
  const again = openAppUsers(file)
  expect(names.map((name) => again(name).uid)).toEqual(uids)
})

test('when none is left that is said, and none is given twice', () => {
  const full = Object.fromEntries(Array.from({ length: 4_336 }, (_, index) => [`app-${index}`, 61_184 + index]))
  expect(() => {
    const path = join(tmpdir(), `humdrum-users-full-${process.pid}.json`)
    writeAtomically(path, full)
    try {
      openAppUsers(path)('one-more' as AppName)
    } finally {
      rmSync(path)
    }
  }).toThrow(/all 4336 user ids/)
})
