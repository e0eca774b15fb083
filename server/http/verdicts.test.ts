// What other deployers make of our answers: their few lines are written down here again, and fed with the snippets of
// docs/observe.md and with real answers.
import { readFileSync } from 'node:fs'
import { readYaml } from '@humdrum/contract/config/read-yaml.ts'
import type { VerdictView } from '@humdrum/contract/verdict-view.ts'
import { verdictTokenSchema, verdictViewSchema } from '@humdrum/contract/verdict-view.ts'
import type { Trip } from '@humdrum/core/analysis/decision.ts'
import type { Stage } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { StartedHttp } from './started-http.ts'
import { deployed, enter, startHttp } from './started-http.ts'

type Web = { readonly url: string; readonly jsonPath: string }
type ArgoMetric = {
  readonly name: string
  readonly count?: number
  readonly successCondition?: string
  readonly failureCondition?: string
  readonly consecutiveErrorLimit: number
  readonly provider: { readonly web: Web }
}
type FlaggerHook = { readonly type: string; readonly url: string }

const page = readFileSync(new URL('../../docs/observe.md', import.meta.url), 'utf8')
/** The first one is a humdrum.yaml. */
const snippets = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text = '']) => {
  const file = readYaml(text)
  if (!file.ok) throw new Error(`a snippet of docs/observe.md is no YAML: ${JSON.stringify(file.flaws)}`)
  return file.value as { readonly kind?: string; readonly spec: Record<string, unknown> }
})
const specOf = (kind: string) => snippets.find((snippet) => snippet.kind === kind)?.spec ?? {}
const argoMetrics = specOf('AnalysisTemplate')['metrics'] as readonly ArgoMetric[]
const flaggerHooks = (specOf('Canary')['analysis'] as { readonly webhooks: readonly FlaggerHook[] }).webhooks

type ArgoPhase = 'Successful' | 'Failed' | 'Inconclusive' | 'Error'

/** argo-rollouts metricproviders/webmetric/webmetric.go, Run and parseResponse; utils/evaluate/evaluate.go, EvaluateResult. */
const argoMeasurement = async (response: Response, metric: ArgoMetric): Promise<ArgoPhase> => {
  if (response.status < 200 || response.status >= 300) return 'Error'
  const result = at((await response.json()) as Record<string, unknown>, metric.provider.web.jsonPath)
  if (result === undefined) return 'Error'
  const [success, failure] = [metric.successCondition, metric.failureCondition].map((condition) =>
    condition === undefined ? null : holds(condition, result),
  )
  const failed = failure ?? (success === null ? false : !success)
  const succeeded = success ?? !failed
  if (failed) return 'Failed'
  return succeeded ? 'Successful' : 'Inconclusive'
}

const at = (body: Record<string, unknown>, jsonPath: string): unknown =>
  body[/^\{\$\.(\w+)\}$/.exec(jsonPath)?.[1] ?? '']

/** The one form of github.com/expr-lang/expr that the page needs. */
const holds = (condition: string, result: unknown): boolean => {
  const [, operator, wanted] = /^result (==|!=) '(\w+)'$/.exec(condition) ?? []
  if (wanted === undefined) throw new Error(`this test cannot read ${condition}`)
  return operator === '==' ? result === wanted : result !== wanted
}

/** argo-rollouts analysis/analysis.go, assessMetricStatus, with limits of failures and of inconclusive measurements 0. */
const argoAssessment = (phases: readonly ArgoPhase[], { count, consecutiveErrorLimit }: ArgoMetric) => {
  if (phases.includes('Failed')) return 'Failed'
  if (phases.includes('Inconclusive')) return 'Inconclusive'
  const errors = phases.length - 1 - phases.findLastIndex((phase) => phase !== 'Error')
  if (errors > consecutiveErrorLimit) return 'Error'
  const counted = phases.filter((phase) => phase !== 'Error').length
  return count !== undefined && counted >= count ? 'Successful' : 'Running'
}

let http: StartedHttp
beforeEach(async () => {
  http = await startHttp()
})
afterEach(() => http[Symbol.asyncDispose]())

const trip: Trip = {
  ...{ metric: 'errors', rule: 'evidence', evidence: 240, limit: 200, slowness: null, at: 1 as Instant },
  ...{ candidate: { requests: 50, bad: 5 }, stable: { requests: 450, bad: 0 }, decisiveToZeroMs: 1 },
}
const stages = {
  running: { phase: 'Progressing', step: 0, from: null, lapses: 0 },
  shown: { phase: 'Succeeded' },
  worse: { phase: 'RolledBack', cause: { kind: 'trip', trip } },
  unclear: { phase: 'Paused', leadsTo: { phase: 'Baking' }, reason: { kind: 'inconclusive', lacks: [] } },
} as const satisfies Record<string, Stage>

/** v2 in this stage, over v1. */
const underWay = async (stage: keyof typeof stages): Promise<void> => {
  await enter(http.store, (await deployed(http.client)).number, { phase: 'Succeeded' })
  await enter(http.store, (await deployed(http.client)).number, stages[stage])
}

/** Their address, with the server of this test in place of yours and Argo's arguments filled in. */
const pathOf = (url: string): string =>
  url.replace(/^https:\/\/(verdicts:TOKEN@)?humdrum\.example/, '').replaceAll('{{args.candidate}}', 'v2')

