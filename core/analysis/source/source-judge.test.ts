// Goal: what follows from what a source says, and that nothing absent or wrong passes for a figure. Method: the judge itself,
// tick by tick, for every kind of measure; healthy and bad releases from a seed.
import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import type { Reading } from '../../ports.ts'
import type { Instant } from '../../time.ts'
import type { Measure, Metric, SourceMetric } from '../metric.ts'
import { usualErrors } from '../metric.ts'
import { createRandom } from '../seeded-random.ts'
import {
  anyReading,
  at,
  drawn,
  edges,
  measures,
  metricOf,
  noData,
  share,
  tickMs,
  tickOf,
} from './source-judge.arbitrary.ts'
import type { SourceDecision, SourceJudge } from './source-judge.ts'
import { createSourceJudge } from './source-judge.ts'
import type { SourceJudgeState } from './source-state.ts'

const judgeOf = (metrics: readonly Metric[], resume: SourceJudgeState | null = null): SourceJudge =>
  createSourceJudge({ metrics, alpha: 0.01, beta: 0.05, resume })
const kinds = Object.keys(measures) as readonly Measure['kind'][]
const good = { candidate: share(1, 100), stable: share(9, 900) }
const bad = { candidate: share(60, 100), stable: share(9, 900) }

/** Feeds so many ticks, from the first number on. */
const fed = (
  judge: SourceJudge,
  { first = 0, ticks, readings }: { first?: number; ticks: number; readings: Parameters<typeof tickOf>[1] },
): readonly SourceDecision[] =>
  Array.from({ length: ticks }, (_, tick) => judge.feed(tickOf(first + tick, readings)).decisions).flat()

const only = (judge: SourceJudge, tick: number) => {
  const [assessment] = judge.assessments(at(tick))
  if (assessment === undefined) throw new Error('nothing is judged')
  return assessment
}

