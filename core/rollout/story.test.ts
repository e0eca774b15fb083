// The story of a rollout, as somebody reads it the morning after: whole texts, so that a change of words is seen.

import { expect, test } from 'vitest'
import type { SourceMetric } from '../analysis/metric.ts'
import { usualErrors, usualLatency } from '../analysis/metric.ts'
import type { SourceAssessment } from '../analysis/source/source-assessment.ts'
import type { Instant } from '../time.ts'
import { ppm } from '../time.ts'
import { judgementWords } from './explain.ts'
import { badInstance, errors, pending, trip } from './rollout.arbitrary.ts'
import type { Plan, Rollout, Stage } from './state.ts'
import type { Told } from './story.ts'
import { story } from './story.ts'

const text = (told: Partial<Told>, stage: Stage = { phase: 'Succeeded' }, over: Partial<Plan> = {}): string =>
  story({
    rollout: { ...pending(over), ...stage } as Rollout,
    metrics: [],
    sources: null,
    rescued: 0,
    mismatch: null,
    lacks: [],
    remaining: null,
    ...told,
  })
    .map(({ heading, lines }) => `${heading}\n${lines.map((line) => `  ${line}\n`).join('')}`)
    .join('')

test('a rollout that went back: what was found, what it cost, what else would have been found', () => {
  const metrics = [
    errors({
      evidence: 1_204,
      promotion: 0.002,
      candidate: { requests: 121, bad: 9 },
      stable: { requests: 1_089, bad: 1 },
      difference: { lower: 0.039, upper: 0.12 },
    }),
    errors({
      ...{ metric: 'latency', evidence: 0.4, promotion: 22, difference: null },
      ...{ candidate: { requests: 100, bad: 1 }, stable: { requests: 900, bad: 9 } },
      slowness: { quantile: 0.99, thresholdMs: 12.3 },
    }),
  ]
  const over = { metrics: [usualErrors, usualLatency] }
  expect(
    text({ metrics, rescued: 7 }, { phase: 'RolledBack', cause: { kind: 'trip', trip } }, over),
  ).toMatchInlineSnapshot(`
    "what was asked for
      v2 in place of v1
      by steps: 1 %, pause 2 s, 50 %, wait for a person, then everything
      a bake of 5 s, 5 % held back
    the way back
      checked: v1 is present and verified
    the verdict
      errors: 9 of 121 (7.4 %) failed on v2, 1 of 1,089 (0.092 %) on v1
        evidence 1,204 : 1 against "no worse" (goes back at 200 : 1)
        it is between 3.9 and 12 points worse (99 %, at all times)
        not shown to be within 1.5 times stable's share or 0.5 points more (evidence 0.002 : 1 of 20 : 1)
        a regression of 41 times or more (errors at 3.8 %) would most likely have been caught by now
      latency: 1 of 100 (1 %) took longer than 12 ms (the p99 of stable before) on v2, 9 of 900 (1 %) on v1
        evidence 0.4 : 1 against "no worse" (goes back at 200 : 1)
        shown to be within 1.2 times stable's median and p99
        a regression of 8.2 times or more (requests beyond stable's p99 at 8.2 %) would most likely have been caught by now
      under its assumptions (independent units), the statistics stop at most 1 in 100 releases that are no worse; guardrails and missing data stop more
    what users saw
      9 requests failed on v2, v1 answered 7 of them instead
    where it is
      rolled back to v1: errors: 9 of 121 (7.4 %) failed on the candidate, 1 of 1,100 (0.091 %) on stable; evidence 400 : 1 against "no worse" (limit 100 : 1)
    "
  `)
})

test('a rollout under way says what it waits for', () => {
  const stage: Stage = { phase: 'Progressing', step: 2, from: { at: 0 as Instant, requests: 0 }, lapses: 0 }
  const lacks = [{ kind: 'requests', seen: 12, needed: 100 }] as const
  expect(text({ metrics: [errors()], lacks }, stage)).toContain(
    'where it is\n  50 % of the traffic to v2\n  waits: 12 of 100 requests\n',
  )
})

test('says of each metric what follows, and at which evidence', () => {
  const metrics = [
    { ...usualErrors, onFail: 'pause' },
    { ...usualLatency, dryRun: true, required: false },
  ] as const
  const seenOf = [errors(), errors({ metric: 'latency', slowness: { quantile: 0.99, thresholdMs: 9 } })]
  const words = text({ metrics: seenOf }, { phase: 'Succeeded' }, { metrics })
  expect(words).toContain('against "no worse" (a person is called at 100 : 1)')
  expect(words).toContain('against "no worse" (would go back, in a dry run, at 100 : 1)')
})

