import { readFileSync } from 'node:fs'
import { parseConfig } from '@humdrum/contract/config/parse.ts'
import { readYaml } from '@humdrum/contract/config/read-yaml.ts'
import { createSourceJudge } from '@humdrum/core/analysis/source/source-judge.ts'
import type { ObservationId } from '@humdrum/core/ids.ts'
import type { Observation } from '@humdrum/core/observation/observation.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { getObservation, putObservationJudge } from '../store/observations.ts'
import type { StartedHttp } from './started-http.ts'
import { now, startHttp } from './started-http.ts'

const config = {
  version: 1,
  app: 'podinfo',
  environments: {
    production: {
      metrics: { url: 'http://127.0.0.1:9090' },
      rollout: {
        strategy: 'observe',
        analysis: {
          metrics: [
            {
              metric: 'custom',
              name: 'failures',
              worse: 'higher',
              hits: 'failed{v="{{release}}"}',
              total: 'all{v="{{release}}"}',
            },
          ],
          minExposure: { time: '0s' },
        },
      },
    },
  },
}

let http: StartedHttp
beforeEach(async () => {
  http = await startHttp()
})
afterEach(() => http[Symbol.asyncDispose]())

const begin = () => http.client.observe({ config, candidate: 'podinfo', stable: 'podinfo-primary' })

const stored = async (id: number): Promise<Observation> => {
  const found = await getObservation(http.store.db, id as ObservationId)
  if (found === null) throw new Error(`there is no observation ${id}`)
  return found
}

/** What thirty windows up to now would have told, had so many of the candidate's hundred failed in each. */
const feed = async (id: number, failed: number): Promise<void> => {
  const { plan } = await stored(id)
  const judge = createSourceJudge({ ...plan, resume: null })
  const end = now()
  for (let window = -30; window < 0; window += 1) {
    const [from, to] = [end + window * 10_000, end + (window + 1) * 10_000] as [Instant, Instant]
    const [candidate, stable] = [failed, 1].map(
      (hits, arm) => ({ kind: 'share', hits, total: arm === 0 ? 100 : 900 }) as const,
    )
    if (candidate === undefined || stable === undefined) throw new Error('two arms')
    judge.feed({ from, to, exposed: 0, readings: new Map([['failures', { candidate, stable }]]) })
  }
  await putObservationJudge(http.store.db, id as ObservationId, judge.state())
}

const hook = async (name: string, checksum: string, metadata: Record<string, string> = {}) => {
  const body = JSON.stringify({ name: 'podinfo', namespace: 'test', phase: 'Progressing', checksum, metadata })
  const headers = { 'content-type': 'application/json' }
  const response = await http.fetch(`/verdicts/podinfo.production/${name}`, { method: 'POST', body, headers })
  return { status: response.status, body: (await response.json()) as { id?: string; code?: string } }
}
const arms = { candidate: 'podinfo', stable: 'podinfo-primary' }

test('an observation is begun, shown by status, told in words and ended', async () => {
  expect(await begin()).toMatchObject({
    id: 'o-1',
    app: 'podinfo',
    environment: 'production',
    verdict: 'Running',
    begunBy: 'ada',
  })
  expect((await http.client.status()).observations).toMatchObject([{ id: 'o-1', candidate: 'podinfo', endedAt: null }])
  const { title, sections } = await http.client.explainObservation('o-1')
  expect(title).toBe('o-1  podinfo → production  podinfo, observed')
  expect(sections.map(({ heading }) => heading)).toEqual(['what is observed', 'the verdict', 'where it is'])
  expect(await http.client.stopObservation('o-1')).toMatchObject({
    verdict: 'Inconclusive',
    endedAt: expect.any(Number),
  })
  expect((await http.client.stopObservation('o-1')).reason).toContain('ada ended it')
  expect((await http.client.status()).observations).toEqual([])
  expect(await (await http.fetch('/v1/observations')).json()).toMatchObject({ observations: [{ id: 'o-1' }] })
})

test('its verdict is read by its name, by its environment, and by hooks', async () => {
  await begin()
  expect(await hook('confirm-promotion', 'a')).toMatchObject({ status: 425, body: { code: 'HD6102' } })
  await feed(1, 0)
  for (const name of ['o-1', 'podinfo.production'])
    expect(await (await http.fetch(`/verdicts/${name}`)).json()).toMatchObject({
      id: 'o-1',
      verdict: 'Successful',
      promote: true,
    })
  expect(await hook('confirm-promotion', 'a')).toMatchObject({ status: 200, body: { id: 'o-1' } })
  await feed(1, 20)
  expect(await hook('rollback', 'a')).toMatchObject({ status: 200, body: { id: 'o-1' } })
  expect(await hook('rollout', 'a')).toMatchObject({ status: 409 })
})

