import { chmodSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { FaultError } from '@humdrum/core/errors.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TemporaryFolder } from '../temporary-folder.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { findUser, ownUser, requireHome, requirePrograms } from './service-user.ts'

const asRoot = process.getuid?.() === 0

let folder: TemporaryFolder
beforeEach(() => {
  folder = temporaryFolder({ 'of-root/server.js': '' })
})
afterEach(() => folder[Symbol.dispose]())

const faultOf = (act: () => void) => {
  try {
    act()
    return null
  } catch (cause) {
    if (cause instanceof FaultError) return cause.fault
    throw cause
  }
}

test('a user is known by name, and nobody else by what only looks like one', () => {
  expect(findUser('root')).toMatchObject({ name: 'root', uid: 0, defaultHome: '/root/.humdrum' })
  for (const name of ['no-such-user', '0', '--help', ''])
    expect(faultOf(() => findUser(name))).toMatchObject({ code: 'HD1203', next: expect.stringContaining('useradd') })
})

test('a home that is missing is made, private', () => {
  const home = join(folder.path, 'new', 'home')
  requireHome(home, ownUser())
  expect(statSync(home).mode & 0o777).toBe(0o700)
  requireHome(home, ownUser())
})

test.skipIf(!asRoot)(
  'a home that the user cannot use, or in which somebody else wrote, is refused with what to do',
  () => {
    const nobody = findUser('nobody')
    const closed = join(folder.path, 'of-root')
    chmodSync(closed, 0o700)
    expect(faultOf(() => requireHome(closed, nobody))).toMatchObject({
      code: 'HD1106',
      reason: `nobody cannot use ${closed}`,
    })
    const home = join(folder.path, 'home')
    mkdirSync(home)
    chmodSync(home, 0o777)
    writeFileSync(join(home, 'store.db'), '')
    expect(faultOf(() => requireHome(home, nobody))).toMatchObject({
      code: 'HD1106',
      next: `give it to nobody: chown -R nobody: ${home}`,
    })
  },
)

test.skipIf(!asRoot)('a program that the user cannot read is refused', () => {
  const program = join(folder.path, 'of-root/server.js')
  requirePrograms([process.execPath, program], findUser('nobody'))
  chmodSync(join(folder.path, 'of-root'), 0o700)
  expect(faultOf(() => requirePrograms([program], findUser('nobody')))).toEqual({
    code: 'HD1204',
    reason: `nobody cannot read ${program}`,
  })
})
