// Which app and which environment a person means who does not say it, or says it with a slip of the finger.
import type { StatusView } from '@humdrum/contract/api.ts'
import { quoted } from '@humdrum/contract/config/problem.ts'
import { suggest } from '@humdrum/contract/config/sentences.ts'
import type { ObservationView } from '@humdrum/contract/observation-view.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import { readConfigFile } from './config-file.ts'

type EnvironmentView = StatusView['environments'][number]

export type Wanted = {
  readonly app: string | undefined
  readonly environment: string | undefined
  /** Where a humdrum.yaml may say which app it is. */
  readonly cwd: string
}

/** The named app, else that of the humdrum.yaml here, else the only one. Fails with HD1002, HD4001, HD4002. */
export const chooseApp = (status: StatusView, wanted: Wanted): string => {
  const apps = [...new Set(status.environments.map(({ app }) => app))]
  if (wanted.app !== undefined) return known(wanted.app, apps)
  const own = appHere(wanted.cwd)
  if (own !== null && apps.includes(own)) return own
  const [only] = apps
  if (own !== null) {
    const next =
      only === undefined
        ? {}
        : { next: `humdrum deploy, or name the app that is meant (this server has: ${apps.join(', ')})` }
    throw new FaultError({
      code: 'HD4002',
      reason: `${own}, as humdrum.yaml here says, is not on this server`,
      ...next,
    })
  }
  if (only === undefined) throw new FaultError({ code: 'HD4002', reason: 'no app is on this server' })
  if (apps.length === 1) return only
  const next = `name one (this server has: ${apps.join(', ')}), or go to the folder of its humdrum.yaml`
  throw new FaultError({ code: 'HD1002', reason: 'several apps, and none was named', next })
}

/** The environment with its newest rollout. Fails as `chooseApp`, and with HD2104, HD2105. */
export const chooseEnvironment = (status: StatusView, wanted: Wanted): EnvironmentView => {
  const app = chooseApp(status, wanted)
  const views = status.environments.filter((view) => view.app === app)
  const names = views.map(({ environment }) => environment)
  const [only] = views
  if (wanted.environment === undefined) {
    if (only !== undefined && views.length === 1) return only
    const next = `name one with --environment (${app} has: ${names.join(', ')})`
    throw new FaultError({ code: 'HD2105', reason: app, next })
  }
  const found = views.find(({ environment }) => environment === wanted.environment)
  if (found !== undefined) return found
  const next = suggest(wanted.environment, names, `${app} has`)
  throw new FaultError({ code: 'HD2104', reason: quoted(wanted.environment), next })
}

/** What another deployer exposes at this moment, where no rollout of ours is what is meant; null where there is no one such. */
export const chooseObservation = (
  { environments, observations }: StatusView,
  wanted: Wanted,
): ObservationView | null => {
  const app = wanted.app ?? appHere(wanted.cwd) ?? (environments.length === 0 ? observations[0]?.app : undefined)
  const isMeant = (one: { readonly app: string; readonly environment: string }): boolean =>
    one.app === app && (wanted.environment === undefined || one.environment === wanted.environment)
  const [first, ...others] = observations.filter(isMeant)
  return first === undefined || others.length > 0 || environments.some(isMeant) ? null : first
}

const known = (app: string, apps: readonly string[]): string => {
  if (apps.includes(app)) return app
  if (apps.length === 0) throw new FaultError({ code: 'HD4002', reason: 'no app is on this server' })
  throw new FaultError({ code: 'HD4001', reason: quoted(app), next: suggest(app, apps, 'this server has') })
}

/** A broken file, or one that cannot be read, does not keep anybody from rolling back: then it says nothing. */
const appHere = (cwd: string): string | null => {
  try {
    const file = readConfigFile(cwd, undefined)
    return file.ok ? file.parsed.config.app : null
  } catch (cause) {
    if (cause instanceof FaultError) return null
    throw cause
  }
}
