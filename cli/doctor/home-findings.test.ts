import { chmodSync, chownSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../temporary-folder.ts'
import { homeFindings } from './home-findings.ts'

const isRoot = process.getuid?.() === 0

const findings = (home: string) => new Map(homeFindings(home).map((finding) => [finding.id, finding]))

test('a home of one user alone with a store in it is well', () => {
  using folder = temporaryFolder({ 'store.db': `SQLite format 3\0${'x'.repeat(100)}` })
  chmodSync(folder.path, 0o700)
  const found = findings(folder.path)
  expect(found.get('home')).toMatchObject({ verdict: 'ok', says: `${folder.path}, yours alone` })
  expect(found.get('store')?.verdict).toBe('ok')
  expect(found.has('disk.home')).toBe(true)
})

test('others who may look into it are worth a look: the token lies there', () => {
  using folder = temporaryFolder()
  chmodSync(folder.path, 0o755)
  expect(findings(folder.path).get('home')).toMatchObject({ verdict: 'look', next: `chmod 700 ${folder.path}` })
})

test.skipIf(isRoot)('a home that may not be written is broken', () => {
  using folder = temporaryFolder()
  chmodSync(folder.path, 0o500)
  expect(findings(folder.path).get('home')).toMatchObject({
    verdict: 'broken',
    says: expect.stringContaining('EACCES'),
  })
})

test.skipIf(!isRoot)('a home of somebody else is worth a look', () => {
  using folder = temporaryFolder()
  chownSync(folder.path, 12_345, 12_345)
  expect(findings(folder.path).get('home')?.says).toBe(`${folder.path} belongs to the user 12345, and you are 0`)
})

test('a file in the place of the home is broken; no home at all is only worth a look', () => {
  using folder = temporaryFolder({ file: '' })
  expect(findings(join(folder.path, 'file')).get('home')).toMatchObject({ verdict: 'broken' })
  const none = findings(join(folder.path, 'none'))
  expect(none.get('home')).toMatchObject({ verdict: 'look', next: 'humdrum up' })
  expect([...none.keys()]).toEqual(['home', 'memory'])
})

test('a store that was overwritten is broken', () => {
  using folder = temporaryFolder({ 'store.db': 'garbage' })
  expect(findings(folder.path).get('store')).toMatchObject({
    verdict: 'broken',
    says: expect.stringContaining('damaged'),
  })
  writeFileSync(join(folder.path, 'store.db'), '') // as SQLite leaves it before the first page
  expect(findings(folder.path).get('store')?.verdict).toBe('ok')
})
