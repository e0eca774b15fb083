// The schema of humdrum.yaml: what may be written, and what it means (app-config.ts). One app per file today; the part
// that belongs to an app is a shape of its own, so that a file can hold a list of apps later.
import { needsSource } from '@humdrum/core/analysis/metric.ts'
import { z } from 'zod'
import type { AppConfig, EnvironmentConfig, ObservedEnvironment } from './app-config.ts'
import { parseAppName, parseEnvironmentName, scopeNameForm, scopeNameRule } from './names.ts'
import { shown } from './problem.ts'
import { rolloutSchema } from './rollout-schema.ts'
import { buildSchema, ignoreSchema, requestPath, runSchema } from './run-schema.ts'
import { dictionary, section, text, wholeNumber } from './section.ts'
import { asMessage } from './sentences.ts'
import { sourceSchema } from './source-schema.ts'

const hostForm = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/

const hostSchema = text('shop.example', { most: 253 })
  .regex(hostForm, {
    error: ({ input }) => {
      const lower = String(input).toLowerCase()
      const hint = hostForm.test(lower) ? `write ${lower}` : 'such as shop.example, without scheme, port, path and *'
      return asMessage(`must be a host name in lower case, not ${shown(input)}`, hint)
    },
  })
  .describe(
    'Requests for this host go to this environment, in lower case and without port; without it those for any host that no other route names.',
  )

const warmupSchema = z
  .union(
    [
      wholeNumber(0, 10_000),
      section({
        requests: wholeNumber(0, 10_000).describe('How many.'),
        path: requestPath.optional().describe('Where to; `run.health.path` without it.'),
      }),
    ],
    {
      error: () =>
        asMessage('must be a whole number or a mapping', 'write warmup: 20, or warmup: { requests: 20, path: / }'),
    },
  )
  .prefault(0)
  .describe(
    'GET requests to `run.health.path` that the edge sends to every new instance before it gets any traffic; they count nowhere. The longer form names another path: `warmup: { requests: 20, path: / }`.',
  )

const environmentSchema = section({
  target: section({
    kind: z.literal('process').prefault('process').describe('Processes on the machine of the server.'),
    instances: wholeNumber(1, 100).prefault(1).describe('Instances of a release when it is whole.'),
  })
    .prefault({})
    .describe('Where instances live.'),
  router: section({
    kind: z.literal('edge').prefault('edge').describe("Humdrum's own proxy."),
    host: hostSchema.optional(),
    warmup: warmupSchema,
    shield: z
      .enum(['unreachable', '5xx', 'off'])
      .prefault('unreachable')
      .describe(
        'Which GET, HEAD and OPTIONS requests that failed on the candidate are answered by stable instead: `unreachable`, `5xx`, which includes those, or `off`; see below.',
      ),
    sticky: z
      .boolean()
      .prefault(false)
      .describe(
        'Whether a client keeps its release while the weight grows, by a cookie; it is judged as one then, however many requests it sends, see below.',
      ),
  })
    .prefault({})
    .describe('What splits the requests between stable and the candidate.'),
  metrics: sourceSchema.optional(),
  rollout: rolloutSchema,
}).describe('One place where releases are exposed; write `{}` to take every default.')

const nameSentence = (name: string): string => {
  const tidy = name.toLowerCase().replaceAll(/[_. ]/g, '-')
  return asMessage(scopeNameRule, scopeNameForm.test(tidy) ? `write ${tidy}` : undefined)
}

/** What belongs to one app, apart from the version of the file's form. */
const appShape = {
  app: text('app: shop')
    .regex(scopeNameForm, { error: ({ input }) => nameSentence(String(input)) })
    .describe('Name of the app: 1 to 40 lower-case letters, digits and dashes.'),
  build: buildSchema.optional(),
  ignore: ignoreSchema,
  run: runSchema.optional().describe('How one instance is run; must be there unless every environment is observed.'),
  environments: dictionary(
    { form: scopeNameForm, says: nameSentence },
    environmentSchema,
    'environments: { production: {} }',
  )
    .refine((environments) => Object.keys(environments).length > 0, {
      error: asMessage('names no environment', 'write at least one, such as production: {}'),
    })
    .meta({ minProperties: 1 })
    .describe('Environments by name: 1 to 40 lower-case letters, digits and dashes.'),
}

