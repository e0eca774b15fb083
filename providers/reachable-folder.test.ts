import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeReachable } from './reachable-folder.ts'

let folder: string
let umask: number
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reachable-'))
  umask = process.umask(0o077)
})
afterEach(() => {
  process.umask(umask)
  rmSync(folder, { recursive: true })
})

test('every folder on the way can be gone through, whatever the umask', () => {
  makeReachable(join(folder, 'a', 'b', 'c'))
  for (const path of ['a', 'a/b', 'a/b/c']) expect(modeOf(join(folder, path))).toBe('711')
})

test('a folder that was there keeps its rights', () => {
  chmodSync(folder, 0o750)
  makeReachable(folder)
  makeReachable(join(folder, 'a'))
  expect(modeOf(folder)).toBe('750')
})
