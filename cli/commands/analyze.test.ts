import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { ppm } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import { capturedTerminal } from '../captured-terminal.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import type { AnalyzeOptions } from './analyze.ts'
import { analyze } from './analyze.ts'

/** `bad` of the candidate's 10 requests a second from second 20 on. */
const counts = (seconds: number, bad: number): string =>
  `time,n1,x1,n0,x0\n${Array.from({ length: seconds }, (_, second) => `${1_764_079_391 + second},10,${second < 20 ? 0 : bad},90,0\n`).join('')}`

const config = (rollout: string): string =>
  `version: 1\napp: shop\nrun: { command: node shop.mjs }\nenvironments: { production: { rollout: { ${rollout} } } }\n`

const files = { 'bad.csv': counts(60, 1), 'good.csv': counts(200, 0), 'short.csv': counts(30, 0) }

const analyzed = async (options: AnalyzeOptions, more: Readonly<Record<string, string>> = {}) => {
  using folder = temporaryFolder({ ...files, ...more })
  mkdirSync(join(folder.path, 'folder'))
  const terminal = capturedTerminal()
  const exit = await analyze({ terminal, cwd: folder.path, variables: {}, home: undefined }, options)
  return { exit, said: terminal.written() }
}

test('says when it would have gone back, why, and what came after that', async () => {
  expect(await analyzed({ from: 'bad.csv' })).toMatchInlineSnapshot(`
    {
      "exit": 3,
      "said": "it would have gone back after 22 s and 230 candidate requests, at 2025-11-25T14:03:33Z
      errors: the evidence reached its limit
      the recording goes on after that: 37 of 370 (10 %) on the candidate

    errors      3 of 230 (1.3 %) failed on the candidate, 0 of 2,070 (0 %) on stable
                evidence 177 : 1 against "no worse" (goes back at 100 : 1)
                it is at most 5.9 points worse and 0.0075 points better (99 %, at all times)
                not shown to be within its margin (evidence 0.063 : 1 of 20 : 1)
                at these rates no test can know it after fewer than 153 candidate requests in the mean

    under its assumptions (independent units), the statistics stop at most 1 in 100 releases that are no worse; guardrails and missing data stop more
    ",
    }
  `)
})

test('says from when it could have had everything', async () => {
  expect(await analyzed({ from: 'good.csv' })).toMatchInlineSnapshot(`
    {
      "exit": 0,
      "said": "it could have had everything after 2:00 and 1,210 candidate requests, at 2025-11-25T14:05:11Z

    errors      0 of 2,000 (0 %) failed on the candidate, 0 of 18,000 (0 %) on stable
                evidence 1 : 1 against "no worse" (goes back at 100 : 1)
                it is at most 0.32 points worse and 0.043 points better (99 %, at all times)
                shown to be within its margin (evidence 2,881 : 1 of 20 : 1)
                0.15 % or more would most likely have been found

    under its assumptions (independent units), the statistics stop at most 1 in 100 releases that are no worse; guardrails and missing data stop more
    ",
    }
  `)
})

test('says what it could not have seen where nothing is decided', async () => {
  expect(await analyzed({ from: 'short.csv' })).toMatchInlineSnapshot(`
    {
      "exit": 5,
      "said": "nothing is decided by 29 s and 300 candidate requests

    errors      0 of 300 (0 %) failed on the candidate, 0 of 2,700 (0 %) on stable
                evidence 1 : 1 against "no worse" (goes back at 100 : 1)
                it is at most 2.1 points worse and 0.29 points better (99 %, at all times)
                not shown to be within its margin (evidence 2.1 : 1 of 20 : 1)
                1 % or more would most likely have been found

    under its assumptions (independent units), the statistics stop at most 1 in 100 releases that are no worse; guardrails and missing data stop more
    ",
    }
  `)
})

const limitOf = async (options: Omit<AnalyzeOptions, 'from' | 'json'>, rollout = ''): Promise<unknown> => {
  const { said } = await analyzed({ from: 'bad.csv', json: true, ...options }, { 'humdrum.yaml': config(rollout) })
  const { metrics, alpha } = JSON.parse(said)
  return { limit: metrics[0].limit, alpha }
}

test('alpha is shared by what the recording has; with an environment by all of its metrics', async () => {
  expect(await limitOf({})).toEqual({ limit: 100, alpha: 0.01 })
  expect(await limitOf({ environment: 'production' })).toEqual({ limit: 200, alpha: 0.01 })
  expect(await limitOf({ file: 'humdrum.yaml' }, 'analysis: { alpha: 2% }')).toEqual({ limit: 100, alpha: 0.02 })
  expect(await limitOf({ environment: 'production', alpha: ppm(50_000) })).toEqual({ limit: 40, alpha: 0.05 })
})

test.for<[from: string, reason: string]>([
  ['nowhere.csv', 'there is no nowhere.csv'],
  ['folder', 'folder is a folder'],
  ['/dev/null', '/dev/null is no file that can be read twice'],
])('refuses %s: %s', async ([from, reason]) => {
  await expect(analyzed({ from })).rejects.toMatchObject({ fault: { code: 'HD6001', reason } })
})

test('refuses an environment that humdrum.yaml does not have', async () => {
  const asked = analyzed({ from: 'bad.csv', environment: 'prod' }, { 'humdrum.yaml': config('') })
  await expect(asked).rejects.toThrow('unknown environment "prod"')
})

const observed = `version: 1
app: shop
environments:
  production:
    metrics: { url: "http://127.0.0.1:9090" }
    rollout:
      strategy: observe
      analysis:
        metrics: [{ metric: conversion, hits: 'o{v="{{release}}"}', total: 'v{v="{{release}}"}' }]
`

test('a conversion that drops is judged as the environment says it would be', async () => {
  const rows = Array.from({ length: 60 }, (_, row) => `${1_000 + 10 * row},conversion,100,${row < 20 ? 5 : 1},900,45\n`)
  const recording = `time,metric,n1,x1,n0,x0\n${rows.join('')}`
  const more = { 'humdrum.yaml': observed, 'conversion.csv': recording }
  const { exit, said } = await analyzed({ from: 'conversion.csv', environment: 'production' }, more)
  expect(exit).toBe(3)
  expect(said).toMatchInlineSnapshot(`
    "it would have gone back after 4:10 and 2,600 candidate requests, at 1970-01-01T00:20:50Z
      conversion: the evidence reached its limit
      before that it could have had everything: after 2:00 and 1,300 candidate requests, at 1970-01-01T00:18:40Z
      the recording goes on after that: 34 of 3,400 (1 %) on the candidate

    conversion  106 of 2,600 (4.1 %) on the candidate, 1,170 of 23,400 (5 %) on stable
                evidence 156 : 1 against "no worse" (goes back at 100 : 1)
                it is at most 2.5 points worse and 1 point better (99 %, at all times)
                not shown to be within its margin (evidence 0.0014 : 1 of 20 : 1)
                3.4 % or less, 0.68 times stable's, would most likely have been found

    under its assumptions (independent units), the statistics stop at most 1 in 100 releases that are no worse; guardrails and missing data stop more
    "
  `)
  const asErrors = analyzed({ from: 'bad.csv', environment: 'production' }, more)
  await expect(asErrors).rejects.toMatchObject({ fault: { code: 'HD6002', reason: 'unknown metric "errors"' } })
})
