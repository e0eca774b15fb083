import { latencyBucket } from '@humdrum/core/analysis/latency/latency-bucket.ts'
import { expect, test } from 'vitest'
import { metricsText } from './metrics.ts'
import { RouteState } from './route-state.ts'
import { surroundingsOf } from './test-bed/edge-bed.ts'
import { at, granted, order } from './test-bed/order.ts'

const vitals = { residentBytes: 1_000_000, cpuSeconds: 1.5 }

const reported = (release = 'v1') => {
  const route = order({ stable: at(release, 1), candidate: at('v2', 2), grant: granted(0.25) })
  const around = { ...surroundingsOf([]), epoch: 'e', persist: () => {} }
  const state = new RouteState({ route, trip: null, hold: null, badInstance: null }, around, { restored: false })
  const report = state.report()
  state.close()
  return report
}

const counted = (changes: Readonly<Record<string, unknown>>) => {
  const report = reported()
  const [first, ...others] = report.releases
  if (first === undefined) throw new Error('no release')
  return { ...report, releases: [{ ...first, ...changes }, ...others] }
}

test('every line is a comment or a sample, and every family says once what it is, before its samples', () => {
  const lines = metricsText([reported(), { ...reported() }], vitals)
    .trimEnd()
    .split('\n')
  const families: string[] = []
  for (const line of lines) {
    if (line.startsWith('# HELP ')) families.push(line.split(' ')[2] ?? '')
    else if (line.startsWith('# TYPE ')) expect(line).toMatch(/^# TYPE [a-z_]+ (counter|gauge|histogram)$/)
    else {
      expect(line).toMatch(/^[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.e+-]+$/)
      expect(line.startsWith(families.at(-1) ?? '-')).toBe(true)
    }
  }
  expect(new Set(families).size).toBe(families.length)
  expect(lines.filter((line) => line.startsWith('# TYPE ')).length).toBe(families.length)
})

test('counts and states are told per release and per environment', () => {
  const text = metricsText(
    [counted({ requests: 7, bad: 2, aborted: 1, cut: 3, rescued: 5, inFlight: 4, warm: ['a', 'b'] })],
    vitals,
  )
  const labels = '{app="shop",environment="production",release="v1"}'
  for (const [name, value] of [
    ...[['requests_total', 7] as const, ['bad_total', 2] as const, ['aborted_total', 1] as const],
    ...[
      ['rescued_total', 5] as const,
      ['cut_total', 3] as const,
      ['in_flight', 4] as const,
      ['warm_instances', 2] as const,
    ],
  ])
    expect(text).toContain(`humdrum_edge_${name}${labels} ${value}\n`)
  expect(text).toContain('humdrum_edge_candidate_weight{app="shop",environment="production"} 0.25\n')
  expect(text).toContain('humdrum_edge_tripped{app="shop",environment="production"} 0\n')
  expect(text).toContain('process_resident_memory_bytes 1000000\n')
  expect(text).toContain('process_cpu_seconds_total 1.5\n')
})

test('a release without buckets has no histogram', () => {
  expect(metricsText([counted({ latency: [] })], vitals)).not.toContain('humdrum_edge_response_head_seconds')
})

test('the histogram counts what took at most so long, and all in the end', () => {
  const latency = [
    [latencyBucket(100), 1],
    [latencyBucket(1_023), 2],
    [latencyBucket(1_024), 4],
    [latencyBucket(2e9), 8],
  ]
  const text = metricsText([counted({ latency })], vitals)
  const upTo = (bound: string) => Number(text.match(new RegExp(`_bucket\\{[^}]*"v1",le="${bound}"\\} (\\d+)`))?.[1])
  expect(['0.000256', '0.001024', '0.002048', '16.777216', '\\+Inf'].map(upTo)).toEqual([1, 3, 7, 7, 15])
  expect(text).toMatch(/_count\{[^}]*"v1"\} 15\n/)
})

test('the sum is right to 0.8 %', () => {
  const latency = [[latencyBucket(123_456), 1_000]]
  const text = metricsText([counted({ latency })], vitals)
  const sum = Number(text.match(/_sum\{[^}]*"v1"\} ([\d.]+)/)?.[1])
  expect(Math.abs(sum / 123.456 - 1)).toBeLessThan(0.008)
})

test('a release may be called anything', () => {
  const text = metricsText([reported('a"b\\c\nd')], vitals)
  expect(text).toContain('release="a\\"b\\\\c\\nd"} 0\n')
})

test('without routes only the process is told', () => {
  expect(metricsText([], vitals).match(/^# HELP/gm)?.length).toBe(2)
})
