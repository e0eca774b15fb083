import { expect, test } from 'vitest'
import type { DiskUse } from './disk.ts'
import { diskWarning, diskWords, isTooFull } from './disk.ts'
import { ppm } from './time.ts'

const use = (used: number): DiskUse => ({ folder: '/home', used: ppm(used), freeBytes: 4_200_000_000 })

test('a disk is too full for a deploy from 90 % on, and is spoken of above 80 %', () => {
  const at = [800_000, 800_001, 899_999, 900_000]
  expect(at.map((used) => isTooFull(use(used)))).toEqual([false, false, false, true])
  expect(at.map((used) => diskWarning(use(used)) !== null)).toEqual([false, true, true, true])
})

test('is said with figures, and not as fuller than it is', () => {
  expect(diskWords(use(899_999))).toBe(
    '/home lies on a disk that is 89 % full, with 4.2 GB free: no deploy begins from 90 % on',
  )
})
