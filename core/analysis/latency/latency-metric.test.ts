// Goal: what a metric of latency asks for is done: its quantiles, its ceiling, and what follows when it is judged worse; and
// nothing that an edge could tell it breaks the judge. Method: told streams, and random ones.
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Instant } from '../../time.ts'
import type { Decision } from '../decision.ts'
import { holdWords } from '../decision.ts'
import { usualLatency } from '../metric.ts'
import type { LatencyJudge, LatencyPlan, Observation } from './latency-judge.ts'
import { createLatencyJudge } from './latency-judge.ts'

const judgeOf = (change: Partial<LatencyPlan> = {}): LatencyJudge =>
  createLatencyJudge({ ...usualLatency, limit: 100, warmupMs: 0, resume: null, ...change })

/** Stable takes 1 to 100 ms, and has been seen. */
const knowing = (change: Partial<LatencyPlan> = {}): LatencyJudge => {
  const judge = judgeOf(change)
  for (let request = 0; request < 1_000; request += 1)
    judge.observe({ arm: 'stable', elapsedMs: 1 + (request % 100), atMs: 0 })
  judge.expose(-60_000) // so that what is observed at 0 began after it
  return judge
}

/** Every decision of a minute of 90 requests of stable and 10 of the candidate a second. */
const minute = (
  judge: LatencyJudge,
  candidateMs: number,
  stableMs: (request: number) => number,
): readonly Decision[] => {
  const decisions: (Decision | null)[] = []
  for (let second = 1; second <= 60; second += 1) {
    const atMs = second * 1_000
    for (let request = 0; request < 90; request += 1)
      decisions.push(judge.observe({ arm: 'stable', elapsedMs: stableMs(request), atMs }))
    for (let request = 0; request < 10; request += 1)
      decisions.push(judge.observe({ arm: 'candidate', elapsedMs: candidateMs, atMs }))
  }
  return decisions.filter((one) => one !== null)
}
const usually = (request: number): number => 1 + ((request * 37) % 100)

describe('what follows when the candidate is slower', () => {
  test('is a trip, once', () => {
    const judge = knowing()
    expect(minute(judge, 300, usually)).toMatchObject([
      { kind: 'trip', metric: 'latency', rule: 'evidence', limit: 100 },
    ])
    expect(judge.state()).toMatchObject({ decided: 'trip', by: 'evidence', noted: null })
  })

  test('is a hold where the metric pauses, once', () => {
    const decisions = minute(knowing({ onFail: 'pause' }), 300, usually)
    expect(decisions).toMatchObject([{ kind: 'hold', cause: 'worse', rule: 'evidence' }])
    expect(decisions.map((one) => one.kind === 'hold' && holdWords(one)).join()).toContain(
      'latency: the candidate is judged',
    )
  })

  test.each([{ onFail: 'observe' as const }, { dryRun: true }, { onFail: 'pause' as const, dryRun: true }])(
    'is nothing with %j: it is noted, with the figures of that moment and the instant that is told',
    (change) => {
      const judge = knowing(change)
      expect(minute(judge, 300, usually)).toMatchObject([{ kind: 'note', rule: 'evidence' }])
      judge.date(7 as Instant)
      judge.date(8 as Instant)
      const { noted } = judge.state()
      expect(noted).toMatchObject({ rule: 'evidence', limit: 100, at: 7 })
      expect(noted?.candidate.bad).toBeLessThan(judge.strongest()?.candidate.bad ?? 0)
      const resumed = judgeOf({ ...change, resume: JSON.parse(JSON.stringify(judge.state())) })
      expect(resumed.state().noted).toEqual(noted)
      expect(minute(resumed, 300, usually)).toEqual([])
    },
  )
})

describe('a ceiling', () => {
  const ceiling = { quantile: 0.9, ms: 250 }

  test('takes out a candidate that is surely above it while stable is not, before anything can be compared', () => {
    const judge = judgeOf({ ceiling })
    judge.expose(0)
    expect(minute(judge, 250, () => 20)).toMatchObject([{ kind: 'trip', rule: 'ceiling', metric: 'latency' }])
    const told = judge.strongest()
    expect(told).toMatchObject({ quantile: 0.9, thresholdMs: 250, stable: { bad: 0 } })
    expect(told?.candidate.bad).toBe(told?.candidate.requests)
  })

  test('that both are above is an incident: a person is called, once, and the candidate stays', () => {
    const judge = judgeOf({ ceiling })
    judge.expose(0)
    const decisions = minute(judge, 300, () => 300)
    expect(decisions).toMatchObject([{ kind: 'hold', cause: 'shared', rule: 'ceiling' }])
    expect(decisions.map((one) => one.kind === 'hold' && holdWords(one)).join()).toContain('are both slower than')
    expect(minute(judge, 300, () => 300)).toEqual([])
  })

  test('calls nobody where nothing is to follow', () => {
    const judge = judgeOf({ ceiling, onFail: 'observe' })
    judge.expose(0)
    expect(minute(judge, 300, () => 300)).toEqual([])
    expect(minute(judgeOf({ ceiling }), 200, () => 300)).toEqual([])
  })

  test('a request that outlasts it and every threshold need not be waited for', () => {
    const thresholdsMs = knowing().settledAfterMs() ?? 0
    expect(knowing({ ceiling: { quantile: 0.9, ms: 1 } }).settledAfterMs()).toBe(thresholdsMs)
    expect(knowing({ ceiling: { quantile: 0.9, ms: 5_000 } }).settledAfterMs()).toBe(5_000)
    const early = judgeOf({ ceiling })
    expect(early.settledAfterMs()).toBeNull()
    early.expose(0)
    expect(early.settledAfterMs()).toBe(250)
  })

  test('does not count the warm-up', () => {
    const judge = judgeOf({ ceiling, warmupMs: 30_000 })
    judge.expose(0)
    for (let request = 0; request < 200; request += 1) judge.observe({ arm: 'candidate', elapsedMs: 300, atMs: 20_000 })
    judge.expose(30_000)
    judge.observe({ arm: 'candidate', elapsedMs: 300, atMs: 30_100 }) // it began before
    expect(judge.state().ceiling?.candidate).toEqual({ requests: 0, bad: 0 })
    judge.observe({ arm: 'candidate', elapsedMs: 300, atMs: 30_300 })
    expect(judge.state().ceiling?.candidate).toEqual({ requests: 1, bad: 1 })
  })
})

