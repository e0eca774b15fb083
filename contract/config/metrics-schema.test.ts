// What may be written of a metric, and what is said of what may not: one picture per kind of mistake.
import { usualErrors, usualLatency } from '@humdrum/core/analysis/metric.ts'
import { expect, test } from 'vitest'
import { parseConfig } from './parse.ts'
import { renderProblem } from './problem.ts'

const release = '{version="{{release}}"}'

/** A file with this list of metrics, its entries from line 9, column 11 on. */
const fileWith = (...metrics: readonly string[]): string =>
  [
    'version: 1',
    'app: shop',
    'run: { command: node server.js }',
    'environments:',
    '  production:',
    '    rollout:',
    '      analysis:',
    '        metrics:',
    ...metrics.map((metric) => `        - ${metric}`),
    '    metrics: { kind: prometheus, url: http://127.0.0.1:9090 }',
    '',
  ].join('\n')

const metricsIn = (...metrics: readonly string[]) => {
  const parsed = parseConfig(fileWith(...metrics), 'humdrum.yaml')
  if (!parsed.ok) throw new Error(parsed.problems.map(renderProblem).join('\n'))
  return parsed.config.environments['production']?.rollout.analysis.metrics
}

const shownFor = (...metrics: readonly string[]): string => {
  const parsed = parseConfig(fileWith(...metrics), 'y')
  const problems = parsed.ok ? ['no problem'] : parsed.problems.map(renderProblem)
  return problems.map((problem) => problem.replaceAll('environments.production.rollout.analysis.', '')).join('\n')
}

const errors = '{ metric: errors }'

test('takes every default', () => {
  expect(metricsIn(errors, '{ metric: latency }')).toEqual([usualErrors, usualLatency])
  expect(metricsIn(errors, '{ metric: restarts }')?.[1]).toEqual({
    ...{ kind: 'restarts', name: 'restarts', onFail: 'rollback', required: false, dryRun: false },
    ...{ worse: 'higher', measure: { kind: 'restarts' }, margin: 2 },
  })
  expect(metricsIn(errors, `{ metric: conversion, hits: 'a${release}', total: 'b${release}' }`)?.[1]).toEqual({
    ...{ kind: 'conversion', name: 'conversion', onFail: 'rollback', required: false, dryRun: false },
    ...{ worse: 'lower', margin: 0.01, measure: { kind: 'share', hits: `a${release}`, total: `b${release}` } },
  })
  expect(
    metricsIn(
      errors,
      `{ metric: mean, worse: lower, sum: 's${release}', count: 'c${release}', low: 0, high: 500 }`,
    )?.[1],
  ).toMatchObject({ name: 'mean', margin: 25, measure: { kind: 'mean', low: 0, high: 500 } })
})

test('takes every form of a custom one', () => {
  const of = (form: string) => metricsIn(errors, `{ metric: custom, name: own, worse: higher, ${form} }`)?.[1]
  expect(of(`hits: 'a${release}', total: 'b${release}', margin: 0.5%`)).toMatchObject({
    ...{ kind: 'custom', name: 'own', onFail: 'rollback', margin: 0.005, measure: { kind: 'share' } },
  })
  expect(of(`sum: 'a${release}', count: 'b${release}', low: -1, high: 1, margin: 0.2`)).toMatchObject({
    ...{ margin: 0.2, measure: { kind: 'mean', low: -1, high: 1 } },
  })
  // Looked at again and again it is not independent of itself.
  expect(of(`query: 'max(q${release})', low: 0, high: 10`)).toMatchObject({
    ...{ onFail: 'pause', margin: 0.5, measure: { kind: 'value', query: `max(q${release})`, low: 0, high: 10 } },
  })
  expect(of(`histogram: 'h${release}', quantiles: [p50, p99.9]`)).toMatchObject({
    ...{ margin: 1.2, measure: { kind: 'histogram', selector: `h${release}`, quantiles: [0.5, 0.999] } },
  })
  expect(of(`histogram: 'h${release}'`)).toMatchObject({ measure: { quantiles: usualLatency.quantiles } })
})

test('takes margins, ceilings and quantiles with their units', () => {
  expect(
    metricsIn(
      '{ metric: errors, margin: { difference: 0.1% }, ceiling: 5% }',
      '{ metric: latency, quantiles: [p50, p99], margin: 1.1, ceiling: { quantile: p99, time: 800ms } }',
    ),
  ).toEqual([
    { ...usualErrors, margin: { ratio: 1.5, difference: 0.001 }, ceiling: 0.05 },
    { ...usualLatency, quantiles: [0.5, 0.99], margin: 1.1, ceiling: { quantile: 0.99, ms: 800 } },
  ])
  expect(metricsIn('{ metric: errors, margin: { ratio: 1, difference: 1% } }')?.[0]).toMatchObject({
    margin: { ratio: 1, difference: 0.01 },
  })
})

