// The sections of humdrum.yaml about how an app is built and run. What follows from them (a shell, a process, a tar)
// is the business of those who carry it out.
import { wellFormedReferences } from '@humdrum/core/delivery/env-reference.ts'
import { z } from 'zod'
import { dictionary, section, text } from './section.ts'
import { asMessage } from './sentences.ts'
import { durationMs } from './units.ts'

const hour = 3_600_000
const referenceExample = '$' + '{env:NAME}'

/** A path of a request: visible ASCII, so that it goes over the wire as it is written; no fragment. */
export const requestPath = text('path: /healthz', { most: 2_048 }).regex(/^\/[!"$-~]*$/, {
  error: (issue) =>
    String(issue.input).startsWith('/')
      ? 'must be a path of visible ASCII characters, without spaces and #'
      : asMessage("must begin with '/'", 'write the path alone, such as /healthz, without scheme and host'),
})

/** Not absolute, on no system; no `..` between its slashes; no backslash, which is a separator on one system only. */
const insideFolder = /^(?!\/|[A-Za-z]:)(?!([\s\S]*\/)?\.\.(\/|$))[^\\]*$/

const relativePath = text('dist', { most: 1_024 }).regex(insideFolder, {
  error: asMessage('must be a path inside the folder of this file', "relative, with '/', without '..', such as dist"),
})

/** `./dist/` and `dist//` become `dist`. */
const normalised = (path: string): string => {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.length === 0 ? '.' : parts.join('/')
}

export const buildSchema = section({
  run: text('run: npm run build').describe(
    'Command that builds the app, run in the folder of this file by `humdrum deploy`.',
  ),
  output: relativePath
    .describe(
      'Folder that the build leaves behind and that is deployed, relative to this file; `.` for the folder of the file.',
    )
    .transform(normalised),
}).describe('How the artifact is built. Without it the folder of this file is deployed, minus `ignore`.')

export const ignoreSchema = z
  .array(relativePath)
  .max(1_000)
  .prefault([])
  .describe(
    'Globs of paths, relative to this file, that do not become part of the artifact when the folder itself is deployed.',
  )

const envValue = z
  .string({
    error: (issue) => (issue.input === null ? asMessage('is empty', 'write "" for an empty value') : undefined),
  })
  .max(32_768)
  .refine((value) => !value.includes('\0'), { error: 'has a NUL character in it' })
  .regex(wellFormedReferences, {
    error: asMessage(
      `has a reference that is not of the form ${referenceExample}`,
      'a name is letters, digits and _, and does not begin with a digit',
    ),
  })

const envSchema = dictionary(
  {
    form: /^(?!PORT$)[A-Za-z_][A-Za-z0-9_]*$/,
    says: (key) =>
      key === 'PORT'
        ? asMessage('cannot be set here', 'Humdrum gives every instance a port of its own in PORT: listen on that')
        : asMessage('is not a name for a variable', 'letters, digits and _, not beginning with a digit'),
  },
  envValue,
)

export const runSchema = section(
  {
    command: text('command: node server.js').describe(
      'Command that starts one instance, in the folder of the artifact. It listens on the port in the variable `PORT`.',
    ),
    env: envSchema
      .prefault({})
      .describe(
        `Variables of the app, by name; \`PORT\` cannot be set here. \`${referenceExample}\` takes the value of a variable of the server at every start.`,
      ),
    health: section({
      path: requestPath
        .prefault('/healthz')
        .describe('Path that answers 2xx when an instance can take requests; begins with `/`.'),
      timeout: durationMs(1, hour)
        .prefault('30s')
        .describe('How long a new instance may take until it is ready; at most `1h`.'),
    })
      .prefault({})
      .describe('When an instance counts as ready.'),
    stop: section({
      timeout: durationMs(0, hour)
        .prefault('10s')
        .describe('How long an instance may take to end after SIGTERM, before SIGKILL; at most `1h`.'),
    })
      .prefault({})
      .describe('How an instance is stopped.'),
  },
  'run: { command: node server.js }',
)
  .describe('How one instance is run.')
  .transform(({ command, env, health, stop }) => ({
    command,
    env,
    health: { path: health.path, timeoutMs: health.timeout },
    stop: { timeoutMs: stop.timeout },
  }))
