import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'
import { revisionOf } from './revision.ts'

const commit = (folder: string): void => {
  const git = (...parameters: string[]) =>
    execFileSync('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@example.org', ...parameters], { cwd: folder })
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message', 'first')
}

test('names the revision, and whether anything was changed since', async () => {
  using folder = temporaryFolder({ a: 'first' })
  commit(folder.path)
  expect(await revisionOf(folder.path)).toMatch(/^[0-9a-f]{7,} \(clean\)$/)
  folder.write({ a: 'second' })
  expect(await revisionOf(folder.path)).toMatch(/^[0-9a-f]{7,} \(dirty\)$/)
})

test('says nothing where there is no repository, and none without a commit', async () => {
  using folder = temporaryFolder({ a: '' })
  expect(await revisionOf(folder.path)).toBeNull()
  execFileSync('git', ['init', '--quiet'], { cwd: folder.path })
  expect(await revisionOf(folder.path)).toBeNull()
})
