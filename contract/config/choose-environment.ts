// Which environment of a file a person means. Names that come from outside never reach into the record by themselves:
// `constructor` is a name that anybody may type.
import type { Result } from '@humdrum/core/errors.ts'
import { failed, faults, nextStep, ok } from '@humdrum/core/errors.ts'
import type { RunSpec } from '@humdrum/core/ports.ts'
import type { AppConfig, EnvironmentConfig, ObservedEnvironment } from './app-config.ts'
import type { ParsedConfig } from './parse.ts'
import { type Problem, quoted } from './problem.ts'
import { suggest } from './sentences.ts'

type Choice<Environment> =
  | { readonly ok: true; readonly environment: Environment }
  | { readonly ok: false; readonly problem: Problem }

/** The environment of that name; null if the file has none. */
export const findEnvironment = (config: AppConfig, name: string): EnvironmentConfig | null =>
  Object.hasOwn(config.environments, name) ? (config.environments[name] ?? null) : null

/** How its releases are run; there is a way where there is an environment to expose them in. */
export const runOf = ({ run }: AppConfig): RunSpec => {
  if (run === null) throw new Error('a file whose environments are all observed has nothing to run')
  return run
}

/** The named environment, or the only one where none is named. Fails with HD2104, HD2105 or HD4112. */
export const pickEnvironment = (config: AppConfig, name: string | undefined): Result<EnvironmentConfig> => {
  const all = Object.values(config.environments)
  const isObserved = name === undefined ? all.length === 0 : Object.hasOwn(config.observed, name)
  if (isObserved) return failed('HD4112', name === undefined ? '' : quoted(name))
  const names = all.map((environment) => environment.name)
  const [only] = all
  if (name === undefined) {
    if (only !== undefined && all.length === 1) return ok(only)
    return failed('HD2105', '', { next: `this file has: ${names.join(', ')}` })
  }
  const environment = findEnvironment(config, name)
  return environment === null
    ? failed('HD2104', quoted(name), { next: suggest(name, names, 'this file has') })
    : ok(environment)
}

/** Of those that are only observed: the named one, or the only one. Fails with HD2104, HD2105 or HD4113. */
export const pickObserved = (config: AppConfig, name: string | undefined): Result<ObservedEnvironment> => {
  const all = Object.values(config.observed)
  const [only] = all
  const found = name === undefined ? (all.length === 1 ? only : undefined) : all.find((one) => one.name === name)
  if (found !== undefined) return ok(found)
  const names = all.map((one) => one.name)
  if (all.length === 0 || (name !== undefined && Object.hasOwn(config.environments, name)))
    return failed('HD4113', name === undefined ? '' : quoted(name))
  return name === undefined
    ? failed('HD2105', '', { next: `observed are: ${names.join(', ')}` })
    : failed('HD2104', quoted(name), { next: suggest(name, names, 'observed are') })
}

/** As `pickEnvironment`, with the place in the file. */
export const chooseEnvironment = (parsed: ParsedConfig, name: string | undefined): Choice<EnvironmentConfig> =>
  inFile(parsed, pickEnvironment(parsed.config, name))

/** As `pickObserved`, likewise. */
export const chooseObserved = (parsed: ParsedConfig, name: string | undefined): Choice<ObservedEnvironment> =>
  inFile(parsed, pickObserved(parsed.config, name))

const inFile = <Environment>(parsed: ParsedConfig, picked: Result<Environment>): Choice<Environment> => {
  if (picked.ok) return { ok: true, environment: picked.value }
  const { fault } = picked
  const message = `${faults[fault.code].sentence} ${fault.reason}`.trimEnd()
  const problem = { place: parsed.placeOf(['environments']), message, hint: nextStep(fault), code: fault.code }
  return { ok: false, problem }
}