const ascending = fc
  .uniqueArray(fc.double({ min: 0.2, max: 0.9999, noNaN: true }), { minLength: 1, maxLength: 8 })
  .map((all) => all.toSorted((one, other) => one - other))

property.prop([ascending, fc.double({ min: 1, max: 3, noNaN: true })], { numRuns: 30 })(
  'any quantiles: what is far slower goes, and promotion asks for each of them',
  (quantiles, margin) => {
    const judge = knowing({ quantiles, margin })
    const { thresholds } = judge.state()
    expect(thresholds?.within.map(({ at }) => thresholds.quantiles[at])).toEqual(quantiles)
    expect(minute(judge, 5_000, usually)).toMatchObject([{ kind: 'trip' }])
    expect(quantiles[0] ?? 0).toBeLessThanOrEqual(judge.strongest()?.quantile ?? 0)
  },
)

test('where nothing else is asked for promotion asks for the median and the p99', () => {
  const { thresholds } = knowing().state()
  expect(thresholds?.within.map(({ at }) => thresholds.quantiles[at])).toEqual([0.5, 0.99])
})

const odd = fc.constantFrom(Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -0, 5)
const anything = fc.record({ arm: fc.constantFrom('candidate' as const, 'stable' as const), elapsedMs: odd, atMs: odd })

property.prop([
  fc.array(
    fc.oneof(
      anything,
      anything.map((one): Observation => ({ ...one, elapsedMs: 20 })),
    ),
    { maxLength: 60 },
  ),
])('no clock and no duration leaves a state from which it cannot go on', (told) => {
  const judge = knowing({ ceiling: { quantile: 0.5, ms: 20 } })
  for (const one of told) {
    judge.observe(one)
    judge.turn(one.atMs)
    judge.turn(one.atMs)
    if (one.elapsedMs === 5) judge.cut(one.atMs)
  }
  const state = JSON.stringify(judge.state())
  expect(JSON.stringify(judgeOf({ resume: JSON.parse(state) }).state())).toBe(state)
  expect([judge.evidence(), judge.promotion()].every((value) => value >= 0 && value <= 1e300)).toBe(true)
})

test('what no clock can have measured is no request, and what takes for ever is a slow one', () => {
  const judge = knowing()
  const open = (): readonly number[] => judge.state().thresholds?.open.candidate ?? []
  for (const elapsedMs of [Number.NaN, -1]) judge.observe({ arm: 'candidate', elapsedMs, atMs: 0 })
  expect(Math.max(...open())).toBe(0)
  judge.observe({ arm: 'candidate', elapsedMs: 1e12, atMs: 1e12 + 1 })
  expect(open().at(-1)).toBe(1)
})

test('a clock that goes back, or stands still, ends no second twice', () => {
  const run = (times: readonly number[]) => {
    const judge = knowing()
    for (const atMs of times) {
      judge.observe({ arm: 'stable', elapsedMs: 5, atMs: 500 })
      judge.observe({ arm: 'candidate', elapsedMs: 5, atMs: 500 })
      judge.turn(atMs)
      judge.turn(atMs)
    }
    return judge.state().thresholds?.candidate.reduce((sum, count) => sum + count, 0)
  }
  expect(run([1_000, 900, 2_000, -5_000])).toBe(4)
})

describe('a plan is refused', () => {
  const wrong: readonly (readonly [string, Partial<LatencyPlan>, string])[] = [
    ['with a limit below 1', { limit: 0.5 }, 'its limit must lie in 1 to 1e300, not 0.5'],
    ['with a margin that asks for quicker', { margin: 0.9 }, 'its margin must be a factor of 1 to 1,000, not 0.9'],
    ['with a warm-up of no time', { warmupMs: Number.NaN }, 'its warm-up must be a time in ms, not NaN'],
    ['without quantiles', { quantiles: [] }, 'it takes 1 to 8 quantiles that ascend between 0 and 1, not []'],
    ['with the quantile 1', { quantiles: [0.5, 1] }, 'quantiles that ascend between 0 and 1, not [0.5,1]'],
    ['with quantiles that fall', { quantiles: [0.9, 0.5] }, 'quantiles that ascend'],
    ['with nine quantiles', { quantiles: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] }, 'it takes 1 to 8 quantiles'],
    ['with a ceiling of no time', { ceiling: { quantile: 0.5, ms: 0 } }, 'its ceiling must be a quantile and a time'],
  ]
  test.each(wrong)('%s', (_, change, sentence) => {
    expect(() => judgeOf(change)).toThrow(sentence)
  })
})
