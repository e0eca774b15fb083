// Which environment of a file a person means. Names that come from outside never reach into the record by themselves:
// `constructor` is a name that anybody may type.
import type { Result } from '@humdrum/core/errors.ts'
import { failed, faults, nextStep, ok } from '@humdrum/core/errors.ts'
import type { AppConfig, EnvironmentConfig } from './app-config.ts'
import type { ParsedConfig } from './parse.ts'
import { type Problem, quoted } from './problem.ts'
import { suggest } from './sentences.ts'

export type EnvironmentChoice =
  | { readonly ok: true; readonly environment: EnvironmentConfig }
  | { readonly ok: false; readonly problem: Problem }

/** The environment of that name; null if the file has none. */
export const findEnvironment = (config: AppConfig, name: string): EnvironmentConfig | null =>
  Object.hasOwn(config.environments, name) ? (config.environments[name] ?? null) : null

/** The named environment, or the only one where none is named. Fails with HD2104 or HD2105. */
export const pickEnvironment = (config: AppConfig, name: string | undefined): Result<EnvironmentConfig> => {
  const all = Object.values(config.environments)
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

/** As `pickEnvironment`, with the place in the file. */
export const chooseEnvironment = (parsed: ParsedConfig, name: string | undefined): EnvironmentChoice => {
  const picked = pickEnvironment(parsed.config, name)
  if (picked.ok) return { ok: true, environment: picked.value }
  const { fault } = picked
  const message = `${faults[fault.code].sentence} ${fault.reason}`.trimEnd()
  const problem = { place: parsed.placeOf(['environments']), message, hint: nextStep(fault), code: fault.code }
  return { ok: false, problem }
}
