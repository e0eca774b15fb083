// The variables that an app gets: a few of its own, and what its release asks for. Never the server's environment. Pure.
import { failed, ok, type Result } from '@humdrum/core/errors.ts'
import type { RunSpec } from '@humdrum/core/ports.ts'

export type Variables = Readonly<Record<string, string | undefined>>

const reference = /\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}/g

/** The variables of the server that a run asks for (`${env:NAME}`) and that are not set; sorted, each once. */
export const missingVariables = (run: RunSpec, variables: Variables): string[] => {
  const asked = Object.values(run.env).flatMap((value) => [...value.matchAll(reference)].map((match) => match[1] ?? ''))
  return [...new Set(asked)].filter((name) => variables[name] === undefined).sort()
}

// npm puts node_modules/.bin of every folder up the tree and a folder of its own in front of PATH; a relative entry would
// mean another folder in every release.
const isOfNpm = (folder: string): boolean => /(^|\/)(node_modules\/\.bin|node-gyp-bin)\/?$/.test(folder)

/** The PATH of the server as it was before npm added to it. */
export const plainPath = (path: string | undefined): string => {
  const folders = (path ?? '').split(':').filter((folder) => folder.startsWith('/') && !isOfNpm(folder))
  return folders.length === 0 ? '/usr/local/bin:/usr/bin:/bin' : folders.join(':')
}

export type AppPlace = {
  readonly app: string
  readonly environment: string
  readonly release: string
  readonly instance: string
  readonly port: number
  /** A folder that the app may write to. */
  readonly home: string
}

/**
 * Everything that the app sees. The release's own values win, except over PORT and HUMDRUM_*, which say who it is.
 * Fails with HD4103. The result holds secrets: it goes to the process and nowhere else.
 */
export const appEnvironment = (run: RunSpec, place: AppPlace, variables: Variables): Result<Record<string, string>> => {
  const missing = missingVariables(run, variables)
  if (missing.length > 0) return failed('HD4103', missing.join(', '))
  const asked = Object.entries(run.env).map(
    ([name, value]) => [name, value.replaceAll(reference, (_, variable: string) => variables[variable] ?? '')] as const,
  )
  const zone = variables['TZ'] === undefined ? {} : { TZ: variables['TZ'] }
  return ok({
    PATH: plainPath(variables['PATH']),
    HOME: place.home,
    LANG: variables['LANG'] ?? 'C.UTF-8',
    ...zone,
    HOST: '127.0.0.1',
    ...Object.fromEntries(asked),
    PORT: String(place.port),
    HUMDRUM_APP: place.app,
    HUMDRUM_ENVIRONMENT: place.environment,
    HUMDRUM_RELEASE: place.release,
    HUMDRUM_INSTANCE: place.instance,
  })
}
