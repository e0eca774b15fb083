import type { EnvironmentConfig } from '@humdrum/contract/config/app-config.ts'
import { parseConfig } from '@humdrum/contract/config/parse.ts'
import { latencyBucket } from '@humdrum/core/analysis/latency/latency-bucket.ts'
import { expect, test } from 'vitest'
import { outlookOf, trafficView } from './outlook.ts'

const fileOf = (environment: string): string =>
  `version: 1\napp: shop\nrun: { command: node server.js }\nenvironments:\n  production:\n${environment}`

const environmentOf = (environment: string): EnvironmentConfig => {
  const parsed = parseConfig(fileOf(environment), 'humdrum.yaml')
  const [found] = parsed.ok ? Object.values(parsed.config.environments) : []
  if (found === undefined) throw new Error(JSON.stringify(parsed))
  return found
}

const defaults = environmentOf('    target: { instances: 1 }\n')

/** Ten thousand latencies from 10 ms on, ever rarer: p99 is 24 ms. */
const latency = [
  ...Map.groupBy(
    Array.from({ length: 10_000 }, (_, index) => 10 - 3 * Math.log(1 - (index + 0.5) / 10_000)),
    (ms) => latencyBucket(ms * 1_000),
  ),
].map(([bucket, some]): [number, number] => [bucket, some.length])
const trafficOf = (requestsPerSecond: number, bad = 0) => ({
  ...{ requestsPerSecond, overMs: 60_000 },
  stable: {
    requests: 10_000,
    bad,
    latency,
  },
})

test('with enough traffic the steps take their least time, and nothing is proposed', () => {
  const outlook = outlookOf(defaults, { isFirst: false, traffic: trafficOf(200) })
  expect(outlook.steps.map(({ forecastMs }) => forecastMs)).toEqual(Array(4).fill(120_000))
  expect(outlook.proposal).toBeNull()
  // Four steps of two minutes, and half an hour of bake.
  expect(outlook.totalMs).toBe(38 * 60_000)
})

const oneStep = environmentOf(
  '    rollout: { steps: [{ setWeight: 10% }], analysis: { metrics: [{ metric: errors }], minExposure: { requests: 10, time: 1s } } }\n',
)

test('the last step waits for the promotion, longer the oftener stable fails', () => {
  const stepAt = (bad: number) => outlookOf(oneStep, { isFirst: false, traffic: trafficOf(10, bad) }).steps[0]
  expect(stepAt(0)).toMatchObject({ requests: 903, by: 'errors', forecastMs: 903_000, fits: true })
  expect(stepAt(10)?.requests).toBeGreaterThan(1.2 * 903)
})

test('waits for what is asked of each metric, and for nothing that is not required', () => {
  const waitOf = (metrics: string) => {
    const analysis = `{ metrics: [${metrics}], minExposure: { requests: 10, time: 1s } }`
    const environment = environmentOf(`    rollout: { steps: [{ setWeight: 10% }], analysis: ${analysis} }\n`)
    return outlookOf(environment, { isFirst: false, traffic: trafficOf(10) }).steps[0]
  }
  expect(waitOf('{ metric: errors, margin: { difference: 0.1% } }')?.requests).toBeGreaterThan(4 * 903)
  expect(waitOf('{ metric: errors, required: false }')).toMatchObject({ requests: 10, by: 'exposure' })
  expect(waitOf('{ metric: errors, onFail: observe }')).toMatchObject({ requests: 10, by: 'exposure' })
  const loose = '{ metric: errors, required: false }, { metric: latency, quantiles: [p90]'
  const [usual, wide] = [waitOf(`${loose} }`), waitOf(`${loose}, margin: 2 }`)]
  expect([usual?.by, wide?.by]).toEqual(['p90', 'p90'])
  expect(wide?.requests).toBeLessThan((usual?.requests ?? 0) / 2)
  expect(waitOf(`${loose}, dryRun: true }`)).toMatchObject({ requests: 10, by: 'exposure' })
})