describe('what follows', () => {
  const failing = { checkout: bad }
  const named = (over: Partial<SourceMetric>): SourceMetric => metricOf('share', { name: 'checkout', ...over })

  test('worse by evidence goes back, once, and says by how much', () => {
    const judge = judgeOf([named({})])
    const [decision, ...more] = fed(judge, { ticks: 9, readings: failing })
    expect(more).toEqual([])
    expect(decision).toMatchObject({ kind: 'trip', metric: 'checkout', rule: 'evidence', limit: 100 })
    expect(decision?.evidence).toBeGreaterThanOrEqual(100)
    const assessment = only(judge, 9)
    expect(assessment).toMatchObject({ status: 'Failed', reason: { kind: 'worse' }, lastGoodAt: at(9) })
    expect(assessment).toMatchObject({ candidate: { n: 900, x: 540 }, stable: { n: 8_100, x: 81 } })
    expect(assessment.interval).toMatchObject({ of: 'difference', quantile: null })
    expect(assessment.interval?.lower).toBeGreaterThan(0.4)
    expect(assessment.interval?.upper).toBeLessThan(0.8)
  })

  test.each([
    [{ onFail: 'pause' }, 'hold'],
    [{ onFail: 'observe' }, 'note'],
    [{ dryRun: true }, 'note'],
  ] as const)('%o is answered with a %s, once', (over, kind) => {
    const judge = judgeOf([named(over)])
    expect(fed(judge, { ticks: 9, readings: failing })).toMatchObject([{ kind, metric: 'checkout' }])
    expect(only(judge, 9).status).toBe('Failed')
  })

  test('after a trip everything is counted and nothing decided', () => {
    const judge = judgeOf([named({}), named({ name: 'other', onFail: 'pause' })])
    const readings = { checkout: bad, other: good }
    expect(fed(judge, { ticks: 9, readings })).toMatchObject([{ kind: 'trip', metric: 'checkout' }])
    expect(fed(judge, { first: 9, ticks: 9, readings: { checkout: bad, other: bad } })).toEqual([])
    expect(judge.assessments(at(18)).map(({ candidate }) => candidate.n)).toEqual([1_800, 1_800])
  })

  test('metrics that act share alpha, those of the edge too; who follows nothing shares it with nobody', () => {
    const all = [
      usualErrors,
      named({}),
      named({ name: 'two', onFail: 'pause' }),
      named({ name: 'three', dryRun: true }),
    ]
    const limits = judgeOf(all)
      .assessments(at(0))
      .map(({ metric, limit }) => [metric, limit])
    expect(limits).toEqual([
      ['checkout', 3 / 0.01],
      ['two', 3 / 0.01],
      ['three', 1 / 0.01],
    ])
  })

  test('a drop is worse where lower is worse, and a rise is not', () => {
    const conversion = named({ kind: 'conversion', worse: 'lower' })
    const rising = { checkout: { candidate: share(60, 100), stable: share(180, 900) } }
    expect(fed(judgeOf([conversion]), { ticks: 30, readings: rising })).toEqual([])
    const judge = judgeOf([conversion])
    const dropped = { checkout: { candidate: share(5, 100), stable: share(180, 900) } }
    expect(fed(judge, { ticks: 30, readings: dropped })).toMatchObject([{ kind: 'trip' }])
    expect(only(judge, 30).interval?.upper).toBeLessThan(-0.05)
  })

  test('what is worse beyond doubt but by a trifle is left alone', () => {
    const judge = judgeOf([named({ margin: 0.02 })])
    const trifle = { checkout: { candidate: share(51_000, 100_000), stable: share(451_000, 900_000) } } // 0.9 points
    expect(fed(judge, { ticks: 400, readings: trifle })).not.toEqual([])
    const less = judgeOf([named({ margin: 0.05 })])
    expect(fed(less, { ticks: 400, readings: trifle })).toEqual([])
    expect(only(less, 400).evidence).toBeGreaterThan(100)
  })

  test('two bad ones are not enough, whatever the evidence', () => {
    const judge = judgeOf([named({})])
    const two = { checkout: { candidate: share(1, 1), stable: share(0, 100_000) } }
    expect(fed(judge, { ticks: 2, readings: two })).toEqual([])
    expect(fed(judge, { first: 2, ticks: 5, readings: two })).toMatchObject([{ kind: 'trip' }])
  })
})

