// What each key means, its default and its limits.

import { fc, test as property } from '@fast-check/vitest'
import { usualErrors, usualLatency } from '@humdrum/core/analysis/metric.ts'
import { expect, test } from 'vitest'
import { configSchema } from './schema.ts'

const reference = `$${'{env:SHOP_DB}'}`
const least = { version: 1, app: 'shop', run: { command: 'node server.js' }, environments: { production: {} } }
const production = (environment: object): unknown => ({ ...least, environments: { production: environment } })
const rolloutOf = (rollout: object) => configSchema.parse(production({ rollout })).environments['production']?.rollout
const routerOf = (router: object) => configSchema.parse(production({ router })).environments['production']?.router

test('fills in every default', () => {
  expect(configSchema.parse(least)).toEqual({
    version: 1,
    app: 'shop',
    observed: {},
    build: null,
    ignore: [],
    run: {
      command: 'node server.js',
      env: {},
      health: { path: '/healthz', timeoutMs: 30_000 },
      stop: { timeoutMs: 10_000 },
    },
    environments: {
      production: {
        name: 'production',
        target: { kind: 'process', instances: 1 },
        router: { kind: 'edge', host: null, warmup: null, shield: 'unreachable', sticky: false },
        metrics: null,
        rollout: {
          strategy: 'canary',
          steps: [10_000, 50_000, 250_000, 500_000].map((weight) => ({ kind: 'setWeight', weight })),
          analysis: {
            ...{ alpha: 10_000, beta: 50_000, metrics: [usualErrors, usualLatency] },
            minExposure: { requests: 200, timeMs: 120_000 },
          },
          bake: { forMs: 1_800_000, holdback: 50_000 },
          onFailure: 'rollback',
          standbyMs: 3_600_000,
          lowTraffic: 'pause',
          stepBudgetMs: 1_800_000,
        },
      },
    },
  })
})

test('keeps what is written', () => {
  const written = {
    version: 1,
    app: 'shop',
    build: { run: 'npm run build', output: './dist//web/' },
    ignore: ['node_modules', '**/*.log'],
    run: {
      command: 'x',
      env: { DB: reference, EMPTY: '' },
      health: { path: '/up?x=1', timeout: '5s' },
      stop: { timeout: '0s' },
    },
    environments: {
      'eu-1': { target: { instances: 3 }, router: { host: 'shop.example', warmup: 20, shield: '5xx', sticky: true } },
      constructor: {},
    },
  }
  const config = configSchema.parse(written)
  expect(config.build).toEqual({ run: 'npm run build', output: 'dist/web' })
  expect(config.ignore).toEqual(written.ignore)
  expect(config.run).toEqual({
    command: 'x',
    env: written.run.env,
    health: { path: '/up?x=1', timeoutMs: 5_000 },
    stop: { timeoutMs: 0 },
  })
  expect(Object.keys(config.environments)).toEqual(['eu-1', 'constructor'])
  expect(config.environments['eu-1']?.target.instances).toBe(3)
  expect(config.environments['eu-1']?.router).toEqual({
    kind: 'edge',
    host: 'shop.example',
    warmup: { requests: 20, path: '/up?x=1' },
    shield: '5xx',
    sticky: true,
  })
})

test('reads both forms of a warm-up, and none', () => {
  expect(routerOf({ warmup: 0 })?.warmup).toBeNull()
  expect(routerOf({ warmup: { requests: 0, path: '/a' } })?.warmup).toBeNull()
  expect(routerOf({ warmup: 5 })?.warmup).toEqual({ requests: 5, path: '/healthz' })
  expect(routerOf({ warmup: { requests: 5 } })?.warmup).toEqual({ requests: 5, path: '/healthz' })
  expect(routerOf({ warmup: { requests: 5, path: '/a' } })?.warmup).toEqual({ requests: 5, path: '/a' })
})

test('reads every form of a step', () => {
  const steps = [
    { setWeight: '0.5%' },
    { pause: '30s' },
    { pause: {} },
    { pause: { duration: '1m' } },
    { setWeight: '99 %' },
  ]
  expect(rolloutOf({ steps })?.steps).toEqual([
    { kind: 'setWeight', weight: 5_000 },
    { kind: 'pause', forMs: 30_000 },
    { kind: 'pause', forMs: null },
    { kind: 'pause', forMs: 60_000 },
    { kind: 'setWeight', weight: 990_000 },
  ])
})

test('has no steps with allAtOnce, and no bake of 0s', () => {
  expect(rolloutOf({ strategy: 'allAtOnce' })?.steps).toEqual([])
  expect(rolloutOf({ bake: { for: '0s' } })?.bake).toBeNull()
  expect(rolloutOf({ bake: { holdback: '0%' } })?.bake).toEqual({ forMs: 1_800_000, holdback: 0 })
})

test('takes no path that leads out of the folder', () => {
  const read = (output: string) => configSchema.safeParse({ ...least, build: { run: 'x', output } })
  for (const bad of [
    '/dist',
    '..',
    '../x',
    'a/../../b',
    'a/..',
    'a\n/../b',
    'C:/x',
    'c:x',
    '..\\x',
    'a\\b',
    '',
    'a\0b',
  ]) {
    expect(read(bad).success, bad).toBe(false)
  }
  for (const good of ['.', './', 'dist', 'a..b/...c', 'a b/ü']) expect(read(good).success, good).toBe(true)
})

test('takes paths of requests that go over the wire as they are', () => {
  const read = (path: string) => configSchema.safeParse({ ...least, run: { command: 'x', health: { path } } }).success
  for (const bad of ['', 'healthz', 'http://x/', '/a b', '/a#b', '/ü', '/a\r\nX: y', '/\0'])
    expect(read(bad), bad).toBe(false)
  for (const good of ['/', '/healthz', '/a/b?c=d&e=%20']) expect(read(good), good).toBe(true)
})

test('takes host names in lower case', () => {
  const read = (host: string) => configSchema.safeParse(production({ router: { host } })).success
  const long = `${'a'.repeat(63)}.`.repeat(4).slice(0, 253)
  for (const bad of [
    '',
    'Shop.example',
    'a..b',
    '.a',
    'a.',
    '-a',
    'a-',
    'a_b',
    'a:80',
    '*.a',
    'a/b',
    'a'.repeat(64),
    `${long}a`,
  ]) {
    expect(read(bad), bad).toBe(false)
  }
  for (const good of ['localhost', 'shop.example', 'a-b.c1', '127.0.0.1', long]) expect(read(good), good).toBe(true)
})

test('loses no variable without a word, not even one with the name of the prototype', () => {
  const value: unknown = JSON.parse('{"__proto__":{"command":"x"}}')
  expect(configSchema.safeParse({ ...least, run: value }).success).toBe(false)
})

property.prop([fc.anything()])('answers every value without throwing', (value) => {
  expect(configSchema.safeParse(value).success).toBe(false)
})

const path = fc.array(fc.constantFrom('run', 'environments', 'production', 'rollout', 'steps', '0', 'pause'), {
  maxLength: 5,
})
property.prop([path, fc.jsonValue()])('answers every value in every place without throwing', (keys, value) => {
  const nested = keys.reduceRight<unknown>((inner, key) => (key === '0' ? [inner] : { [key]: inner }), value)
  expect(typeof configSchema.safeParse({ ...least, ...(nested as object) }).success).toBe('boolean')
})
