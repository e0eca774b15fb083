// From text to a config and back over the wire; and that no text and no value makes the parser throw.

import { fc, test as property } from '@fast-check/vitest'
import { usualErrors } from '@humdrum/core/analysis/metric.ts'
import { expect, test } from 'vitest'
import { parseConfig, parseConfigValue } from './parse.ts'
import { renderProblem } from './problem.ts'

// Written in parts, so that the lint rule against forgotten template strings keeps watch.
const reference = (name: string): string => `$${'{env:'}${name}}`

const wholeFile = `# humdrum.yaml
version: 1
app: shop                                       # a comment
build: { run: npm run build, output: dist }     # optional; without it the folder itself, minus ignore:
run: { command: node server.js, env: { LOG_LEVEL: info, DB: "${reference('SHOP_DB')}" }, health: { path: /healthz, timeout: 30s }, stop: { timeout: 10s } }
environments:
  production:
    target: { kind: process, instances: 2 }
    router: { kind: edge, host: shop.example, warmup: 20, shield: off }
    rollout:
      strategy: canary
      steps: [{ setWeight: 1% }, { pause: 30s }, { setWeight: 25% }, { setWeight: 50% }]
      analysis: { alpha: 1%, metrics: [{ metric: errors }], minExposure: { requests: 200, time: 2m } }
      bake: { for: 30m, holdback: 5% }
      onFailure: rollback
`

const head = 'version: 1\napp: shop\n'
const run = 'run: { command: node server.js }\n'
const environments = 'environments: { production: {} }\n'
const least = `${head}${run}${environments}`
test('reads a whole file', () => {
  const parsed = parseConfig(wholeFile, 'humdrum.yaml')
  expect(parsed.ok && parsed.config.environments['production']).toEqual({
    name: 'production',
    target: { kind: 'process', instances: 2 },
    metrics: null,
    router: {
      kind: 'edge',
      host: 'shop.example',
      warmup: { requests: 20, path: '/healthz' },
      shield: 'off',
      sticky: false,
    },
    rollout: {
      strategy: 'canary',
      steps: [
        { kind: 'setWeight', weight: 10_000 },
        { kind: 'pause', forMs: 30_000 },
        { kind: 'setWeight', weight: 250_000 },
        { kind: 'setWeight', weight: 500_000 },
      ],
      analysis: {
        alpha: 10_000,
        beta: 50_000,
        metrics: [usualErrors],
        minExposure: { requests: 200, timeMs: 120_000 },
      },
      bake: { forMs: 1_800_000, holdback: 50_000 },
      onFailure: 'rollback',
      standbyMs: 3_600_000,
      stepBudgetMs: 1_800_000,
      lowTraffic: 'pause',
    },
  })
  expect(parsed.ok && parsed.config.run?.env).toEqual({ LOG_LEVEL: 'info', DB: reference('SHOP_DB') })
})

test('gives a value that the server reads to the same config', () => {
  const parsed = parseConfig(wholeFile, 'humdrum.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map(renderProblem).join('\n'))
  const overTheWire: unknown = JSON.parse(JSON.stringify(parsed.value))
  expect(parseConfigValue(overTheWire)).toEqual({ ok: true, value: parsed.config })
})

test('tells where each part stands', () => {
  const parsed = parseConfig(wholeFile, 'conf/humdrum.yaml')
  if (!parsed.ok) throw new Error('the file is right')
  expect(parsed.placeOf(['environments'])).toBe('conf/humdrum.yaml:7:3')
  expect(parsed.placeOf(['run', 'health', 'timeout'])).toMatch(/^conf\/humdrum\.yaml:5:\d+$/)
  expect(parsed.placeOf(['build', 'nothing'])).toBe('conf/humdrum.yaml:4:8')
})

test('reads files with a byte order mark, Windows line ends and anchors', () => {
  const anchored = `${head}run: { command: x, health: { timeout: &t 5s }, stop: { timeout: *t } }\n${environments}`
  const parsed = parseConfig(`\uFEFF${anchored.replaceAll('\n', '\r\n')}`, 'humdrum.yaml')
  expect(parsed.ok && parsed.config.run?.stop).toEqual({ timeoutMs: 5_000 })
})

test('the server says the first problem and how many more there are', () => {
  expect(parseConfigValue({ version: 1, app: 'shop', run: { command: 'x', health: { timeout: 30 } } })).toMatchObject({
    ok: false,
    fault: { code: 'HD2003', place: 'run.health.timeout' },
  })
  const fault = parseConfigValue({ version: 1, app: 'Shop', run: { command: '' }, environments: { a: {} } })
  expect(fault.ok ? '' : fault.fault.reason).toMatchInlineSnapshot(
    `"app must be 1 to 40 lower-case letters, digits and dashes, and neither begin nor end with a dash (write shop), and 1 more"`,
  )
  expect(parseConfigValue(null).ok).toBe(false)
})

test('stops after fifty problems and says how many there are', () => {
  const parsed = parseConfig(`${least}${Array.from({ length: 1_000 }, (_, index) => `k${index}: 1\n`).join('')}`, 'f')
  expect(parsed.ok ? [] : parsed.problems).toHaveLength(51)
  expect(parsed.ok ? '' : parsed.problems[50]?.message).toBe('and 950 more from here on')
})

const pieces = fc.constantFrom(
  ...'{}[]:,-&*!|>%@`"\'#?\n \t\\'.split(''),
  'a',
  'run',
  '<<',
  '__proto__',
  '1%',
  '---',
  '\uFEFF',
  '\0',
)
property.prop([
  fc.oneof(
    fc.array(pieces, { maxLength: 60 }).map((some) => some.join('')),
    fc.string(),
  ),
])('answers every text without throwing, each problem with a place inside the text', (text) => {
  const parsed = parseConfig(text, 'f')
  expect(parsed.ok).toBe(false)
  const places = parsed.ok ? [] : parsed.problems.map(({ place }) => /^f:(\d+):(\d+)$/.exec(place))
  for (const place of places) expect(Number(place?.[1])).toBeLessThanOrEqual(text.split('\n').length)
  expect(places.length).toBeGreaterThan(0)
})

property.prop([fc.jsonValue({ maxDepth: 4 })])('reads JSON as the server reads its value', (value) => {
  const parsed = parseConfig(
    JSON.stringify({ version: 1, app: 'shop', run: { command: 'x' }, environments: value }),
    'f',
  )
  const ofValue = parseConfigValue({ version: 1, app: 'shop', run: { command: 'x' }, environments: value })
  // Text may hold the name of the prototype as a key, and is refused for it alone.
  if (!JSON.stringify(value).includes('__proto__')) expect(parsed.ok).toBe(ofValue.ok)
})
