import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { createMetrics } from './metrics.ts'
import type { StartedHttp } from './started-http.ts'
import { deployed, enter, startHttp } from './started-http.ts'

const scrape = async (http: StartedHttp): Promise<string> => (await http.fetch('/metrics')).text()

const comment = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*)$/
const label = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`
const sample = new RegExp(
  `^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{${label}(?:,${label})*\\})? (?:[+-]?(?:\\d[\\d.e+-]*|Inf)|NaN)$`,
)

/** Names of metrics that a comment of this kind is about. */
const namesIn = (text: string, kind: string): Set<string> =>
  new Set(text.split('\n').flatMap((line) => (comment.exec(line)?.[1] === kind ? [comment.exec(line)?.[2] ?? ''] : [])))

test('is the text format of Prometheus: every sample has a help and a type', async () => {
  await using http = await startHttp()
  await deployed(http.client)
  const response = await http.fetch('/metrics')
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  const text = await response.text()
  const [helps, types] = [namesIn(text, 'HELP'), namesIn(text, 'TYPE')]
  const lines = text.split('\n').filter((line) => line !== '')
  expect(lines.filter((line) => !comment.test(line) && !sample.test(line))).toEqual([])
  const names = lines.flatMap((line) => sample.exec(line)?.[1] ?? [])
  expect(names.length).toBeGreaterThan(20)
  for (const name of names) {
    const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')
    expect([family, helps.has(family), types.has(family)]).toEqual([family, true, true])
  }
})

test('counts environments by phase, transitions, and requests by their route', async () => {
  await using http = await startHttp()
  const { id, number } = await deployed(http.client)
  await enter(http.store, number, { phase: 'Preparing' })
  await http.fetch(`/v1/rollouts/${id}`)
  await http.fetch('/v1/rollouts/r-9')
  await http.fetch('/nowhere')
  const text = await scrape(http)
  for (const line of [
    'humdrum_rollouts{phase="Preparing"} 1',
    'humdrum_rollouts{phase="Pending"} 0',
    'humdrum_transitions_total{phase="Pending"} 1',
    'humdrum_transitions_total{phase="Preparing"} 1',
    'humdrum_api_request_seconds_count{route="getRollout",method="GET",status="200"} 1',
    'humdrum_api_request_seconds_count{route="getRollout",method="GET",status="404"} 1',
    'humdrum_api_request_seconds_count{route="unknown",method="GET",status="404"} 1',
  ])
    expect(text.split('\n')).toContain(line)
})

test('names nobody and nothing: no token, no digest, no app, no address', async () => {
  await using http = await startHttp()
  const { artifact } = await deployed(http.client)
  await http.fetch('/v1/rollouts/r-1?app=shop')
  const text = await scrape(http)
  const hash = createHash('sha256').update(http.token).digest('hex')
  for (const secret of [http.token, hash, artifact.slice('sha256:'.length), 'shop', 'r-1', '/v1'])
    expect(text).not.toContain(secret)
})

test('two who ask at the same instant count nothing twice', async () => {
  await using http = await startHttp()
  for (let count = 0; count < 3; count += 1) {
    const { number } = await deployed(http.client)
    await enter(http.store, number, { phase: 'Succeeded' })
  }
  const { text: read } = createMetrics(http.store)
  for (const text of await Promise.all([read(), read(), read()]))
    expect(text).toContain('humdrum_transitions_total{phase="Succeeded"} 3\n')
})

test('a store that did not answer once spoils nothing afterwards', async () => {
  await using http = await startHttp()
  const { number } = await deployed(http.client)
  let isBroken = true
  const metrics = createMetrics({
    ...http.store,
    get db() {
      if (isBroken) throw new Error('the store is away')
      return http.store.db
    },
  })
  await expect(metrics.text()).rejects.toThrow('the store is away')
  isBroken = false
  await enter(http.store, number, { phase: 'Preparing' })
  expect(await metrics.text()).toContain('humdrum_transitions_total{phase="Pending"} 1\n')
})