test('the first hook of another attempt begins another observation by the same plan', async () => {
  await begin()
  expect(await hook('confirm-rollout', 'a', arms)).toMatchObject({ status: 200, body: { id: 'o-2' } })
  expect(await hook('rollout', 'a', arms)).toMatchObject({ status: 200, body: { id: 'o-2' } })
  await feed(2, 0)
  expect(await hook('confirm-promotion', 'a', arms)).toMatchObject({ status: 200, body: { id: 'o-2' } })
  expect((await stored(2)).plan).toEqual((await stored(1)).plan)
  expect((await stored(1)).end).toMatchObject({ kind: 'followed', by: 'podinfo' })
})

test('what was known of the last attempt never promotes the next one, though it has the same names', async () => {
  await begin()
  await hook('confirm-rollout', 'a', arms)
  await feed(2, 0)
  expect(await hook('confirm-promotion', 'b', arms)).toMatchObject({ status: 409, body: { code: 'HD6104' } })
  expect(await hook('rollback', 'b', arms)).toMatchObject({ status: 409, body: { code: 'HD6104' } })
  expect(await hook('confirm-rollout', 'b', arms)).toMatchObject({ status: 200, body: { id: 'o-3' } })
  expect(await hook('confirm-promotion', 'b', arms)).toMatchObject({ status: 425 })
})

test.for([
  ['one release twice', { config, candidate: 'v1', stable: 'v1' }, 'HD9001'],
  ['a release that no query could name', { config, candidate: 'v2"}', stable: 'v1' }, 'HD9001'],
  ['another environment', { config, environment: 'staging', candidate: 'v2', stable: 'v1' }, 'HD2104'],
  ['a file that is wrong', { config: { version: 2 }, candidate: 'v2', stable: 'v1' }, 'HD2003'],
  [
    'an environment of our own',
    { config: { ...config, run: { command: 'x' }, environments: { production: {} } }, candidate: 'v2', stable: 'v1' },
    'HD4113',
  ],
] as const)('refuses %s', async ([, body, code]) => {
  await expect(http.client.observe(body)).rejects.toMatchObject({ fault: { code } })
})

test('an environment that is only observed takes no deploy', async () => {
  await expect(http.client.plan({ config })).rejects.toMatchObject({ fault: { code: 'HD4112' } })
})

test('a variable of the token that the server does not have is said at once', async () => {
  await using without = await startHttp({}, { missingForSource: () => ['PROMETHEUS_TOKEN'] })
  const asked = without.client.observe({ config, candidate: 'v2', stable: 'v1' })
  await expect(asked).rejects.toMatchObject({
    fault: { code: 'HD4103', reason: expect.stringContaining('PROMETHEUS_TOKEN') },
  })
})

test.for(['o-9', 'o-x', 'r-1'])('knows no observation %s', async (id) => {
  await expect(http.client.explainObservation(id)).rejects.toMatchObject({ fault: { code: 'HD6101' } })
  await expect(http.client.stopObservation(id)).rejects.toMatchObject({ fault: { code: 'HD6101' } })
})

/** The snippets of docs/observe.md, as text. */
const snippets = [
  ...readFileSync(new URL('../../docs/observe.md', import.meta.url), 'utf8').matchAll(/```yaml\n(.*?)```/gs),
]

test('the humdrum.yaml of the page is valid, and begins an observation', async () => {
  const file = parseConfig(snippets[0]?.[1] ?? '', 'docs/observe.md')
  if (!file.ok) expect.fail(file.problems.map(({ message }) => message).join('; '))
  const begun = await http.client.observe({ config: file.value, candidate: '5d9f7c', stable: '77b8a1' })
  expect(begun.metrics.map(({ metric, limit }) => [metric, limit])).toEqual([
    ['failures', 200],
    ['latency-of-checkout', 200],
  ])
})

test('the metric of the page with which Argo Rollouts begins does so once for each candidate', async () => {
  await http.client.observe({ config: { ...config, app: 'shop' }, candidate: 'a1', stable: 'a0' })
  const template = readYaml(snippets.find(([, text = '']) => text.includes('AnalysisTemplate'))?.[1] ?? '')
  if (!template.ok) expect.fail('the snippet is no YAML')
  const { spec } = template.value as { spec: { metrics: readonly { provider: { web: { jsonBody: unknown } } }[] } }
  const json = JSON.stringify(spec.metrics[0]?.provider.web.jsonBody)
  const headers = { 'content-type': 'application/json' }
  const send = async (candidate: string) => {
    const body = json.replace('{{args.candidate}}', candidate).replace('{{args.stable}}', 'a0')
    return http.fetch('/verdicts/shop.production/confirm-rollout', { method: 'POST', body, headers })
  }
  for (const candidate of ['a2', 'a2', 'a3'])
    expect(await (await send(candidate)).json()).toMatchObject({ candidate, stable: 'a0', verdict: 'Running' })
  expect(await getObservation(http.store.db, 3 as ObservationId)).toMatchObject({ candidate: 'a3' })
  expect(await getObservation(http.store.db, 4 as ObservationId)).toBeNull()
})