test('margins are those of the plan', () => {
  const metrics = [
    { ...usualErrors, margin: { ratio: 2, difference: 0.001 } },
    { ...usualLatency, margin: 1.1, quantiles: [0.5, 0.9, 0.99] },
  ]
  const seenOf = [errors(), errors({ metric: 'latency', slowness: { quantile: 0.99, thresholdMs: 9 } })]
  const words = text({ metrics: seenOf }, { phase: 'Succeeded' }, { metrics })
  expect(words).toContain("shown to be within 2 times stable's share or 0.1 points more")
  expect(words).toContain("shown to be within 1.1 times stable's median, p90 and p99")
})

test('tells what nothing followed from, what a person accepted, and what went on unproven', () => {
  const { at: _, decisiveToZeroMs: __, ...judgement } = trip
  const rollout: Rollout = {
    ...{ ...pending({ metrics: [{ ...usualErrors, dryRun: true, required: false }] }), phase: 'Succeeded' },
    noted: [{ ...judgement, at: 1 as Instant }],
    accepted: ['latency'],
    acceptedMissing: ['checkout'],
    unproven: [{ step: 2, lacks: [{ kind: 'requests', seen: 12, needed: 100 }] }],
  }
  expect(text({ rollout })).toContain(`told, and left to people
  would have rolled back (a dry run): errors: 9 of 121 (7.4 %) failed on the candidate, 1 of 1,100 (0.091 %) on stable; evidence 400 : 1 against "no worse" (limit 100 : 1)
  latency: judged worse, and a person went on
  checkout: without data of the candidate, and a person went on
  step 3 went on not proven: 12 of 100 requests. Nothing speaks against it, and lowTraffic is promote-if-clean
`)
})

test('a bake says what it could have caught by now', () => {
  const baking: Stage = { phase: 'Baking', from: { at: 0 as Instant, requests: 200 }, lapses: 0 }
  const metrics = [errors({ candidate: { requests: 5_200, bad: 5 }, stable: { requests: 1_000, bad: 1 } })]
  expect(text({ metrics }, baking)).toMatch(
    /the bake\n {2}by what it saw alone: a regression of [\d.]+ times or more \(errors at [\d.]+ %\) would most likely have been caught by now\n/,
  )
  const unheld = { bake: { forMs: 5_000, holdback: ppm(0) } }
  expect(text({ metrics }, baking, unheld)).toContain('only guardrails watch, nothing is compared')
})

test('how long it will take is the last line', () => {
  const stage: Stage = { phase: 'Progressing', step: 2, from: { at: 0 as Instant, requests: 0 }, lapses: 0 }
  expect(text({ remaining: 'about 4:00 more at the present 12 requests/s to v2' }, stage)).toMatch(
    /about 4:00 more at the present 12 requests\/s to v2\n$/,
  )
})

test('a metric of a source says what it counted, what follows, and what it would have caught', () => {
  const checkout: SourceMetric = {
    ...{ kind: 'conversion', name: 'checkout', onFail: 'pause', required: true, dryRun: false, worse: 'lower' },
    ...{ measure: { kind: 'share', hits: 'h', total: 't' }, margin: 0.01 },
  }
  const told: SourceAssessment = {
    ...{ metric: 'checkout', status: 'Running', reason: null, evidence: 0.8, promotion: 3, limit: 200 },
    ...{ lastGoodAt: null, candidate: { n: 1_000, x: 290 }, stable: { n: 9_000, x: 2_700 } },
    interval: { of: 'difference', quantile: null, lower: -0.05, upper: 0.03 },
  }
  const words = text(
    { metrics: [], sources: { metrics: [told] } },
    { phase: 'Succeeded' },
    { metrics: [usualErrors, checkout] },
  )
  expect(words).toContain(`the verdict
  checkout: 290 of 1,000 (29 %) on the candidate, 2,700 of 9,000 (30 %) on stable, a difference between -0.05 and 0.03
    evidence 0.8 : 1 against "no worse" (a person is called at 200 : 1)
    not shown to be within its margin (evidence 3 : 1 of 20 : 1)
    checkout at 24 % or less would most likely have been caught by now
`)
})

