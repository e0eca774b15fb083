import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { giveUpBallast, keepBallast } from './ballast.ts'

let home: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ballast-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const onDisk = (size: string, work: () => void): void => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', home])
  try {
    work()
  } finally {
    execFileSync('umount', [home])
  }
}

test('is made where there is room, and given up when it is asked for', () => {
  expect(keepBallast(home)).toBe('kept')
  expect(statSync(join(home, 'ballast'))).toMatchObject({ size: 4 * 1_024 * 1_024 })
  expect(keepBallast(home)).toBe('kept')
  expect([giveUpBallast(home), giveUpBallast(home)]).toEqual([true, false])
})

test.skipIf(!inject('canMount'))('is given up when the disk is full, and made again when there is room', () => {
  onDisk('24m', () => {
    expect(keepBallast(home)).toBe('kept')
    const filler = join(home, 'filler')
    expect(() => writeFileSync(filler, Buffer.alloc(30_000_000))).toThrow('ENOSPC')
    expect(keepBallast(home)).toBe('given up')
    writeFileSync(join(home, 'record'), Buffer.alloc(3_000_000))
    expect(keepBallast(home)).toBe('missing')
    rmSync(filler)
    expect(keepBallast(home)).toBe('kept')
  })
})

test.skipIf(!inject('canMount'))('is not made on a disk that is too small for it', () => {
  onDisk('8m', () => {
    expect(keepBallast(home)).toBe('missing')
    expect(existsSync(join(home, 'ballast'))).toBe(false)
  })
})
