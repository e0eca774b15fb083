// Whatever lies in a folder, what is written is a valid file that says what was meant.

import { fc, test as property } from '@fast-check/vitest'
import { parseConfig } from '@humdrum/contract/config/parse.ts'
import { renderProblem } from '@humdrum/contract/config/problem.ts'
import { expect, test } from 'vitest'
import { configText } from './config-text.ts'
import { parseDockerfile } from './dockerfile.ts'
import { draftOf } from './draft.ts'
import { parseManifest } from './manifest.ts'
import { parseProcfile } from './procfile.ts'
import type { Survey } from './survey.ts'

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '@acme/Shop',
    'node dist/server.js',
    'true',
    'a: b',
    'a #b',
    '- x',
    '"',
    "'",
    '',
    ' ',
    '\u0085',
    '魚',
  ),
)
const list = fc.array(anyText, { maxLength: 4 })
const maybe = fc.option(anyText, { nil: undefined })

const anyManifest = fc
  .record({
    name: maybe,
    main: maybe,
    scripts: fc.record({ start: maybe, build: maybe }),
    dependencies: fc.dictionary(anyText, anyText),
  })
  .map((manifest) => parseManifest(JSON.stringify(manifest)))

const anySurvey: fc.Arbitrary<Survey> = fc.record({
  folderName: anyText,
  manifest: fc.option(anyManifest),
  procfile: fc.option(fc.tuple(anyText, anyText).map(([web, name]) => parseProcfile(`web: ${web}\n${name}: x`))),
  dockerfile: fc.option(
    fc.tuple(list, anyText, anyText).map(([words, port, value]) => {
      const lines = [`CMD ${JSON.stringify(words)}`, `EXPOSE ${port}`, `ENV A=${value}`]
      return parseDockerfile(lines.join('\n'))
    }),
  ),
  files: fc.array(
    fc.oneof(
      anyText,
      anyText.map((name) => `.env.${name}`),
      fc.constantFrom('server.js', '.env'),
    ),
  ),
  folders: fc.array(fc.constantFrom('dist', 'node_modules', '.next')),
  programs: list,
  healthPath: fc.constantFrom(null, '/healthz', '/up'),
  mentionsPort: fc.boolean(),
})

property.prop([anySurvey], { numRuns: 1_000 })('is valid, and means what was found', (found) => {
  const draft = draftOf(found)
  const parsed = parseConfig(configText(draft), 'humdrum.yaml')
  if (!parsed.ok) expect.fail(parsed.problems.map(renderProblem).join('\n'))
  const { app, run, ignore, build } = parsed.config
  expect({ app, ignore, command: run?.command, path: run?.health.path }).toEqual({
    app: draft.app,
    ignore: draft.ignore,
    command: draft.command?.line ?? 'node server.js',
    path: draft.healthPath,
  })
  expect(build?.output ?? null).toBe(draft.build?.output ?? null)
})

const nothing: Survey = {
  ...{ folderName: 'shop', manifest: null, procfile: null, dockerfile: null, files: [], folders: [], programs: [] },
  ...{ healthPath: null, mentionsPort: false },
}

test('stays valid when what it proposes in comments is taken', () => {
  const text = configText(draftOf(nothing))
  for (const section of ['build: {', 'ignore: [', 'env: {', 'rollout:']) expect(text).toContain(`# ${section}`)
  const taken = text
    .replaceAll(/^( *)# ((build|ignore|env|rollout):.*)$/gm, '$1$2')
    .replaceAll(/^ {4}# {3}(\w+: .*)$/gm, '      $1')
  const parsed = parseConfig(taken, 'humdrum.yaml')
  if (!parsed.ok) expect.fail(`${parsed.problems.map(renderProblem).join('\n')}\n${taken}`)
  expect(parsed.config).toMatchObject({ build: { output: 'out' }, ignore: ['.env*', 'test/**'] })
  expect(parsed.config.environments['production']?.rollout).toMatchObject({ steps: [{}, {}], bake: { forMs: 300_000 } })
})

const withBuild = (dependencies: object, start = 'node dist/server.js', folders: readonly string[] = []) =>
  draftOf({
    ...nothing,
    folders,
    manifest: parseManifest(JSON.stringify({ dependencies, scripts: { build: 'tsc', start } })),
  })

test('deploys the output alone only where it needs nothing beside it', () => {
  expect(withBuild({})).toMatchObject({ build: { output: 'dist' }, command: { line: 'node server.js' } })
  expect(withBuild({ fastify: '5' })).toMatchObject({
    build: { output: '.', likely: 'dist' },
    command: { line: 'node dist/server.js' },
  })
  expect(withBuild({}, 'node server.js', ['out'])).toMatchObject({ build: { output: '.', likely: 'out' } })
  expect(withBuild({ next: '16' }, 'next start')).toMatchObject({ build: { output: '.', likely: '.next' } })
})

test('leaves secrets out of the artifact, and what only shows their form in it', () => {
  const ignored = (...files: readonly string[]) => draftOf({ ...nothing, files }).ignore
  expect(ignored('.env', 'api/.env.local', '.env.example', '.environment')).toEqual(['.env', 'api/.env.local'])
  expect(ignored('.env (old)', '.env [1]/.env')).toEqual(['**/.env', '**/.env.*'])
})

test('says what somebody should look at', () => {
  const manifest = parseManifest('{"dependencies":{"a":"1"},"scripts":{"start":"node server.js --port 3000"}}')
  expect(draftOf({ ...nothing, manifest }).check).toEqual([
    'run.command names a port itself: write "$PORT" there, every instance gets its own',
    'run.health.path: no source mentions one such as /healthz, so it is /; it must answer 2xx',
    'node_modules is part of the artifact and is not there: npm ci before the first deploy',
  ])
  expect(draftOf(nothing).check[0]).toBe('run.command: nothing here says how the app starts; fill in that line')
})
