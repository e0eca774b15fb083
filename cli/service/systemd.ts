// What this machine's systemd is asked and told, and which of our units it has. Knows nothing of homes and servers.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { FaultError } from '@humdrum/core/errors.ts'
import type { UnitName, UnitScope } from './unit-files.ts'
import { homeIn, unitNames, userIn } from './unit-files.ts'

export const isRoot = (): boolean => process.getuid?.() === 0

/** The units of whoever types. */
export const ownScope = (): UnitScope => (isRoot() ? 'system' : 'person')

export const unitFolder = (scope: UnitScope): string =>
  scope === 'system'
    ? '/etc/systemd/system'
    : join(process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'systemd/user')

const fileOf = (scope: UnitScope, name: UnitName): string => join(unitFolder(scope), `${name}.service`)

/** `systemctl --user stop humdrum-edge`, to be typed. */
export const systemctlWords = (scope: UnitScope, words: string): string =>
  `systemctl ${scope === 'person' ? '--user ' : ''}${words}`

type Answer = { readonly code: number; readonly output: string; readonly errors: string }

const systemctl = (scope: UnitScope, words: readonly string[]): Promise<Answer> =>
  new Promise((resolve) => {
    const parameters = [...(scope === 'person' ? ['--user'] : []), '--no-pager', ...words]
    const child = execFile('systemctl', parameters, (error, output, errors) =>
      resolve({ code: child.exitCode ?? 1, output, errors: errors || (error?.message ?? '') }),
    )
  })

/** Fails with HD1206, in systemd's own words. */
export const tell = async (scope: UnitScope, ...words: readonly string[]): Promise<void> => {
  const { code, errors } = await systemctl(scope, words)
  if (code === 0) return
  const reason = `${systemctlWords(scope, words.join(' '))}: ${errors.trim()}`
  throw new FaultError({ code: 'HD1206', reason })
}

/** Fails with HD1201 where no systemd answers. */
export const requireSystemd = async (scope: UnitScope): Promise<void> => {
  if (!existsSync('/run/systemd/system'))
    throw new FaultError({ code: 'HD1201', reason: 'process 1 is another program' })
  const { code, errors } = await systemctl(scope, ['show-environment'])
  if (code === 0) return
  const next =
    scope === 'person'
      ? 'log in as that user (su and sudo start no systemd of a person), or let root install it: humdrum service install --user NAME'
      : 'look at the machine: systemctl status'
  throw new FaultError({ code: 'HD1201', reason: errors.trim(), next })
}

/** 0 where it does not run. */
export const mainPid = async (scope: UnitScope, name: UnitName): Promise<number> =>
  Number((await systemctl(scope, ['show', '--property=MainPID', '--value', name])).output)

export const isActive = async (scope: UnitScope, name: UnitName): Promise<boolean> =>
  (await systemctl(scope, ['is-active', '--quiet', name])).code === 0

/** Null user: root, or the person. */
export type Installed = { readonly scope: UnitScope; readonly home: string; readonly user: string | null }

/** What is installed in a scope; null where nothing of ours is. */
export const findInstalled = (scope: UnitScope): Installed | null => {
  for (const name of unitNames) {
    const text = readUnit(scope, name)
    const home = text === null ? null : homeIn(text)
    if (text !== null && home !== null) return { scope, home, user: userIn(text) }
  }
  return null
}

/** The units of the machine or of this person that are for a home, whoever types. */
export const findInstalledFor = (home: string): Installed | null =>
  (['system', 'person'] as const).map(findInstalled).find((installed) => installed?.home === home) ?? null

const readUnit = (scope: UnitScope, name: UnitName): string | null => {
  try {
    return readFileSync(fileOf(scope, name), 'utf8')
  } catch {
    return null // not there, or not to be read: not ours in either case
  }
}

/** Writes those that differ, and answers which. */
export const writeUnits = (scope: UnitScope, files: Readonly<Record<UnitName, string>>): readonly UnitName[] => {
  mkdirSync(unitFolder(scope), { recursive: true })
  const changed = unitNames.filter((name) => readUnit(scope, name) !== files[name])
  for (const name of changed) writeFileSync(fileOf(scope, name), files[name], { mode: 0o644 })
  return changed
}

export const removeUnits = (scope: UnitScope): void => {
  for (const name of unitNames) rmSync(fileOf(scope, name), { force: true })
}
