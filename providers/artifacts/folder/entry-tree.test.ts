import { FaultError } from '@humdrum/core/errors.ts'
import { expect, test } from 'vitest'
import { cleanPath, createEntryTree, type TreeNode } from './entry-tree.ts'

const limits = { entries: 10, bytes: 100 }
const file: TreeNode = { kind: 'file', bytes: 1 }
const folder: TreeNode = { kind: 'folder', explicit: true }
const symlink = (target: string): TreeNode => ({ kind: 'symlink', target })
const hardlink = (target: string): TreeNode => ({ kind: 'hardlink', target })

const judge = (...entries: readonly (readonly [string, TreeNode])[]): string => {
  try {
    const tree = createEntryTree(limits)
    for (const [path, node] of entries) tree.add(path, node)
    tree.finish()
    return 'taken'
  } catch (error) {
    if (error instanceof FaultError && error.fault.code === 'HD3003') return error.fault.reason
    throw error
  }
}

test('a name is taken with its dots and doubled slashes gone', () => {
  expect(cleanPath('./a//b/./c/')).toBe('a/b/c')
  expect(cleanPath('./')).toBe('')
  expect(judge(['./', folder], ['a/b', file], ['a', folder])).toBe('taken')
})

test.each([
  ['/etc/passwd', /absolute/],
  ['../x', /leads out/],
  ['a/../b', /leads out/],
  ['a\nb', /control characters/],
  ['a\u0085b', /control characters/],
  ['a\ufffdb', /not UTF-8/],
  ['a\0b', /control characters/],
  ['x'.repeat(256), /longer than 255 bytes/],
  [`${'x'.repeat(200)}/`.repeat(6), /longer than 1024 bytes/],
  ['./', /no name for a file/],
])('the name %j is refused', (path, reason) => {
  expect(judge([path, file])).toMatch(reason)
})

test('one path is one entry, and nothing lies below a file or a link', () => {
  expect(judge(['a', file], ['./a', file])).toMatch(/twice/)
  expect(judge(['a', folder], ['a/', folder])).toMatch(/twice/)
  expect(judge(['a/b', file], ['a', file])).toMatch(/twice/)
  expect(judge(['a', file], ['a/b', file])).toMatch(/no folder/)
  expect(judge(['d', folder], ['a', symlink('d')], ['a/b', file])).toMatch(/no folder/)
})

test.each(['../x', 'b/../../x', '..', '../../../etc/passwd'])('a link to %s at the top leads out', (target) => {
  expect(judge(['a', symlink(target)])).toMatch(/leads out/)
})

test('a link that leads out through another link is seen', () => {
  // By its words m stays inside; by way of l it is above the top.
  expect(judge(['x/y/l', symlink('../..')], ['m', symlink('x/y/l/..')])).toMatch(/"m" leads out/)
})

test('links inside are taken, also to what is not there; circles are not', () => {
  expect(judge(['a/b', file], ['c/l', symlink('../a/b')], ['m', symlink('c/l')], ['n', symlink('gone')])).toBe('taken')
  expect(judge(['a', symlink('b')], ['b', symlink('a')])).toMatch(/circle/)
  expect(judge(['a', symlink('/b')])).toMatch(/absolute/)
  expect(judge(['a', symlink('')])).toMatch(/nowhere/)
})

test('a hard link leads to a file of the artifact, and counts as one', () => {
  expect(judge(['l', hardlink('./a')], ['a', file])).toBe('taken')
  expect(judge(['l', hardlink('../a')])).toMatch(/leads out/)
  expect(judge(['l', hardlink('a')])).toMatch(/no file/)
  expect(judge(['a', symlink('b')], ['l', hardlink('a')])).toMatch(/no file/)
  expect(judge(['a', { kind: 'file', bytes: 60 }], ['l', hardlink('a')])).toMatch(/more than 100 bytes/)
})

test('folders that are only implied count as entries', () => {
  expect(judge(['1/2/3/4/5/6/7/8/9/10/11', file])).toMatch(/more than 10 entries/)
})
