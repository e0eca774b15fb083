// Goal: counts of a window are exact, whatever the series in it did, and what is no count says so. Method: histories that are
// filled into a real Prometheus, read at their own time.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Version } from '@humdrum/core/ids.ts'
import type { Ask, MetricsSource } from '@humdrum/core/ports.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { History } from './exposition.ts'
import { openMetrics } from './exposition.ts'
import { createPrometheusSource } from './prometheus-source.ts'
import type { StartedPrometheus } from './started-prometheus.ts'
import { startPrometheus } from './started-prometheus.ts'

/** 2026-01-01, in seconds. The window of most tests is (600, 660] after it, scraped every 15 s. */
const newYear = 1_767_225_600
const every = (from: number, to: number, value: (at: number) => number): History =>
  Array.from({ length: Math.floor((to - from) / 15) + 1 }, (_, index) => from + 15 * index).map(
    (at) => [newYear + at, value(at)] as const,
  )
const at = (...samples: readonly (readonly [number, number])[]): History =>
  samples.map(([seconds, value]) => [newYear + seconds, value] as const)

const history = openMetrics({
  // Nobody watched before 300 nor from 5,000 to 9,900.
  'up{job="shop"}': [...every(300, 5_000, () => 1), ...every(9_900, 10_000, () => 1)],
  'visits_total{v="v1",i="a"}': every(300, 660, (s) => 100 + s),
  'visits_total{v="v1",i="b"}': every(300, 660, (s) => 3 * s),
  'visits_total{v="v2",i="c"}': every(615, 660, (s) => s - 605),
  'visits_total{v="late",i="d"}': every(9_900, 9_990, (s) => 1_000_000 + s),
  'orders_total{v="v1",i="a",code="ok"}': every(300, 660, (s) => s / 15),
  'orders_total{v="v1",i="a",code="failed"}': every(300, 660, (s) => Math.floor(s / 60)),
  'orders_total{v="v2",i="c",code="ok"}': every(615, 660, (s) => (s - 600) / 15),
  'reset_total{v="v1"}': at([590, 90], [605, 95], [620, 2], [635, 7], [650, 3]),
  'gone_total{v="v1",i="a"}': at([590, 10], [605, 12], [615, 15]),
  'gone_total{v="v1",i="b"}': at([590, 20], [605, 20], [655, 21]),
  'back_total{v="v1"}': at([-60, 500], [630, 540]),
  'silent_total{v="v1"}': at([585, 4]),
  'long_silent_total{v="v1"}': at([-1_200, 4]),
  'one_total{v="v1"}': at([590, 1], [650, 2]),
  'two_total{v="v1"}': at([590, 1], [650, 2]),
  'odd_total{v="v1"}': at([590, 1], [650, Number.NaN]),
  'below_total{v="v1"}': at([590, -1], [650, 2]),
  'seconds_sum{v="v1"}': at([590, 1.5], [650, 4]),
  'seconds_count{v="v1"}': at([590, 3], [650, 8]),
  'took_bucket{v="v1",i="a",le="0.1"}': at([590, 5], [605, 6], [620, 8], [635, 9]),
  'took_bucket{v="v1",i="a",le="0.5"}': at([590, 20], [605, 22], [620, 9], [635, 9]),
  'took_bucket{v="v1",i="a",le="+Inf"}': at([590, 21], [605, 24], [620, 10], [635, 11]),
  'took_bucket{v="v1",i="b",le="0.1"}': at([650, 1]),
  'took_bucket{v="v1",i="b",le="0.5"}': at([650, 1]),
  'took_bucket{v="v1",i="b",le="+Inf"}': at([650, 1]),
  'unlike_bucket{v="v1",i="a",le="0.1"}': at([590, 1], [650, 2]),
  'unlike_bucket{v="v1",i="a",le="+Inf"}': at([590, 1], [650, 2]),
  'unlike_bucket{v="v1",i="b",le="0.2"}': at([590, 1], [650, 2]),
  'unlike_bucket{v="v1",i="b",le="+Inf"}': at([590, 1], [650, 2]),
  'changed_bucket{v="v1",le="0.1"}': at([590, 1], [605, 2]),
  'changed_bucket{v="v1",le="0.2"}': at([635, 1], [650, 2]),
  'changed_bucket{v="v1",le="+Inf"}': at([590, 1], [605, 2], [635, 1], [650, 2]),
  'open_bucket{v="v1",le="0.1"}': at([590, 1], [650, 2]),
  'torn_bucket{v="v1",le="0.1"}': at([590, 1], [650, 9]),
  'torn_bucket{v="v1",le="+Inf"}': at([590, 1], [650, 2]),
  'depth{v="v1",q="mail"}': at([590, 4], [650, 5]),
  'depth{v="v1",q="print"}': at([590, 1], [650, 2.5]),
  'depth{v="v3",q="mail"}': at([590, 1]),
})

