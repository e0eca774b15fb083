import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readJson, writeDurably, writeDurablyOrOver } from './durable-file.ts'

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

describe.runIf(existsSync('/dev/full'))('on a full disk', () => {
  // Whatever is written to /dev/full finds no space left.
  beforeEach(() => symlinkSync('/dev/full', `${path}.new`))

  test.each([
    ['longer', '"the old one, which is longer"'],
    ['shorter', '""'],
  ])('the old file, be it %s, is written over, and whoever has it open reads JSON', (_, old) => {
    writeFileSync(path, old)
    expect(() => writeDurably(path, '"new"')).toThrow('ENOSPC')
    expect(readFileSync(path, 'utf8')).toBe(old)
    const { ino } = statSync(path)
    writeDurablyOrOver(path, '"new"')
    expect(readJson(path)).toBe('new')
    expect(statSync(path).ino).toBe(ino)
  })

  test('without an old file it fails', () => {
    expect(() => writeDurablyOrOver(path, '"new"')).toThrow('ENOSPC')
    expect(readJson(path)).toBeUndefined()
  })
})

test('what is no lack of space is no reason to write over a file', () => {
  writeFileSync(path, '"old"')
  mkdirSync(`${path}.new`)
  expect(() => writeDurablyOrOver(path, '"new"')).toThrow('EISDIR')
  expect(readJson(path)).toBe('old')
})

test('no file is undefined; one that is not JSON throws', () => {
  expect(readJson(path)).toBeUndefined()
  writeFileSync(path, '{"half": ')
  expect(() => readJson(path)).toThrow(SyntaxError)
})