describe('what is not measured', () => {
  const judged = (): SourceJudge => {
    const judge = judgeOf([metricOf('share')])
    fed(judge, { ticks: 200, readings: { share: { candidate: share(1, 1_000), stable: share(9, 9_000) } } })
    expect(only(judge, 200)).toMatchObject({ status: 'Successful', reason: null })
    return judge
  }
  const down: Reading = { kind: 'error', reason: 'connection refused' }
  const old: Reading = { kind: 'stale', lastAt: at(200) }

  test('nothing yet is Pending, and no tick at all is said', () => {
    const judge = judgeOf([metricOf('share')])
    expect(only(judge, 0)).toMatchObject({
      status: 'Pending',
      reason: null,
      evidence: expect.closeTo(1, 9),
      promotion: expect.closeTo(1, 9),
      lastGoodAt: null,
    })
    judge.feed(tickOf(0, { share: { candidate: noData, stable: noData } }))
    expect(only(judge, 1)).toMatchObject({
      status: 'Pending',
      reason: { kind: 'unmeasured', trouble: { kind: 'noData', arm: 'both', why: 'no series' }, forMs: tickMs },
    })
    expect(only(judge, 8)).toMatchObject({ status: 'Pending', reason: { kind: 'silent', forMs: 7 * tickMs } })
  })

  test('stale for more than 30 s holds promotion, for more than 5 minutes nobody can say', () => {
    const judge = judged()
    const stale = { share: { candidate: old, stable: old } }
    fed(judge, { first: 200, ticks: 3, readings: stale })
    expect(only(judge, 203).status).toBe('Successful')
    fed(judge, { first: 203, ticks: 1, readings: stale })
    expect(only(judge, 204)).toMatchObject({
      status: 'Running',
      reason: { kind: 'unmeasured', trouble: { kind: 'stale', arm: 'both', lastAt: at(200) }, forMs: 40_000 },
    })
    fed(judge, { first: 204, ticks: 26, readings: stale })
    expect(only(judge, 230).status).toBe('Running')
    fed(judge, { first: 230, ticks: 1, readings: stale })
    expect(only(judge, 231).status).toBe('Inconclusive')
  })

  test('a source that fails is an Error at once, and is told in its own words', () => {
    const judge = judged()
    fed(judge, { first: 200, ticks: 1, readings: { share: { candidate: down, stable: down } } })
    const trouble = { kind: 'error', arm: 'both', why: 'connection refused' }
    expect(only(judge, 201)).toMatchObject({ status: 'Error', reason: { kind: 'unmeasured', trouble } })
  })

  test('an outage of 10 minutes neither promotes nor rolls back, and what was known goes on', () => {
    const judge = judged()
    const before = only(judge, 200)
    const outage = { share: { candidate: down, stable: down } }
    expect(fed(judge, { first: 200, ticks: 60, readings: outage })).toEqual([])
    expect(only(judge, 260)).toMatchObject({ status: 'Error', evidence: before.evidence, promotion: before.promotion })
    fed(judge, { first: 260, ticks: 1, readings: { share: good } })
    expect(only(judge, 261)).toMatchObject({ status: 'Successful', lastGoodAt: at(261) })
  })

  test('where nobody feeds it, it is not fresh either', () => {
    expect(only(judged(), 204)).toMatchObject({ status: 'Running', reason: { kind: 'silent', forMs: 40_000 } })
    expect(only(judged(), 231).status).toBe('Inconclusive')
  })

  test('a gap between ticks counts for nobody, and the next tick is taken', () => {
    const judge = judged()
    expect(judge.feed(tickOf(9_000, { share: good }))).toEqual({ refused: null, decisions: [], unknown: [] })
    expect(only(judge, 9_001).status).toBe('Successful')
  })

  test.each([noData, old])('a candidate with traffic of which nothing is seen (%o) fails after 60 s', (absent) => {
    for (const [onFail, kind] of [
      ['rollback', 'trip'],
      ['pause', 'hold'],
      ['observe', 'note'],
    ] as const) {
      const judge = judgeOf([metricOf('share', { onFail })])
      const missing = { share: { candidate: absent, stable: good.stable } }
      expect(fed(judge, { ticks: 5, readings: missing })).toEqual([])
      expect(fed(judge, { first: 5, ticks: 3, readings: missing })).toMatchObject([{ kind, rule: 'missing' }])
      expect(only(judge, 8)).toMatchObject({ status: 'Failed', reason: { kind: 'missing', forMs: 80_000 } })
    }
  })

  test('a candidate that is missing is none of these: not to have traffic, stable absent too, silent stable, a gap between', () => {
    const judge = judgeOf([metricOf('share')])
    const missing = { share: { candidate: noData, stable: good.stable } }
    for (let tick = 0; tick < 20; tick += 1) judge.feed(tickOf(tick, missing, { exposed: 0 }))
    fed(judge, { first: 20, ticks: 20, readings: { share: { candidate: noData, stable: noData } } })
    fed(judge, { first: 40, ticks: 20, readings: { share: { candidate: noData, stable: share(0, 0) } } })
    fed(judge, { first: 60, ticks: 5, readings: missing })
    expect(fed(judge, { first: 100, ticks: 5, readings: missing })).toEqual([])
    expect(fed(judge, { first: 105, ticks: 1, readings: missing })).toMatchObject([{ rule: 'missing' }])
  })

  test('a candidate with so little traffic that nothing need be seen of it is not missing: its counters begin with their first event', () => {
    const judge = judgeOf([metricOf('share')])
    const missing = { share: { candidate: noData, stable: share(5, 41) } }
    // One request for a hundred: of stable's 41 in each tick, 19.7 should have been its own in 48 ticks.
    for (let tick = 0; tick < 48; tick += 1)
      expect(judge.feed(tickOf(tick, missing, { exposed: 0.01 })).decisions).toEqual([])
    judge.feed(tickOf(48, missing, { exposed: 0.01 }))
    expect(only(judge, 49)).toMatchObject({ status: 'Failed', reason: { kind: 'missing' } })
  })

  test('a candidate that was missing and is back is judged on', () => {
    const judge = judgeOf([metricOf('share', { onFail: 'pause' })])
    const missing = { share: { candidate: noData, stable: good.stable } }
    fed(judge, { ticks: 8, readings: missing })
    fed(judge, { first: 8, ticks: 1, readings: { share: good } })
    expect(only(judge, 9)).toMatchObject({ status: 'Running', reason: null })
    expect(fed(judge, { first: 9, ticks: 8, readings: missing })).toMatchObject([{ kind: 'hold', rule: 'missing' }])
  })

  test('no observation in either arm is data, and no evidence', () => {
    const judge = judgeOf([metricOf('share')])
    expect(fed(judge, { ticks: 60, readings: { share: { candidate: share(0, 0), stable: share(0, 0) } } })).toEqual([])
    expect(only(judge, 60)).toMatchObject({ status: 'Running', reason: null, evidence: expect.closeTo(1, 9) })
  })
})