test('a first release was compared with nothing, and says nothing of it', () => {
  const first = { stable: null, stableArtifact: null, steps: [], bake: null, wayBack: null }
  expect(text({}, { phase: 'Succeeded' }, first)).toMatchInlineSnapshot(`
    "what was asked for
      v2, the first release here
    where it is
      v2 is stable
    "
  `)
})

test('a rollback is an older release again, and nothing is judged', () => {
  const words = text({}, { phase: 'Succeeded' }, { kind: 'rollback', strategy: 'allAtOnce', steps: [], bake: null })
  expect(words).toContain('what was asked for\n  v2 again in place of v1\n')
  expect(words).not.toContain('the verdict')
})

test('what was never compared is said to be just that', () => {
  expect(text({ metrics: [] })).toContain('nothing is known of a comparison')
  const none = errors({ metric: 'latency', candidate: { requests: 0, bad: 0 }, difference: null })
  expect(text({ metrics: [errors(), none] })).toContain('latency: not compared yet (it takes 1,000 requests of stable')
})

test('a few requests are too few to find anything in', () => {
  const few = errors({ candidate: { requests: 2, bad: 0 }, stable: { requests: 2, bad: 0 } })
  expect(text({ metrics: [few] })).toContain('too few requests yet to find anything (2)')
})

test('weights and pauses of a plan are told in their order', () => {
  const steps = [
    { kind: 'setWeight', weight: ppm(1_000) },
    { kind: 'pause', forMs: 90_000 },
    { kind: 'pause', forMs: null },
  ] as const
  expect(text({}, { phase: 'Succeeded' }, { steps })).toContain(
    'by steps: 0.1 %, pause 1:30, wait for a person, then everything',
  )
})

test('a quantile above its ceiling is told with its time, and with both shares', () => {
  const slow = {
    ...trip,
    ...{ metric: 'latency', rule: 'ceiling' as const, slowness: { quantile: 0.99, thresholdMs: 800 } },
    ...{ candidate: { requests: 200, bad: 20 }, stable: { requests: 2_000, bad: 1 } },
  }
  expect(judgementWords(slow)).toBe(
    'its p99 is surely above its ceiling, and that of stable surely is not (20 of 200 (10 %) took 800 ms or longer on the candidate, 1 of 2,000 (0.05 %) on stable)',
  )
})

test('what was not as it should be is told, and nothing where all was', () => {
  const replaced = badInstance(5 as Instant)
  const mismatch = { seen: ppm(121_000), granted: ppm(100_000), requests: 20_000 }
  const heading = 'what was not as it should be'
  expect(text({})).not.toContain(heading)
  expect(text({ mismatch, rollout: { ...pending(), phase: 'Preparing', replaced } as Rollout })).toContain(
    [
      heading,
      '  instance i-1 of v2 is replaced: 9 of 40 (23 %) of its requests failed, and 9 of the 10 that failed in all',
      "  12.1 % of 20,000 counted outcomes were the candidate's where 10 % was granted: outcomes of one side are lost, or the edge does not split as it should",
    ].join('\n'),
  )
})

test('sessions are told as sessions: a rescued request is none of them', () => {
  const metrics = [errors({ candidate: { requests: 40, bad: 3 } })]
  const words = text({ metrics, rescued: 50 }, { phase: 'Succeeded' }, { unit: 'session' })
  expect(words).toContain('\n  at least 3 sessions had a failure on v2, v1 answered 50 requests instead\n')
})

test('what a ceiling decided is told by the ceiling, and what is usual by what was usual', () => {
  const ceiling = { quantile: 0.9, ms: 250 }
  const latency = (slowness: { readonly quantile: number; readonly thresholdMs: number }) =>
    text(
      { metrics: [errors({ metric: 'latency', slowness, candidate: { requests: 40, bad: 30 } })] },
      { phase: 'Succeeded' },
      { metrics: [usualErrors, { ...usualLatency, ceiling }] },
    )
  const decided = latency({ quantile: 0.9, thresholdMs: 250 })
  expect(decided).toContain('latency: 30 of 40 (75 %) took 250 ms or longer (the ceiling of its p90) on v2')
  expect(decided).not.toContain("stable's p90")
  expect(latency({ quantile: 0.9, thresholdMs: 12 })).toContain(
    'took longer than 12 ms (the p90 of stable before) on v2',
  )
})