const phaseOf = async (metric: ArgoMetric) => argoMeasurement(await http.fetch(pathOf(metric.provider.web.url)), metric)

test('answers flat JSON about a rollout by its name and by its environment', async () => {
  await underWay('worse')
  const [byName, byScope] = [await http.fetch('/verdicts/r-2'), await http.fetch('/verdicts/shop.production')]
  const verdict: VerdictView = verdictViewSchema.parse(await byName.json())
  expect(verdict).toMatchObject({
    ...{ id: 'r-2', app: 'shop', environment: 'production', candidate: 'v2', stable: 'v1' },
    ...{ verdict: 'Failed', rollback: true, promote: false, evidence: 1, limit: 200, metrics: [] },
    reason: expect.stringContaining('5 of 50 (10 %) failed'),
  })
  expect(await byScope.json()).toEqual(verdict)
})

test.for([
  ['running', 'Successful', 'Error', 'Running'],
  ['shown', 'Successful', 'Successful', 'Successful'],
  ['worse', 'Failed', 'Failed', 'Failed'],
  ['unclear', 'Successful', 'Inconclusive', 'Inconclusive'],
] as const)('Argo Rollouts, by the snippet of the page: %s', async ([stage, background, gate, assessed]) => {
  await underWay(stage)
  const [, notWorse, shown] = argoMetrics
  if (notWorse === undefined || shown === undefined) throw new Error('docs/observe.md has three metrics')
  expect(await phaseOf(notWorse)).toBe(background)
  expect(await phaseOf(shown)).toBe(gate)
  expect(argoAssessment([gate], shown)).toBe(assessed)
  expect(argoAssessment([background], notWorse)).toBe(stage === 'worse' ? 'Failed' : 'Running')
})

test.for([
  ['running', { rollout: true, rollback: false, 'confirm-traffic-increase': true, 'confirm-promotion': false }],
  ['shown', { rollout: true, rollback: false, 'confirm-traffic-increase': true, 'confirm-promotion': true }],
  ['worse', { rollout: false, rollback: true, 'confirm-traffic-increase': false, 'confirm-promotion': false }],
  ['unclear', { rollout: true, rollback: false, 'confirm-traffic-increase': false, 'confirm-promotion': false }],
] as const)('Flagger, by the snippet of the page: %s', async ([stage, expected]) => {
  await underWay(stage)
  expect(flaggerHooks.map(({ type }) => type)).toEqual(Object.keys(expected))
  for (const { type, url } of flaggerHooks) {
    // flagger pkg/controller/webhook.go, CallWebhook: what it sends, and that 200 to 202 is a yes.
    const payload = { name: 'shop', namespace: 'test', phase: 'Progressing', checksum: '85d557f47b', metadata: {} }
    const body = JSON.stringify({ ...payload, somethingNew: [1] })
    const response = await http.fetch(pathOf(url), {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect.soft([type, response.status <= 202]).toEqual([type, expected[type as keyof typeof expected]])
  }
})

test('what is known of another candidate is no answer about this one', async () => {
  await underWay('shown')
  const asked = await http.fetch('/verdicts/shop.production?candidate=v3')
  expect([asked.status, await asked.json()]).toMatchObject([409, { code: 'HD6104' }])
  const body = JSON.stringify({ metadata: { candidate: 'v3' } })
  const headers = { 'content-type': 'application/json' }
  const hook = await http.fetch('/verdicts/shop.production/confirm-promotion', { method: 'POST', body, headers })
  expect([hook.status, await hook.json()]).toMatchObject([409, { code: 'HD6104' }])
})

test.for([
  ['/verdicts/r-9', 'GET', 404, 'HD6101'],
  ['/verdicts/shop.staging', 'GET', 404, 'HD6101'],
  ['/verdicts/shop', 'GET', 404, 'HD6101'],
  ['/verdicts/r-2/gate', 'POST', 404, 'HD9002'],
  ['/verdicts/r-2?decided=perhaps', 'GET', 400, 'HD9001'],
  ['/verdicts/r-2?decided=true', 'GET', 425, 'HD6102'],
] as const)('refuses %s', async ([path, method, status, code]) => {
  await underWay('running')
  const response = await http.fetch(path, { method })
  expect([response.status, await response.json()]).toMatchObject([status, { code }])
})

test('the token of verdicts reads them, in a header or in the address, and nothing else', async () => {
  await underWay('shown')
  const { token } = verdictTokenSchema.parse(await (await http.fetch('/v1/verdict-token')).json())
  const basic = (password: string): string => `Basic ${Buffer.from(`verdicts:${password}`).toString('base64')}`
  const status = async (path: string, authorization: string): Promise<number> =>
    (await fetch(`${http.url}${path}`, { headers: { authorization } })).status
  for (const given of [`Bearer ${token}`, basic(token), basic(http.token)])
    expect(await status('/verdicts/r-2', given)).toBe(200)
  for (const given of [`Bearer ${token}`, basic(token), basic(http.token)])
    expect(await status('/v1/status', given)).toBe(401)
  for (const given of [basic(''), basic('wrong'), 'Basic', `Basic ${token}`, `Bearer ${token}x`])
    expect(await status('/verdicts/r-2', given)).toBe(401)
})