const exposures = fc.double({ min: 0, max: 9, noNaN: true })
const anyTick = fc.tuple(fc.constantFrom(...kinds), anyReading, anyReading, exposures)

describe('what cannot be right', () => {
  const fault = (kind: Measure['kind'], candidate: Reading) => {
    const judge = judgeOf([metricOf(kind)])
    const random = createRandom(1)
    for (let tick = 0; tick < 20; tick += 1) {
      const stable = drawn(random, kind, [900, 0.1])
      judge.feed(tickOf(tick, { [kind]: { candidate: drawn(random, kind, [100, 0.1]), stable } }))
    }
    const before = only(judge, 20)
    const turn = judge.feed(tickOf(20, { [kind]: { candidate, stable: drawn(random, kind, [900, 0.1]) } }))
    const after = only(judge, 21)
    expect(turn.decisions).toEqual([])
    expect([after.evidence, after.candidate]).toEqual([before.evidence, before.candidate])
    expect(after.status).toBe('Error')
    return after.reason
  }
  const histogram = (counts: readonly number[], own: readonly number[] = edges): Reading => ({
    ...{ kind: 'histogram', edges: own, counts },
  })
  const eight = [1, 2, 3, 4, 5, 6, 7, 8]

  test.each<readonly [string, Measure['kind'], Reading, string]>([
    ['a counter that went backwards', 'share', share(-1, 10), 'negative'],
    ['a total that went backwards', 'share', share(0, -10), 'negative'],
    ['more hits than there were observations', 'share', share(11, 10), 'moreThanAll'],
    ['no number', 'share', share(Number.NaN, 10), 'notANumber'],
    ['an infinite number', 'share', share(1, Number.POSITIVE_INFINITY), 'notANumber'],
    ['restarts below zero', 'restarts', share(-1, 10), 'negative'],
    ['a mean below its bounds', 'mean', { kind: 'mean', sum: -1, count: 10 }, 'outside'],
    ['a mean above its bounds', 'mean', { kind: 'mean', sum: 2_001, count: 10 }, 'outside'],
    ['a count below zero', 'mean', { kind: 'mean', sum: 0, count: -1 }, 'negative'],
    ['a sum that is no number', 'mean', { kind: 'mean', sum: Number.NaN, count: 1 }, 'notANumber'],
    ['a value above its bounds', 'value', { kind: 'value', value: 100.1 }, 'outside'],
    ['a value below its bounds', 'value', { kind: 'value', value: -0.1 }, 'outside'],
    ['a value that is no number', 'value', { kind: 'value', value: Number.NEGATIVE_INFINITY }, 'notANumber'],
    ['a bucket too few', 'histogram', histogram(eight.slice(1)), 'shape'],
    ['no edges', 'histogram', histogram([1], []), 'shape'],
    ['edges that do not ascend', 'histogram', histogram(eight, [...edges.slice(0, 6), 0.5]), 'shape'],
    ['a bucket that went backwards', 'histogram', histogram([...eight.slice(1), -1]), 'negative'],
    ['an edge that is no number', 'histogram', histogram(eight, [...edges.slice(0, 6), Number.NaN]), 'notANumber'],
    [
      'other edges',
      'histogram',
      histogram(
        eight,
        edges.map((edge) => edge * 3),
      ),
      'edges',
    ],
    ['another kind', 'share', { kind: 'value', value: 1 }, 'wrongKind'],
    ['another kind', 'mean', share(1, 10), 'wrongKind'],
    ['another kind', 'value', share(1, 10), 'wrongKind'],
    ['another kind', 'histogram', share(1, 10), 'wrongKind'],
    ['another kind', 'restarts', { kind: 'mean', sum: 1, count: 1 }, 'wrongKind'],
  ])('%s (%s) is told and not counted', (_, kind, reading, why) => {
    const arm = why === 'edges' ? 'both' : 'candidate'
    expect(fault(kind, reading)).toMatchObject({ kind: 'unmeasured', trouble: { kind: 'bad', arm, fault: why } })
  })

  test('a metric that was not read is an Error; a name of no metric is answered', () => {
    const judge = judgeOf([metricOf('share')])
    expect(judge.feed(tickOf(0, { typo: good })).unknown).toEqual(['typo'])
    expect(only(judge, 1)).toMatchObject({ status: 'Error', reason: { trouble: { kind: 'notRead' } } })
    expect(judge.feed(tickOf(1, { share: good, __proto__: good })).unknown).toEqual([])
    expect(judgeOf([usualErrors]).feed(tickOf(0, { errors: good })).unknown).toEqual(['errors'])
  })

  test('a tick that comes twice counts once, and is harmless', () => {
    const judge = judgeOf([metricOf('share')])
    judge.feed(tickOf(0, { share: good }))
    const before = JSON.stringify(judge.state())
    expect(judge.feed(tickOf(0, { share: good })).refused).toBe('duplicate')
    expect(JSON.stringify(judge.state())).toBe(before)
  })

  test.each<readonly [string, Partial<{ from: number; to: number }>, string]>([
    ['ends before it began', { from: at(20), to: at(19) }, 'time'],
    ['ends when it began', { from: at(20), to: at(20) }, 'time'],
    ['is at no time', { from: Number.NaN, to: at(20) }, 'time'],
    ['never ends', { from: at(20), to: Number.POSITIVE_INFINITY }, 'time'],
    ['overlaps the last', { from: at(9) + 1, to: at(11) }, 'earlier'],
    ['is from before the last, as after a clock was set back', { from: at(2), to: at(3) }, 'earlier'],
  ])('a tick that %s is refused and counts nothing', (_, times, refused) => {
    const judge = judgeOf([metricOf('share')])
    fed(judge, { ticks: 10, readings: { share: good } })
    const before = only(judge, 10)
    const turn = judge.feed(tickOf(0, { share: bad }, times as { from: Instant; to: Instant }))
    expect(turn).toEqual({ refused, decisions: [], unknown: [] })
    expect(only(judge, 10)).toMatchObject({ evidence: before.evidence, candidate: before.candidate })
  })

  test('while a clock that was set back is behind, nothing is shown, and at last nobody can say', () => {
    const judge = judgeOf([metricOf('share')])
    fed(judge, { ticks: 300, readings: { share: { candidate: share(1, 1_000), stable: share(9, 9_000) } } })
    expect(only(judge, 300).status).toBe('Successful')
    fed(judge, { first: 100, ticks: 1, readings: { share: good } })
    expect(only(judge, 101)).toMatchObject({ status: 'Running', reason: { trouble: { kind: 'clock' } } })
    fed(judge, { first: 101, ticks: 30, readings: { share: good } })
    expect(only(judge, 131).status).toBe('Inconclusive')
    fed(judge, { first: 300, ticks: 1, readings: { share: good } })
    expect(only(judge, 301).status).toBe('Successful')
  })

  property.prop([fc.array(anyTick, { maxLength: 20 })])(
    'whatever is read, it does not throw, and its state stays one',
    (ticks) => {
      const metrics = kinds.map((kind) => metricOf(kind))
      const judge = judgeOf(metrics)
      for (const [tick, [kind, candidate, stable, exposed]] of ticks.entries()) {
        judge.feed(tickOf(tick, { [kind]: { candidate, stable } }, { exposed }))
      }
      expect(judge.assessments(at(30))).toHaveLength(5)
      expect(() => judgeOf(metrics, JSON.parse(JSON.stringify(judge.state())))).not.toThrow()
    },
  )
})