test('does not wait for what nothing follows from', () => {
  expect(metricsIn(errors, '{ metric: latency, dryRun: true }')?.[1]).toMatchObject({ dryRun: true, required: false })
  expect(metricsIn(errors, '{ metric: latency, onFail: observe }')?.[1]).toMatchObject({ required: false })
  expect(metricsIn(errors, '{ metric: latency, onFail: pause }')?.[1]).toMatchObject({ required: true })
  expect(metricsIn(errors, '{ metric: restarts, required: true }')?.[1]).toMatchObject({ required: true })
})

test('refuses what contradicts itself', () => {
  expect(
    shownFor(
      '{ metric: errors, dryRun: true, required: true }',
      '{ metric: latency, onFail: observe, required: true }',
      '{ metric: restarts, onFail: observe, dryRun: true }',
    ),
  ).toMatchInlineSnapshot(`
    "y:9:53  metrics[0].required contradicts dryRun  [HD2003]
      of a dry run nothing follows: leave required out, or dryRun
    y:10:57  metrics[1].required contradicts onFail: observe  [HD2003]
      when nothing follows, nothing waits: leave required out, or write onFail: pause
    y:11:56  metrics[2].dryRun adds nothing to onFail: observe  [HD2003]
      a dry run tells what onFail would have done: leave one of them out"
  `)
})

test('refuses what is not of its kind, and says what is', () => {
  expect(
    shownFor(
      '{ metric: errors, name: mine, quantiles: [p50] }',
      `{ metric: latency, worse: higher, hits: 'x${release}' }`,
      '{ metric: restarts, worse: lower, ceiling: 5% }',
      `{ metric: mean, query: 'x${release}' }`,
    ),
  ).toMatchInlineSnapshot(`
    "y:9:35  metrics[0].name cannot stand with metric: errors  [HD2003]
      errors is named by its kind: take it out
    y:9:52  metrics[0].quantiles cannot stand with metric: errors  [HD2003]
      beside metric, onFail, required, dryRun, margin it takes ceiling
    y:10:37  metrics[1].worse cannot stand with metric: latency  [HD2003]
      more is worse of latency: take it out
    y:10:51  metrics[1].hits cannot stand with metric: latency  [HD2003]
      beside metric, onFail, required, dryRun, margin it takes quantiles, ceiling
    y:11:38  metrics[2].worse cannot stand with metric: restarts  [HD2003]
      more is worse of restarts: take it out
    y:11:54  metrics[2].ceiling cannot stand with metric: restarts  [HD2003]
      beside metric, onFail, required, dryRun, margin it takes name
    y:12:34  metrics[3].query cannot stand with metric: mean  [HD2003]
      beside metric, onFail, required, dryRun, margin it takes name, worse, sum, count, low, high"
  `)
})

test('says what is missing of a kind', () => {
  expect(
    shownFor(
      errors,
      `{ metric: conversion, hits: 'a${release}' }`,
      '{ metric: conversion, name: two }',
      '{ metric: mean, worse: lower }',
      `{ metric: mean, name: three, worse: lower, sum: 'a${release}', count: 'b${release}', high: 4 }`,
      `{ metric: mean, name: four, sum: 'a${release}', count: 'b${release}', low: 1, high: 4 }`,
      '{ metric: custom, worse: higher }',
      '{ metric: custom, name: five, worse: higher }',
      `{ metric: custom, name: six, hits: 'a${release}', total: 'b${release}' }`,
    ),
  ).toMatchInlineSnapshot(`
    "y:10:11  metrics[1].total is missing  [HD2003]
      such as total: visits_total{version="{{release}}"}
    y:11:11  metrics[2].hits is missing  [HD2003]
      such as hits: orders_total{version="{{release}}"}
    y:12:11  metrics[3].sum is missing  [HD2003]
      such as sum: basket_euros_sum{version="{{release}}"}
    y:13:11  metrics[4].low is missing  [HD2003]
      every value lies between low and high: the evidence is for no others
    y:14:11  metrics[5].worse is missing  [HD2003]
      say which direction is a regression: worse: higher, or worse: lower
    y:15:11  metrics[6].name is missing  [HD2003]
      such as name: queue-length
    y:16:21  metrics[7].metric has nothing to measure  [HD2003]
      write one: hits and total, sum and count, query, or histogram
    y:17:11  metrics[8].worse is missing  [HD2003]
      say which direction is a regression: worse: higher, or worse: lower"
  `)
})

