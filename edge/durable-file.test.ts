import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readJson, writeDurably } from './durable-file.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'durable-'))
  path = join(folder, 'file.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('what was written is read, for the owner alone, and nothing lies beside it', () => {
  writeDurably(path, JSON.stringify({ text: 'ä€😀' }))
  expect(readJson(path)).toEqual({ text: 'ä€😀' })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(folder)).toEqual(['file.json'])
})

test('a file is replaced as a whole: whoever has the old one open reads the old one', () => {
  writeDurably(path, '"old and longer"')
  const { ino } = statSync(path)
  writeDurably(path, '"new"')
  expect(readJson(path)).toBe('new')
  expect(statSync(path).ino).not.toBe(ino)
})

test('half a file that a crash left beside it does no harm', () => {
  writeFileSync(`${path}.new`, '{"half": '.padEnd(1_000))
  writeDurably(path, '"whole"')
  expect(readFileSync(path, 'utf8')).toBe('"whole"')
})

test('a failed write leaves the old file', () => {
  writeDurably(path, '"old"')
  expect(() => writeDurably(join(folder, 'no-such-folder', 'file.json'), '"new"')).toThrow('ENOENT')
  expect(readJson(path)).toBe('old')
})

test('no file is undefined; one that is not JSON throws', () => {
  expect(readJson(path)).toBeUndefined()
  writeFileSync(path, '{"half": ')
  expect(() => readJson(path)).toThrow(SyntaxError)
})