test('a step before the last one waits until a large difference is refuted', () => {
  const two = environmentOf(
    '    rollout: { steps: [{ setWeight: 5% }, { setWeight: 50% }], analysis: { minExposure: { requests: 10, time: 1s } } }\n',
  )
  const [first] = outlookOf(two, { isFirst: false, traffic: trafficOf(10) }).steps
  expect(first).toMatchObject({ by: 'errors', fits: true })
  expect(first?.requests).toBeGreaterThan(150)
  expect(first?.requests).toBeLessThan(300)
})

test('what is proposed at low traffic is a humdrum.yaml by which everything fits', () => {
  for (const rate of [8, 5, 2, 1, 0.5]) {
    const low = outlookOf(defaults, { isFirst: false, traffic: trafficOf(rate) })
    expect(low.steps.some(({ fits }) => fits === false)).toBe(true)
    const pasted = (low.proposal?.yaml ?? '').replaceAll(/^(?=.)/gm, '    ')
    const followed = outlookOf(environmentOf(pasted), { isFirst: false, traffic: trafficOf(rate) })
    expect(followed.proposal).toBeNull()
    expect(low.totalMs).toBeNull()
    expect(low.proposal?.totalMs).toBe(followed.totalMs)
    expect(followed.steps.every(({ fits }) => fits)).toBe(true)
  }
})

test('below 5 requests a second everything at once, watched, is offered beside steps that fit', () => {
  const at = (rate: number) => outlookOf(defaults, { isFirst: false, traffic: trafficOf(rate) })
  expect(at(8).alternative).toBeNull()
  expect(at(2).alternative).toEqual({
    ...{ yaml: 'rollout:\n  strategy: allAtOnce\n  bake: { for: 30m, holdback: 5% }\n', totalMs: 30 * 60_000 },
  })
  expect(at(2).proposal?.yaml).toContain('steps:')
})

test('says what the bake would catch by itself, the less the fewer requests come', () => {
  const at = (rate: number) => outlookOf(defaults, { isFirst: false, traffic: trafficOf(rate, 10) }).bake?.catches ?? 1
  expect(at(100)).toBeLessThan(at(10))
  expect(at(10)).toBeLessThan(at(1))
  expect(at(100)).toBeGreaterThan(0.001)
  const unheld = environmentOf('    rollout: { bake: { holdback: 0% } }\n')
  expect(outlookOf(unheld, { isFirst: false, traffic: trafficOf(100) }).bake).toMatchObject({ catches: null })
})

test('names the policy for a step that does not fit', () => {
  const back = environmentOf('    rollout: { lowTraffic: rollback }\n')
  expect(outlookOf(back, { isFirst: false, traffic: trafficOf(1) }).lowTraffic).toBe('rollback')
})

test('without traffic everything at once is proposed, with a bake', () => {
  const none = outlookOf(defaults, { isFirst: false, traffic: trafficOf(0) })
  const yaml = 'rollout:\n  strategy: allAtOnce\n  bake: { for: 30m, holdback: 5% }\n'
  expect(none.proposal).toEqual({ yaml, totalMs: 30 * 60_000 })
  expect(none.totalMs).toBeNull()
})

test('a first release has neither steps nor a bake', () => {
  expect(outlookOf(defaults, { isFirst: true, traffic: trafficOf(100) })).toMatchObject({
    ...{ steps: [], bake: null, totalMs: 0, proposal: null },
  })
})

test('shows what it was measured from', () => {
  expect(trafficView(trafficOf(12.5, 20))).toMatchObject({
    ...{ requestsPerSecond: 12.5, overMs: 60_000, stableRequests: 10_000, errorRate: 0.002 },
    ...{ p50Ms: expect.closeTo(12.1, 0), p99Ms: expect.closeTo(23.8, 0) },
  })
  expect(trafficView({ requestsPerSecond: 0, overMs: 60_000, stable: null })).toMatchObject({
    ...{ errorRate: null, p50Ms: null },
  })
})