test('wants one measure of a custom metric, and no more', () => {
  expect(
    shownFor(
      errors,
      `{ metric: custom, name: one, worse: higher, query: 'q${release}', hits: 'a${release}' }`,
      `{ metric: custom, name: two, worse: higher, query: 'q${release}', low: 0, high: 1, quantiles: [p50] }`,
      `{ metric: custom, name: three, worse: higher, hits: 'a${release}', total: 'b${release}', high: 1 }`,
      `{ metric: custom, name: four, worse: lower, histogram: 'h${release}' }`,
    ),
  ).toMatchInlineSnapshot(`
    "y:10:21  metrics[1].metric has 2 measures (hits and total, query)  [HD2003]
      write one: hits and total, sum and count, query, or histogram
    y:11:118  metrics[2].quantiles are for a histogram  [HD2003]
      take them out of one with query
    y:12:132  metrics[3].high is for sum and count, or a query  [HD2003]
      take it out of one with hits and total
    y:13:48  metrics[4].worse must be higher for a histogram  [HD2003]
      its quantiles are compared as those of latency are"
  `)
})

test('wants the unit of a margin, and a ceiling, that fits', () => {
  expect(
    shownFor(
      '{ metric: errors, margin: 1.2, ceiling: 5 }',
      '{ metric: latency, margin: 20%, ceiling: 5% }',
      `{ metric: conversion, hits: 'a${release}', total: 'b${release}', margin: 0.01 }`,
      `{ metric: mean, worse: lower, sum: 'a${release}', count: 'b${release}', low: 0, high: 4, margin: 1% }`,
      `{ metric: mean, name: far, worse: lower, sum: 'a${release}', count: 'b${release}', low: 0, high: 4, margin: 4 }`,
      '{ metric: restarts, margin: 1 }',
      '{ metric: errors, margin: { ratio: 0.5 } }',
      '{ metric: errors, margin: { ratio: 1, difference: 0% } }',
      '{ metric: errors, ceiling: { quantile: p99, time: 1s } }',
      '{ metric: latency, margin: wide, ceiling: { quantile: 99, time: 800 } }',
      '{ metric: latency, margin: [1.2] }',
    ),
  ).toMatchInlineSnapshot(`
    "y:9:51  metrics[0].ceiling must be a percentage or a mapping  [HD2003]
      write ceiling: 5%, or ceiling: { quantile: p99, time: 800ms }
    y:10:38  metrics[1].margin of latency is a factor above 1 and at most 10  [HD2003]
      write margin: 1.2
    y:11:110  metrics[2].margin of a share is a difference in points, above 0%  [HD2003]
      write margin: 1%
    y:12:134  metrics[3].margin is a difference in the unit of low and high, above 0 and less than they lie apart  [HD2003]
      write margin: 0.2, or leave it out for a twentieth of the range
    y:13:145  metrics[4].margin is a difference in the unit of low and high, above 0 and less than they lie apart  [HD2003]
      write margin: 0.2, or leave it out for a twentieth of the range
    y:14:39  metrics[5].margin of restarts is a factor above 1 and at most 10  [HD2003]
      write margin: 2
    y:15:46  metrics[6].margin.ratio must be at least 1, not 0.5  [HD2003]
    y:16:37  metrics[7].margin leaves no room  [HD2003]
      nothing could be shown to be as good to the last request
    y:17:38  metrics[8].ceiling of errors is a share of the requests  [HD2003]
      write ceiling: 5%
    y:18:38  metrics[9].margin must be a percentage with its sign, not "wide"  [HD2003]
      write 1%, 2.5% or 0.1%
    y:18:65  metrics[9].ceiling.quantile must be a quantile, p and a number below 100, not 99  [HD2003]
      write p99
    y:18:75  metrics[9].ceiling.time must be a duration with its unit, not 800  [HD2003]
      write 800s
    y:19:38  metrics[10].margin must be a number, a percentage or a mapping  [HD2003]
      such as margin: 1.2, or margin: 1%"
  `)
})