/** Where nothing but environments of other deployers is told, there is nothing to run. Asked beside all else that is wrong. */
const hasRun = (file: unknown): boolean => {
  if (typeof file !== 'object' || file === null || Array.isArray(file)) return true // that is said already
  const { run, environments } = file as { readonly run?: unknown; readonly environments?: unknown }
  const all: readonly unknown[] = Object.values(Object(environments))
  return run !== undefined || (all.length > 0 && all.every((one) => Object(Object(one).rollout).strategy === 'observe'))
}

const fileKeys = section({
  version: z
    .literal(1, {
      error: (issue) =>
        issue.input === undefined
          ? asMessage('is missing', 'write version: 1 as the first line')
          : `must be 1, the only form of this file that this Humdrum knows, not ${shown(issue.input)}`,
    })
    .describe('Version of the form of this file.'),
  ...appShape,
})

const fileShape = fileKeys.refine(hasRun, {
  path: ['run'],
  error: asMessage('is missing', 'such as run: { command: node server.js }'),
  when: () => true,
})

type Written = z.output<typeof fileShape>

const environmentOf = (name: string, written: Written): EnvironmentConfig | null => {
  const environment = written.environments[name]
  const parsed = parseEnvironmentName(name)
  if (environment === undefined || parsed === null || environment.rollout.strategy === 'observe') return null
  const { kind, host, warmup, shield, sticky } = environment.router
  const { requests, path } = typeof warmup === 'number' ? { requests: warmup, path: undefined } : warmup
  return {
    name: parsed,
    target: environment.target,
    router: {
      kind,
      host: host ?? null,
      warmup: requests === 0 ? null : { requests, path: path ?? written.run?.health.path ?? '/' },
      ...{ shield, sticky },
    },
    metrics: environment.metrics ?? null,
    rollout: environment.rollout,
  }
}

/** One host in two environments would send the requests of one to the releases of the other. */
const sharedHosts = (environments: readonly EnvironmentConfig[]) =>
  environments.flatMap(({ name, router: { host } }, index) => {
    const first = environments.slice(0, index).find((other) => host !== null && other.router.host === host)
    return first === undefined ? [] : [{ name, message: `is the host of ${first.name} already` }]
  })

const observedOf = (name: string, written: Written): ObservedEnvironment | null => {
  const environment = written.environments[name]
  const parsed = parseEnvironmentName(name)
  if (environment === undefined || parsed === null || environment.rollout.strategy !== 'observe') return null
  const { metrics: source, rollout } = environment
  return source === undefined ? null : { name: parsed, source, analysis: rollout.analysis }
}

/** Metrics that nobody could be asked for. */
const withoutSource = ({ environments }: Written) =>
  Object.entries(environments)
    .filter(([, { metrics }]) => metrics === undefined)
    .flatMap(([name, { rollout }]) =>
      rollout.analysis.metrics.flatMap((metric, index) => (needsSource(metric) ? [{ name, index }] : [])),
    )

/** Reads the value of a whole humdrum.yaml. Its messages are for `parse.ts`: predicates, hints on a second line. */
export const configSchema = fileShape.transform((written, context): AppConfig => {
  const environments = Object.keys(written.environments).flatMap((name) => environmentOf(name, written) ?? [])
  for (const { name, message } of sharedHosts(environments)) {
    context.addIssue({ code: 'custom', path: ['environments', name, 'router', 'host'], message })
  }
  for (const { name, index } of withoutSource(written)) {
    const path = ['environments', name, 'rollout', 'analysis', 'metrics', index]
    const hint = `write beside rollout: metrics: { kind: prometheus, url: http://127.0.0.1:9090 }`
    context.addIssue({ code: 'custom', path, message: asMessage('needs a source, and the environment has none', hint) })
  }
  const { version, build = null, ignore, run = null } = written
  const observed = Object.keys(written.environments).flatMap((name) => observedOf(name, written) ?? [])
  const app = parseAppName(written.app)
  if (app === null) throw new Error('the form of app names and its parser disagree')
  return {
    version,
    app,
    build,
    ignore,
    run,
    environments: Object.fromEntries(environments.map((one) => [one.name, one])),
    observed: Object.fromEntries(observed.map((one) => [one.name, one])),
  }
})