let folder: string
let prometheus: StartedPrometheus
let source: MetricsSource

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'prometheus-'))
  prometheus = await startPrometheus({ folder, history })
  source = createPrometheusSource({ url: prometheus.url, token: null, timeoutMs: 5_000 })
})
afterAll(async () => {
  await prometheus[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

const instant = (seconds: number): Instant => ((newYear + seconds) * 1_000) as Instant
const read = (measure: Ask['measure'], { release = 'v1', from = 600, to = 660 } = {}) =>
  source.read({ measure, release: release as Version, from: instant(from), to: instant(to) })
const count = (total: string, over: Parameters<typeof read>[1] = {}) =>
  read({ kind: 'share', hits: total, total }, over)
const counted = (value: number) => ({ kind: 'share', hits: value, total: value })
const value = (query: string, over: Parameters<typeof read>[1] = {}) =>
  read({ kind: 'value', query, low: 0, high: 100 }, over)
const histogram = (selector: string, over: Parameters<typeof read>[1] = {}) =>
  read({ kind: 'histogram', selector, quantiles: [0.5] }, over)

const recorded = describe.skipIf(!inject('hasPrometheus'))

recorded('counters', () => {
  test('counters grow by whole numbers, summed over their series', async () => {
    expect(await count('visits_total{v="{{release}}"}')).toEqual(counted(60 + 180))
    const hits = 'orders_total{v="{{release}}",code="failed"}'
    expect(await read({ kind: 'share', hits, total: 'orders_total{v="{{release}}"}' })).toEqual({
      ...{ kind: 'share', hits: 1, total: 5 },
    })
  })

  test('windows that meet count nothing twice and leave nothing out', async () => {
    const cuts = [540, 541, 555, 569, 600, 600.5, 634, 660]
    let sum = 0
    for (const [index, to] of cuts.entries()) {
      const reading =
        index === 0 ? null : await count('visits_total{v="{{release}}"}', { from: cuts[index - 1] ?? 0, to })
      sum += reading?.kind === 'share' ? reading.total : 0
    }
    expect(await count('visits_total{v="{{release}}"}', { from: 540 })).toEqual(counted(sum))
  })

  test('a counter that falls began again at 0', async () => {
    expect(await count('reset_total{v="{{release}}"}')).toEqual(counted(5 + 2 + 5 + 3))
  })

  test('a series that begins in the window counts from 0, and one that vanishes keeps what it had', async () => {
    expect(await count('visits_total{v="{{release}}"}', { release: 'v2' })).toEqual(counted(55))
    expect(await count('gone_total{v="{{release}}"}')).toEqual(counted(5 + 1))
  })

  test('where nobody watched before, the first sample is no count: it may be years old', async () => {
    const late = { release: 'late', from: 9_800, to: 9_990 }
    expect(await count('visits_total{v="{{release}}"}', late)).toEqual(counted(90))
  })

  test('a series that comes back after a silence goes on from where it was', async () => {
    expect(await count('back_total{v="{{release}}"}')).toEqual(counted(40))
  })
})

recorded('what is not there, or no counter', () => {
  test('nothing new is stale, and says when the last sample came', async () => {
    expect(await count('silent_total{v="{{release}}"}')).toEqual({ kind: 'stale', lastAt: instant(585) })
    expect(await count('long_silent_total{v="{{release}}"}')).toEqual({ kind: 'stale', lastAt: instant(-1_200) })
    expect(await value('sum(depth{v="{{release}}"})', { release: 'v3' })).toEqual({
      kind: 'stale',
      lastAt: instant(590),
    })
    expect(await histogram('took{v="{{release}}"}', { from: 650, to: 660 })).toEqual({
      ...{ kind: 'stale', lastAt: instant(650) },
    })
  })

  test.for([
    ['visit_total{v="{{release}}"}', 'no metric is called visit_total; did you mean visits_total?'],
    ['nothing_like_it{v="{{release}}"}', 'no metric is called nothing_like_it'],
    ['visits_total{version="{{release}}"}', 'visits_total has no label version (it has i, v)'],
    ['orders_total{v="{{release}}",cod="ok"}', 'orders_total has no label cod; did you mean code? (it has code, i, v)'],
    ['visits_total{v="x{{release}}"}', 'no series of visits_total has v="xv1" (v is "late", "v1", "v2")'],
    ['orders_total{v="{{release}}",code=~"5.."}', 'no series of orders_total has code=~"5.." (code is "failed", "ok")'],
    ['visits_total{v="{{release}}",i="c"}', 'no series of visits_total has all of v="v1", i="c" at once'],
    ['{__name__="visit_total",v="{{release}}"}', 'no metric is called {__name__="visit_total"}'],
    ['{__name__="visits_total",app="{{release}}"}', '{__name__="visits_total"} has no label app (it has i, v)'],
  ] as const)('%s finds nothing: %s', async ([selector, reason]) => {
    expect(await count(selector)).toEqual({ kind: 'noData', reason })
  })

  test.for([
    [
      '{__name__=~"(one|two)_total",v="{{release}}"}',
      'the selector finds several metrics (one_total, two_total): name one',
    ],
    ['odd_total{v="{{release}}"}', 'odd_total{v="v1"} has the value NaN, and a counter is 0 or more'],
    ['below_total{v="{{release}}"}', 'below_total{v="v1"} has the value -1, and a counter is 0 or more'],
    [
      'visits_total',
      'hits names no {{release}} as the value of a label, so it could not tell the candidate from stable: write the label that holds the version, such as http_requests_total{version="{{release}}"}',
    ],
    [
      'sum(visits_total{v="{{release}}"})',
      'hits is an expression, and must be a selector: counters are read as they stand: leave out functions, ranges, offsets and operators, such as http_requests_total{version="{{release}}"}',
    ],
  ] as const)('%s is no counter: %s', async ([selector, reason]) => {
    expect(await count(selector)).toEqual({ kind: 'error', reason })
  })
})

recorded('shares and means', () => {
  test('no hits are 0 hits only where this release tells of the metric, and the labels are proven; else they are unknown, and the release is not missing', async () => {
    const total = 'orders_total{v="{{release}}"}'
    const failed = 'orders_total{v="{{release}}",code="failed"}'
    const ask = (hits: string) => read({ kind: 'share', hits, total }, { release: 'v2' })
    expect(await ask(failed)).toEqual({ kind: 'share', hits: 0, total: 4 })
    expect(await ask('orders_total{v="{{release}}",code="fialed"}')).toEqual({
      kind: 'error',
      reason:
        'no series of orders_total has code="fialed" (code is "failed", "ok"); no release had any for an hour: if that is so, let the app create the counter with 0 when it starts',
    })
    // Another metric may be missing because this release calls it otherwise.
    const visits = { kind: 'share', hits: failed, total: 'visits_total{v="{{release}}"}' } as const
    expect(await read(visits, { release: 'v2' })).toEqual({
      kind: 'error',
      reason:
        'no series of orders_total has all of v="v2", code="failed" at once; total counts, under another name, so whether there were none cannot be told: if that is so, let the app create the counter with 0 when it starts',
    })
  })

  test('hits that exceed the total are told as they are: they may be late, and whoever judges knows what was before', async () => {
    const measure = {
      kind: 'share',
      hits: 'visits_total{v="{{release}}"}',
      total: 'orders_total{v="{{release}}"}',
    } as const
    expect(await read(measure)).toEqual({ kind: 'share', hits: 240, total: 5 })
  })

  test('a mean is its sum and its count, within the limits of each observation', async () => {
    const measure = {
      kind: 'mean',
      sum: 'seconds_sum{v="{{release}}"}',
      count: 'seconds_count{v="{{release}}"}',
    } as const
    expect(await read({ ...measure, low: 0, high: 1 })).toEqual({ kind: 'mean', sum: 2.5, count: 5 })
    expect(await read({ ...measure, low: 0, high: 0.4 })).toEqual({
      ...{ kind: 'error', reason: '5 observations sum up to 2.5: not all lie from 0 to 0.4' },
    })
  })
})

recorded('classic histograms', () => {
  test('a histogram is told per bucket, and all its buckets begin anew together', async () => {
    const expected = { kind: 'histogram', edges: [0.1, 0.5], counts: [1 + 8 + 1 + 1, 1 + 1 - 1, 1 + 1 + 1] }
    expect(await histogram('took{v="{{release}}"}')).toEqual(expected)
    expect(await histogram('took_bucket{v="{{release}}"}')).toEqual(expected)
  })

  test.for([
    [
      'unlike{v="{{release}}"}',
      'two instances have different edges: unlike_bucket{i="a", v="v1"} has 0.1 +Inf, unlike_bucket{i="b", v="v1"} has 0.2 +Inf',
    ],
    [
      'changed{v="{{release}}"}',
      'the edges of changed_bucket{v="v1"} changed between two scrapes: from 0.1 +Inf to 0.2 +Inf',
    ],
    ['open{v="{{release}}"}', 'open_bucket{v="v1"} lacks the bucket +Inf'],
    [
      'torn{v="{{release}}"}',
      'the buckets of torn_bucket{v="v1"} do not add up: one counts fewer than the one below it',
    ],
    ['depth{v="{{release}}"}', 'depth is no histogram: its samples are numbers'],
    ['one_total{v="{{release}}"}', 'one_total is no histogram: its samples are numbers'],
    ['{__name__="took_bucket",v="{{release}}"}', 'a histogram is selected by its name before the braces'],
  ] as const)('%s is no histogram that can be read: %s', async ([selector, reason]) => {
    expect(await histogram(selector)).toEqual({ kind: 'error', reason })
  })
})

recorded('a check before anything depends on it', () => {
  const check = (measure: Ask['measure'], release = 'v1') =>
    source.check({ measure, release: release as Version, from: instant(600), to: instant(660) })
  const visits = 'visits_total{v="{{release}}"}'

  test.for([
    [{ kind: 'share', hits: visits, total: visits }, 'v1', { kind: 'fine' }],
    [{ kind: 'value', query: 'sum(depth{v="{{release}}"})', low: 0, high: 9 }, 'v1', { kind: 'fine' }],
    [{ kind: 'histogram', selector: 'took{v="{{release}}"}', quantiles: [0.5] }, 'v1', { kind: 'fine' }],
    [
      { kind: 'share', hits: 'visit_total{v="{{release}}"}', total: visits },
      'v1',
      { kind: 'empty', reason: 'no metric is called visit_total; did you mean visits_total?' },
    ],
    [
      { kind: 'value', query: 'max(depht{v="{{release}}"})', low: 0, high: 9 },
      'v1',
      { kind: 'empty', reason: 'it gives no series now' },
    ],
    [
      { kind: 'value', query: 'depth{v="{{release}}"}', low: 0, high: 9 },
      'v1',
      {
        kind: 'refused',
        reason: 'the query gives 2 series: depth{q="mail", v="v1"}, depth{q="print", v="v1"}; sum or avg them',
      },
    ],
    [
      { kind: 'value', query: 'rate(depth{v="{{release}}"})', low: 0, high: 9 },
      'v1',
      { kind: 'refused', reason: expect.stringContaining('expected type range vector') },
    ],
    [{ kind: 'mean', sum: 'below_total{v="{{release}}"}', count: visits, low: 0, high: 1 }, 'v1', { kind: 'fine' }],
    [
      { kind: 'share', hits: 'visits_total', total: visits },
      'v1',
      { kind: 'refused', reason: expect.stringContaining('hits names no {{release}}') },
    ],
  ] as const)('%j of %s', async ([measure, release, expected]) => {
    expect(await check(measure, release)).toEqual(expected)
  })

  test('a Prometheus that is away is not reached', async () => {
    const away = createPrometheusSource({ url: 'http://127.0.0.1:9', token: null, timeoutMs: 1_000 })
    const measure = { kind: 'share', hits: visits, total: visits } as const
    const window = { from: instant(600), to: instant(660) }
    expect((await away.check({ measure, release: 'v1' as Version, ...window })).kind).toBe('unreachable')
  })
})

recorded('values', () => {
  test('a value is what the expression gives, of one series and of this window', async () => {
    expect(await value('sum(depth{v="{{release}}"})')).toEqual({ kind: 'value', value: 7.5 })
    expect(await value('scalar(depth{v="{{release}}",q="mail"})')).toEqual({ kind: 'value', value: 5 })
    expect(await value('depth{v="{{release}}"}')).toEqual({
      kind: 'error',
      reason: 'the query gives 2 series: depth{q="mail", v="v1"}, depth{q="print", v="v1"}; sum or avg them',
    })
    expect(await value('sum(depth{v="{{release}}"}) / (sum(depth{v="{{release}}"}) - 7.5)')).toEqual({
      kind: 'error',
      reason: 'the query gives Infinity: nothing was there to divide by, or the expression has no number',
    })
  })

  test('a query that gives nothing says which of its selectors finds nothing', async () => {
    expect(await value('sum(depth{v="{{release}}"}) / sum(depht{v="{{release}}"})')).toEqual({
      ...{ kind: 'noData', reason: 'the query gives no series: no metric is called depht; did you mean depth?' },
    })
    expect(await value('sum(depth{v="{{release}}"}) > 100')).toEqual({
      ...{ kind: 'error', reason: 'the query gives no series, although its selectors find some' },
    })
  })

  test('a query that Prometheus cannot read is refused in its own words', async () => {
    expect(await value('rate(depth{v="{{release}}"})')).toEqual({
      kind: 'error',
      reason:
        'Prometheus says: invalid parameter "query": 1:6: parse error: expected type range vector in call to function "rate", got instant vector',
    })
  })
})
