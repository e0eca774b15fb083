import { expect, test } from 'vitest'
import { formatBytes } from './bytes.ts'

test('says sizes as disks are sold, with two figures', () => {
  expect([0, 999, 1_000, 4_840_000, 123_400_000, 2_000_000_000_000].map(formatBytes)).toEqual([
    '0 B',
    '999 B',
    '1 kB',
    '4.8 MB',
    '123 MB',
    '2000 GB',
  ])
})
