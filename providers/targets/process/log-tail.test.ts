import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fc, test as property } from '@fast-check/vitest'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cutLines, type Line, type LogTail, openLogTail } from './log-tail.ts'

let folder: string
let taken: Line[]
let tail: LogTail
const open = (): LogTail => openLogTail(folder, 'i-1', (lines) => taken.push(...lines))
const write = (text: string | Buffer): void => appendFileSync(tail.output.stdout, text)
const drain = (): void => {
  while (tail.turn());
}
const lines = (): readonly string[] => taken.map(({ line }) => line)

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'humdrum-tail-'))
  taken = []
  tail = open()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('lines come once each, whole, with the stream they were written to', () => {
  write('one\ntw')
  drain()
  write('o\r\n\nthree')
  appendFileSync(tail.output.stderr, 'bad\n')
  drain()
  expect(taken).toEqual([
    { stream: 'stdout', line: 'one' },
    { stream: 'stdout', line: 'two' },
    { stream: 'stdout', line: '' },
    { stream: 'stderr', line: 'bad' },
  ])
  tail.finish()
  expect(lines().at(-1)).toBe('three')
})

test('a tail that is opened anew goes on where the last one was', () => {
  write('one\ntwo\nthr')
  drain()
  tail = open()
  write('ee\n')
  drain()
  expect(lines()).toEqual(['one', 'two', 'three'])
})

test('lines that could not be taken come again', () => {
  write('one\n')
  let full = true
  tail = openLogTail(folder, 'i-1', (some) => {
    if (full) throw new Error('the disk is full')
    taken.push(...some)
  })
  expect(() => tail.turn()).toThrow(/full/)
  full = false
  drain()
  expect(lines()).toEqual(['one'])
})

test('the raw file is cut when it was read and is large, and nothing is read twice', () => {
  const line = `${'x'.repeat(999)}\n`
  write(line.repeat(2_000))
  drain()
  expect(statSync(tail.output.stdout).size).toBe(0)
  write('after\n')
  drain()
  expect(taken).toHaveLength(2_001)
  expect(lines().at(-1)).toBe('after')
})

test('of far more than the log keeps the newest is taken, what was left out is said, and its space is free', () => {
  write('read\n')
  drain()
  truncateSync(tail.output.stdout, 70_000_000)
  write('\nnewest\nop')
  tail = openLogTail(folder, 'i-1', (some) => {
    expect(statSync(tail.output.stdout).size).toBeLessThan(10) // the log could not be written while this fills the disk
    taken.push(...some)
  })
  tail.turn()
  write('en\n')
  drain()
  expect(lines()).toEqual(['read', '… (70 MB left out here: more than the log keeps)', 'newest', 'op', 'en'])
})

test('a line that is too long is cut and says so, wherever it is cut into pieces', () => {
  write(`a\n${'é'.repeat(200_000)}`)
  drain()
  write(`${'é'.repeat(300_000)}\nb\n`)
  drain()
  expect(lines()).toEqual(['a', `${'é'.repeat(32_768)}… (cut at 64 KiB)`, 'b'])
})

test('nothing stays when the instance is gone', () => {
  write('one\n')
  drain()
  tail.remove()
  expect(readdirSync(folder)).toEqual([])
})

property.prop([
  fc.array(fc.stringMatching(/^[a-zé ]{0,9}$/)),
  fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1 }),
])('cutting piece by piece gives the same lines as cutting all at once', (texts, sizes) => {
  const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''))
  const found: string[] = []
  let position = { offset: 0, skipping: false }
  for (let end = 0, turn = 0; end < bytes.length; turn += 1) {
    end = Math.min(bytes.length, end + (sizes[turn % sizes.length] ?? 1))
    const cut = cutLines(bytes.subarray(position.offset, end), position, false)
    found.push(...cut.lines)
    position = cut.position
  }
  expect(found).toEqual(texts)
})
