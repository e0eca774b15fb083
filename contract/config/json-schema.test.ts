// The JSON Schema for editors agrees with the parser where it can. That the committed one is this one: cli/docs/.
import { expect, test } from 'vitest'
import { z } from 'zod'
import { humdrumJsonSchema, type JsonSchema } from './json-schema.ts'
import { configSchema } from './schema.ts'

const schema = humdrumJsonSchema()
const validator = z.fromJSONSchema({ ...schema })

const example = {
  version: 1,
  app: 'shop',
  build: { run: 'npm run build', output: 'dist' },
  run: {
    command: 'node server.js',
    env: { LOG_LEVEL: 'info', DB: `$${'{env:SHOP_DB}'}` },
    health: { path: '/healthz', timeout: '30s' },
    stop: { timeout: '10s' },
  },
  environments: {
    production: {
      target: { kind: 'process', instances: 2 },
      router: { kind: 'edge', host: 'shop.example', warmup: 20, shield: '5xx' },
      rollout: {
        strategy: 'canary',
        steps: [
          { setWeight: '1%' },
          { pause: '30s' },
          { pause: {} },
          { pause: { duration: '1m' } },
          { setWeight: '50%' },
        ],
        analysis: {
          alpha: '1%',
          metrics: [{ metric: 'errors', margin: { ratio: 2 }, ceiling: '5%' }],
          minExposure: { requests: 200, time: '2m' },
        },
        bake: { for: '30m', holdback: '5%' },
        onFailure: 'rollback',
        stepBudget: '30m',
      },
    },
    staging: {},
  },
}
const inProduction = (environment: object): unknown => ({ ...example, environments: { production: environment } })

test('is draft 07, with the words that editors show', () => {
  expect(schema['$schema']).toBe('http://json-schema.org/draft-07/schema#')
  expect(schema['title']).toBe('humdrum.yaml')
  expect(schema['required']).toEqual(['version', 'app', 'environments'])
})

test('accepts what the parser accepts', () => {
  expect(validator.safeParse(example).success).toBe(true)
  expect(configSchema.safeParse(example).success).toBe(true)
})

test.each([
  ['an unknown key', { ...example, replicas: 2 }],
  ['a key that is missing', { ...example, run: {} }],
  ['another version', { ...example, version: 2 }],
  ['an app with capitals', { ...example, app: 'Shop' }],
  ['an environment with capitals', { ...example, environments: { Production: {} } }],
  ['no environment', { ...example, environments: {} }],
  ['a number as a variable', { ...example, run: { command: 'x', env: { A: 1 } } }],
  ['a variable that is no name', { ...example, run: { command: 'x', env: { '1A': 'x' } } }],
  ['a broken reference', { ...example, run: { command: 'x', env: { A: `$${'{env:1}'}` } } }],
  ['a path out of the folder', { ...example, build: { run: 'x', output: '../dist' } }],
  ['a duration without a unit', inProduction({ rollout: { stepBudget: 30 } })],
  ['a share without a sign', inProduction({ rollout: { bake: { holdback: '5' } } })],
  ['a step of two', inProduction({ rollout: { steps: [{ setWeight: '1%', pause: '3s' }] } })],
  ['an empty step', inProduction({ rollout: { steps: [{}] } })],
  ['another strategy', inProduction({ rollout: { strategy: 'blueGreen' } })],
  ['a shield that is none', inProduction({ router: { shield: '502' } })],
  ['a host with capitals', inProduction({ router: { host: 'Shop.example' } })],
])('refuses %s, as the parser does', (_what, value) => {
  expect(validator.safeParse(value).success).toBe(false)
  expect(configSchema.safeParse(value).success).toBe(false)
})

test('closes every mapping with known keys and explains every key', () => {
  const walk = (node: unknown, path: string): readonly string[] => {
    if (typeof node !== 'object' || node === null) return []
    const { properties, additionalProperties } = node as JsonSchema
    const own = typeof properties === 'object' && properties !== null ? Object.entries(properties) : []
    const open = own.length > 0 && additionalProperties !== false ? [`${path} is open`] : []
    const silent = own
      .filter(([, of]) => !(of as JsonSchema)['description'])
      .map(([key]) => `${path}.${key} is unexplained`)
    return [...open, ...silent, ...Object.entries(node).flatMap(([key, value]) => walk(value, `${path}.${key}`))]
  }
  expect(walk(schema, '')).toEqual([])
})
