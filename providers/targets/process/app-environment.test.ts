import type { RunSpec } from '@humdrum/core/ports.ts'
import { expect, test } from 'vitest'
import { appEnvironment, missingVariables, plainPath } from './app-environment.ts'

const run = (env: Record<string, string>): RunSpec => ({
  command: 'node server.js',
  env,
  health: { path: '/', timeoutMs: 1_000 },
  stop: { timeoutMs: 1_000 },
})
const place = { app: 'shop', environment: 'production', release: 'v1', instance: 'i-1', port: 4_711, home: '/work' }

/** A reference as it is written in humdrum.yaml. */
const ref = (name: string): string => `$\{env:${name}}`

test('an app sees what is its own and what it asks for, and nothing else of the server', () => {
  const variables = { PATH: '/bin', TZ: 'UTC', SHOP_DB: 'secret', AWS_SECRET: 'no', npm_config_x: 'no' }
  expect(appEnvironment(run({ LOG: 'info', DB: `db:${ref('SHOP_DB')}!` }), place, variables)).toEqual({
    ok: true,
    value: {
      PATH: '/bin',
      HOME: '/work',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      HOST: '127.0.0.1',
      LOG: 'info',
      DB: 'db:secret!',
      PORT: '4711',
      HUMDRUM_APP: 'shop',
      HUMDRUM_ENVIRONMENT: 'production',
      HUMDRUM_RELEASE: 'v1',
      HUMDRUM_INSTANCE: 'i-1',
    },
  })
})

test('a release may say its own HOST and PATH, but not who it is', () => {
  const environment = appEnvironment(
    run({ HOST: '0.0.0.0', PATH: '/opt', PORT: '1', HUMDRUM_INSTANCE: 'x' }),
    place,
    {},
  )
  expect(environment).toMatchObject({ value: { HOST: '0.0.0.0', PATH: '/opt', PORT: '4711', HUMDRUM_INSTANCE: 'i-1' } })
})

test('what is missing is named, each once; an empty variable is set', () => {
  const asking = run({ A: ref('B') + ref('A'), C: ref('A'), D: ref('EMPTY'), E: `$B $\{B} ${ref('')}` })
  expect(missingVariables(asking, { EMPTY: '' })).toEqual(['A', 'B'])
  expect(appEnvironment(asking, place, { EMPTY: '' })).toMatchObject({ fault: { code: 'HD4103', reason: 'A, B' } })
})

test('a value of the server is taken as it is, also when it looks like a reference or a pattern', () => {
  const environment = appEnvironment(run({ A: ref('X') }), place, { X: `${ref('Y')} $& $'`, Y: 'y' })
  expect(environment).toMatchObject({ value: { A: `${ref('Y')} $& $'` } })
})

test('PATH is without what npm adds, and without folders that depend on where one is', () => {
  const npm = '/a/b/node_modules/.bin:/a/node_modules/.bin:/x/@npmcli/run-script/lib/node-gyp-bin'
  expect(plainPath(`${npm}:/usr/bin:.:bin::/bin`)).toBe('/usr/bin:/bin')
  expect(plainPath(npm)).toBe('/usr/local/bin:/usr/bin:/bin')
  expect(plainPath(undefined)).toBe('/usr/local/bin:/usr/bin:/bin')
})