test('wants values between their bounds', () => {
  const bounds = (low: string, high: string) =>
    `{ metric: mean, worse: lower, sum: 'a${release}', count: 'b${release}', low: ${low}, high: ${high} }`
  expect(shownFor(errors, bounds('4', '4'), bounds('5', '4'), bounds('0', '.inf'))).toMatchInlineSnapshot(`
    "y:10:114  metrics[1].low must be below high, 4, and is 4  [HD2003]
    y:11:114  metrics[2].low must be below high, 4, and is 5  [HD2003]
    y:12:123  metrics[3].high must be a number, not Infinity  [HD2003]"
  `)
})

test('wants quantiles that ascend', () => {
  expect(
    shownFor(
      '{ metric: latency, quantiles: [p99, p50, p50] }',
      '{ metric: latency, quantiles: [0.5, 99, p0, p100, median, 0.5%] }',
      '{ metric: latency, quantiles: [] }',
    ),
  ).toMatchInlineSnapshot(`
    "y:9:41  metrics[0].quantiles must ascend, and name none twice  [HD2003]
      write quantiles: [p50, p99]
    y:10:42  metrics[1].quantiles[0] must be a quantile, p and a number below 100, not 0.5  [HD2003]
      write p50
    y:10:47  metrics[1].quantiles[1] must be a quantile, p and a number below 100, not 99  [HD2003]
      write p99
    y:10:51  metrics[1].quantiles[2] must be a quantile, p and a number below 100, not "p0"  [HD2003]
      such as p50, p99 or p99.9
    y:10:55  metrics[1].quantiles[3] must be a quantile, p and a number below 100, not "p100"  [HD2003]
      such as p50, p99 or p99.9
    y:10:61  metrics[1].quantiles[4] must be a quantile, p and a number below 100, not "median"  [HD2003]
      such as p50, p99 or p99.9
    y:10:69  metrics[1].quantiles[5] must be a quantile, p and a number below 100, not "0.5%"  [HD2003]
      such as p50, p99 or p99.9
    y:11:41  metrics[2].quantiles must have at least 1 entry  [HD2003]"
  `)
})

test('wants errors among them, and each name once', () => {
  expect(shownFor('{ metric: latency }')).toMatchInlineSnapshot(`
    "y:9:9  metrics must have errors  [HD2003]
      write metrics: [{ metric: errors }, { metric: latency }]"
  `)
  expect(
    shownFor(
      errors,
      errors,
      '{ metric: restarts }',
      '{ metric: restarts }',
      '{ metric: restarts, name: latency }',
      '{ metric: restarts, name: Own }',
      '{ metric: restarts, name: one }',
      '{ metric: restarts, name: one }',
    ),
  ).toMatchInlineSnapshot(
    `"y:14:37  metrics[5].name must be 1 to 40 lower-case letters, digits and dashes, and neither begin nor end with a dash  [HD2003]"`,
  )
  expect(
    shownFor(
      errors,
      errors,
      '{ metric: restarts, name: latency }',
      '{ metric: restarts, name: one }',
      '{ metric: restarts, name: one }',
    ),
  ).toMatchInlineSnapshot(`
    "y:10:11  metrics[1] is a second metric with the name errors  [HD2003]
      take one of them out
    y:11:37  metrics[2].name is the name of another kind, latency  [HD2003]
      only a metric of that kind has it: write a name of its own
    y:13:11  metrics[4] is a second metric with the name one  [HD2003]
      write a name, such as name: signups"
  `)
})

test('names the kind, the key and the word that were meant', () => {
  expect(
    shownFor(
      '{ metric: error }',
      '{ metrics: errors }',
      '{ metric: errors, onfail: pause }',
      '{ metric: errors, onFail: hold }',
    ),
  ).toMatchInlineSnapshot(`
    "y:9:21  metrics[0].metric must be errors, latency, restarts, conversion, mean or custom, not "error"  [HD2003]
      did you mean errors?
    y:10:11  metrics[1].metric is missing  [HD2003]
    y:10:13  unknown key "metrics" in metrics[1]  [HD2003]
      did you mean "metric"?  (valid here: metric, name, onFail, required, dryRun, worse, margin, ceiling, quantiles, hits, total, sum, count, query, histogram, low, high)
    y:11:29  unknown key "onfail" in metrics[2]  [HD2003]
      did you mean "onFail"?  (valid here: metric, name, onFail, required, dryRun, worse, margin, ceiling, quantiles, hits, total, sum, count, query, histogram, low, high)
    y:12:37  metrics[3].onFail must be rollback, pause or observe, not "hold"  [HD2003]"
  `)
})
