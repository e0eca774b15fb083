import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { diskRoom, memoryRoom } from './room.ts'

test('memory is what the kernel says is available, not what is free', () => {
  const kibibytes = (label: string): number =>
    Number(new RegExp(`^${label}:\\s+(\\d+)`, 'm').exec(readFileSync('/proc/meminfo', 'utf8'))?.[1])
  const { availableBytes, totalBytes } = memoryRoom()
  expect(totalBytes).toBeLessThanOrEqual(kibibytes('MemTotal') * 1_024)
  expect(availableBytes).toBeGreaterThan(0)
  expect(availableBytes).toBeLessThanOrEqual(totalBytes)
})

test('a disk is as large, and as full, as df says', () => {
  const [, size, free] = /(\d+)\s+(\d+)\s*$/.exec(
    execFileSync('df', ['--block-size=1', '--output=size,avail', '/tmp'], { encoding: 'utf8' }),
  ) ?? [null, '', '']
  const { path, freeBytes, totalBytes } = diskRoom('/tmp')
  expect(path).toBe('/tmp')
  // What is kept for root is in the size, and nobody's.
  expect(totalBytes).toBeLessThanOrEqual(Number(size))
  expect(Math.abs(freeBytes - Number(free))).toBeLessThan(1_000_000_000)
})
