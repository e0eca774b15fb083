// Finds humdrum.yaml, in this folder or above it, and reads it. What it means is the business of contract/config.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { ParsedConfig } from '@humdrum/contract/config/parse.ts'
import { parseConfig } from '@humdrum/contract/config/parse.ts'
import type { Problem } from '@humdrum/contract/config/problem.ts'
import { FaultError } from '@humdrum/core/errors.ts'

export type ConfigFile =
  | { readonly ok: true; readonly folder: string; readonly name: string; readonly parsed: ParsedConfig }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** The nearest humdrum.yaml from `folder` upwards; null if there is none. */
export const findConfigFile = (folder: string): string | null => {
  const file = join(folder, 'humdrum.yaml')
  if (existsSync(file)) return file
  return dirname(folder) === folder ? null : findConfigFile(dirname(folder))
}

/** Fails with HD2001 when there is no such file. */
export const readConfigFile = (cwd: string, given: string | undefined): ConfigFile => {
  const file = given === undefined ? findConfigFile(cwd) : resolve(cwd, given)
  if (file === null) throw new FaultError({ code: 'HD2001', reason: `neither in ${cwd} nor above it` })
  const name = relative(cwd, file)
  const parsed = parseConfig(textOf(file, name), name)
  return parsed.ok ? { ok: true, folder: dirname(file), name, parsed } : parsed
}

const textOf = (file: string, name: string): string => {
  try {
    if (statSync(file).isDirectory()) throw new FaultError({ code: 'HD2001', reason: `${name} is a folder` })
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if (cause instanceof FaultError) throw cause
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    const reason = isMissing ? `there is no ${name}` : `${name} cannot be read`
    throw new FaultError({ code: 'HD2001', reason }, { cause })
  }
}
