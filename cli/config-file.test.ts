import { expect, test } from 'vitest'
import { findConfigFile, readConfigFile } from './config-file.ts'
import { temporaryFolder } from './temporary-folder.ts'

const shop = 'version: 1\napp: shop\nrun: { command: "true", health: { path: / } }\nenvironments: { production: {} }\n'

test('finds the nearest file upwards', () => {
  using folder = temporaryFolder({ 'humdrum.yaml': shop, 'apps/mail/humdrum.yaml': shop, 'apps/mail/src/x': '' })
  expect(findConfigFile(`${folder.path}/apps/mail/src`)).toBe(`${folder.path}/apps/mail/humdrum.yaml`)
  expect(findConfigFile(`${folder.path}/apps`)).toBe(`${folder.path}/humdrum.yaml`)
  expect(findConfigFile('/')).toBeNull()
})

test('names the file as seen from here, and deploys its own folder', () => {
  using folder = temporaryFolder({ 'humdrum.yaml': shop, 'src/x': '' })
  const file = readConfigFile(`${folder.path}/src`, undefined)
  expect(file).toMatchObject({ ok: true, name: '../humdrum.yaml', folder: folder.path })
})

test('reads the file that is given', () => {
  using folder = temporaryFolder({ 'humdrum.yaml': 'version: [', 'other.yaml': shop })
  expect(readConfigFile(folder.path, 'other.yaml')).toMatchObject({ ok: true, name: 'other.yaml' })
})

test('says where it is wrong', () => {
  using folder = temporaryFolder({ 'humdrum.yaml': `${shop}bulid: {}\n` })
  expect(readConfigFile(folder.path, undefined)).toMatchObject({
    ok: false,
    problems: [{ place: 'humdrum.yaml:5:1', code: 'HD2003' }],
  })
})

test('says what is missing', () => {
  using folder = temporaryFolder({ 'a/humdrum.yaml/x': '' })
  expect(() => readConfigFile('/', undefined)).toThrow('humdrum.yaml is missing: neither in / nor above it')
  expect(() => readConfigFile(folder.path, 'b.yaml')).toThrow('humdrum.yaml is missing: there is no b.yaml')
  expect(() => readConfigFile(folder.path, 'a/humdrum.yaml')).toThrow('a/humdrum.yaml is a folder')
})