describe('going on after a crash', () => {
  property.prop([fc.nat({ max: 40 }), fc.nat()], { numRuns: 20 })(
    'a judge that resumes at any tick is the same to the last bit',
    (crash, seed) => {
      const metrics = kinds.map((kind) => metricOf(kind))
      const random = createRandom(seed)
      const whole = judgeOf(metrics)
      let resumed = judgeOf(metrics)
      for (let tick = 0; tick < 40; tick += 1) {
        if (tick === crash) resumed = judgeOf(metrics, JSON.parse(JSON.stringify(resumed.state())))
        // Now and then an arm has nothing, so that bins stay open.
        const arm = (n: number) => (tick % 7 === 3 && n < 100 ? 0 : n)
        const entries = kinds.map((kind) => [
          kind,
          { candidate: drawn(random, kind, [arm(20), 0.12]), stable: drawn(random, kind, [180, 0.1]) },
        ])
        const readings = Object.fromEntries(entries) as Parameters<typeof tickOf>[1]
        expect(resumed.feed(tickOf(tick, readings))).toEqual(whole.feed(tickOf(tick, readings)))
      }
      expect(JSON.stringify(resumed.state())).toBe(JSON.stringify(whole.state()))
      expect(resumed.assessments(at(40))).toEqual(whole.assessments(at(40)))
    },
  )

  test('a state of another plan, or one that cannot be, is refused', () => {
    const judge = judgeOf([metricOf('share')])
    fed(judge, { ticks: 3, readings: { share: good } })
    const state = judge.state()
    const [metric] = state.metrics
    if (metric?.evidence.kind !== 'share') throw new Error('a share is judged')
    const withMetric = (over: object): SourceJudgeState => ({ ...state, metrics: [{ ...metric, ...over }] })
    for (const broken of [
      { ...state, version: 2 as 1 },
      { ...state, metrics: [] },
      { ...state, last: { from: at(1), to: at(1) } },
      withMetric({ name: 'other' }),
      withMetric({ unmeasuredMs: -1 }),
      withMetric({ missingMs: Number.NaN }),
      withMetric({ verdict: 'unknown' }),
      withMetric({ evidence: { ...metric.evidence, kind: 'value', bets: { worse: [], within: [] } } }),
      withMetric({
        evidence: { ...metric.evidence, share: { ...metric.evidence.share, rates: { bad: [], good: [], masses: [] } } },
      }),
    ]) {
      expect(() => judgeOf([metricOf('share')], broken)).toThrow()
    }
  })
})
