// Which environment of a file a person means. Names that come from outside never reach into the record by themselves:
// `constructor` is a name that anybody may type.
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

/** The named environment, or the only one where none is named. Fails with HD2104 or HD2105, with the place in the file. */
export const chooseEnvironment = (parsed: ParsedConfig, name: string | undefined): EnvironmentChoice => {
  const all = Object.values(parsed.config.environments)
  const names = all.map((environment) => environment.name)
  const place = parsed.placeOf(['environments'])
  const [only] = all
  if (name === undefined) {
    if (only !== undefined && all.length === 1) return { ok: true, environment: only }
    const hint = `this file has: ${names.join(', ')}`
    return { ok: false, problem: { place, message: 'several environments, and none was named', hint, code: 'HD2105' } }
  }
  const environment = findEnvironment(parsed.config, name)
  if (environment !== null) return { ok: true, environment }
  const hint = suggest(name, names, 'this file has')
  return { ok: false, problem: { place, message: `unknown environment ${quoted(name)}`, hint, code: 'HD2104' } }
}
