// Goal: what can never be measured is found before anything runs, and a source that is away keeps back only who waits for it.
import { parseConfig } from '@humdrum/contract/config/parse.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { SourceCheck } from '@humdrum/core/ports.ts'
import { expect, onTestFinished, test } from 'vitest'
import { silentSource } from '../metrics-source.ts'
import { deploy } from './accept.ts'
import { bytes, openBed } from './delivery-bed.ts'
import { checkMeasurable, measurableOf } from './measurable.ts'

const token = '$' + '{env:TOKEN}'

const configWith = (metric: string) => {
  const text = `version: 1
app: shop
run: { command: node server.js }
environments:
  production:
    target: { instances: 2 }
    metrics: { url: http://127.0.0.1:9090, token: "${token}" }
    rollout: { analysis: { metrics: [{ metric: errors }, ${metric}] } }
`
  const parsed = parseConfig(text, 'humdrum.yaml')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return parsed.config
}
const conversion = (more = '') =>
  `{ metric: conversion, hits: 'a{v="{{release}}"}', total: 'b{v="{{release}}"}'${more} }`

const bedWith = async (check: SourceCheck, missing: readonly string[] = []) => {
  const bed = await openBed()
  onTestFinished(() => bed.store.close())
  const source = { ...silentSource('none'), check: async () => check }
  bed.parts = { ...bed.parts, sourceOf: () => source, missingForSource: () => missing }
  return bed
}

const asked = async (check: SourceCheck, metric: string, missing: readonly string[] = []) => {
  const { production } = configWith(metric).environments
  if (production === undefined) throw new Error('no production')
  return checkMeasurable((await bedWith(check, missing)).parts, measurableOf(production, 'v1' as Version))
}

const refused = { kind: 'refused', reason: 'Prometheus says: parse error' } as const
const away = { kind: 'unreachable', reason: 'Prometheus is not reached' } as const
const empty = { kind: 'empty', reason: 'no metric is called a' } as const

test.for([
  ['a query that is refused', refused, conversion(), 'HD4110', 'conversion: Prometheus says: parse error'],
  [
    'a source that is away, and waited for',
    away,
    conversion(', required: true'),
    'HD4111',
    'conversion: Prometheus is not reached; full exposure waits for it',
  ],
] as const)('%s keeps a deploy from beginning', async ([, check, metric, code, reason]) => {
  expect(await asked(check, metric)).toEqual({ ok: false, fault: { code, reason } })
})

test.for([
  ['a source that is away', away, conversion(), ['conversion: Prometheus is not reached']],
  [
    'a metric that stable does not have',
    empty,
    conversion(', required: true'),
    ['conversion: no metric is called a; v1 has nothing to compare with'],
  ],
  ['nothing', { kind: 'fine' }, conversion(), []],
  ['a source that nobody asks', refused, '{ metric: restarts }', []],
] as const)('%s is told, and keeps nothing from beginning', async ([, check, metric, warnings]) => {
  expect(await asked(check, metric)).toEqual({ ok: true, value: warnings })
})

test('a variable that the token names and the server lacks is named', async () => {
  expect(await asked({ kind: 'fine' }, conversion(), ['TOKEN'])).toMatchObject({
    ...{ ok: false, fault: { code: 'HD4103', reason: 'TOKEN, named in metrics.token' } },
  })
})

test('a deploy that is refused for its metrics leaves no row, and the source stands in the plan of one that begins', async () => {
  const bed = await bedWith(refused)
  await bed.live(bytes.one)
  const config = configWith(conversion())
  const deploying = { config, environment: undefined, version: undefined, artifact: bytes.two, actor: 'ada' }
  expect(await deploy(bed.parts, deploying)).toMatchObject({ ok: false, fault: { code: 'HD4110' } })
  bed.parts = { ...bed.parts, sourceOf: () => ({ ...silentSource('none'), check: async () => ({ kind: 'fine' }) }) }
  expect(await deploy(bed.parts, deploying)).toMatchObject({ ok: true, value: { rollout: 2 } })
  const row = await bed.store.db.selectFrom('rollouts').select('state').where('id', '=', 2).executeTakeFirstOrThrow()
  expect(JSON.parse(row.state).plan.source).toEqual({
    ...{ kind: 'prometheus', url: 'http://127.0.0.1:9090', token, intervalMs: 10_000 },
  })
})
