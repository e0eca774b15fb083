// Goal: the trip wire takes out what is worse, leaves alone what is not, and a crash changes nothing. Method: told
// streams of outcomes, laws over random ones, and healthy releases by the hundred from a seed.
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import type { Instant } from '../../time.ts'
import { everything, ppm } from '../../time.ts'
import type { Decision } from '../decision.ts'
import { usualErrors } from '../metric.ts'
import type { Random } from '../seeded-random.ts'
import { createRandom, draws } from '../seeded-random.ts'
import type { ErrorJudge, ErrorPlan, Outcome } from './error-judge.ts'
import { createErrorJudge } from './error-judge.ts'
import type { ErrorState } from './error-state.ts'

const judgeAt = (limit: number, resume: ErrorState | null = null, metric: Partial<ErrorPlan> = {}): ErrorJudge =>
  createErrorJudge({ ...usualErrors, ...metric, limit, resume })
const outcome = (arm: Outcome['arm'], bad: boolean, more: Partial<Outcome> = {}): Outcome => ({
  arm,
  bad,
  weight: ppm(100_000),
  atMs: 0,
  ...more,
})
const times = (count: number, one: Outcome): readonly Outcome[] => Array.from({ length: count }, () => one)
const decisions = (judge: ErrorJudge, outcomes: readonly Outcome[]): readonly (Decision | null)[] =>
  outcomes.map((one) => judge.record(one))
const made = (judge: ErrorJudge, outcomes: readonly Outcome[]): readonly string[] =>
  decisions(judge, outcomes).flatMap((decision) => (decision === null ? [] : [`${decision.kind} ${decision.rule}`]))
const throughJson = (state: ErrorState): ErrorState => JSON.parse(JSON.stringify(state))

test('starts with even odds and no decision', () => {
  const judge = judgeAt(100)
  expect(judge.evidence()).toBeCloseTo(1, 13)
  expect(judge.state()).toMatchObject({ candidate: { requests: 0, bad: 0 }, decided: 'nothing' })
})

test('takes a broken candidate out at its very request, with the evidence that decided', () => {
  const judge = judgeAt(100)
  decisions(judge, times(30, outcome('stable', false)))
  const answers = decisions(judge, times(6, outcome('candidate', true)))
  const at = answers.findIndex((answer) => answer !== null)
  expect(answers[at]).toMatchObject({ kind: 'trip', rule: 'evidence' })
  expect(answers[at]?.evidence).toBeGreaterThanOrEqual(100)
  expect(at).toBe(2)
})

test('two bad requests never suffice, however strong the evidence', () => {
  const judge = judgeAt(2)
  decisions(judge, times(30, outcome('stable', false)))
  expect(made(judge, times(2, outcome('candidate', true, { weight: ppm(10) })))).toEqual([])
  expect(judge.evidence()).toBe(2)
  expect(made(judge, [outcome('candidate', true, { weight: ppm(10) })])).toEqual(['trip evidence'])
})

test('evidence without any request of stable waits for one', () => {
  const judge = judgeAt(20)
  expect(made(judge, times(10, outcome('candidate', true)))).toEqual([])
  judge.record(outcome('stable', false))
  expect(made(judge, [outcome('candidate', true)])).toEqual(['trip evidence'])
})

test('what is surely worse but by a trifle stays', () => {
  const judge = judgeAt(100)
  const second = (atMs: number): readonly Outcome[] =>
    Array.from({ length: 100_000 }, (_, request) => [
      outcome('stable', request % 1_000 === 0, { atMs, weight: ppm(500_000) }),
      outcome('candidate', request % 572 === 571, { atMs, weight: ppm(500_000) }),
    ]).flat()
  expect(made(judge, [0, 1_000, 2_000].flatMap(second))).toEqual([])
  expect(judge.evidence()).toBe(100) // 0.174 % against 0.1 %: less than double, less than 0.1 points more
})

test('a certain arm is no evidence: all traffic on one side leaves the odds alone', () => {
  const judge = judgeAt(100)
  decisions(judge, times(10, outcome('candidate', true, { weight: everything })))
  decisions(judge, times(10, outcome('stable', true, { weight: ppm(0) })))
  expect(judge.evidence()).toBeCloseTo(1, 13)
  expect(judge.state().candidate).toEqual({ requests: 10, bad: 10 })
})

const unweighted = (arm: Outcome['arm'], bad: boolean, atMs = 0): Outcome =>
  outcome(arm, bad, { weight: everything, atMs })

test('twenty failures in a row trip while most of stable is well', () => {
  const judge = judgeAt(100)
  decisions(judge, [unweighted('stable', true), ...times(2, unweighted('stable', false))])
  expect(made(judge, times(19, unweighted('candidate', true)))).toEqual([])
  expect(made(judge, times(1, unweighted('candidate', true)))).toEqual(['trip recent'])
})

test('one success ends the row', () => {
  const judge = judgeAt(100)
  judge.record(unweighted('stable', false))
  const row = [
    ...times(19, unweighted('candidate', true)),
    unweighted('candidate', false),
    ...times(19, unweighted('candidate', true)),
  ]
  expect(made(judge, row)).toEqual([])
})

test('twenty failures in a row do not trip while half of stable fails too', () => {
  const judge = judgeAt(100)
  decisions(judge, [unweighted('stable', true), unweighted('stable', false)])
  expect(made(judge, times(40, unweighted('candidate', true)))).toEqual([])
})

test('holds once when nothing of stable was seen for a minute, and trips as soon as stable shows that it is well', () => {
  const judge = judgeAt(100)
  judge.record(unweighted('stable', false, 0))
  expect(made(judge, times(30, unweighted('candidate', true, 60_000)))).toEqual(['hold recent'])
  judge.record(unweighted('stable', false, 61_000))
  expect(made(judge, times(2, unweighted('candidate', true, 61_000)))).toEqual(['trip recent'])
})

/** At full exposure, after steps in which stable was seen: no evidence can come of it any more. */
const exposed = (stableBad: number, ceiling: number | null): ErrorJudge => {
  const judge = judgeAt(100, null, { ceiling })
  decisions(judge, [
    ...times(1_000 - stableBad, unweighted('stable', false)),
    ...times(stableBad, unweighted('stable', true)),
  ])
  return judge
}
const mixed = (count: number, badEvery: number): readonly Outcome[] =>
  Array.from({ length: count }, (_, index) => unweighted('candidate', index % badEvery === 0, 90_000))

test('a candidate that is surely above the ceiling goes back, if stable is surely below', () => {
  expect(made(exposed(1, 0.05), mixed(100, 3))).toEqual(['trip ceiling'])
  expect(made(exposed(1, null), mixed(100, 3))).toEqual([])
  expect(made(exposed(1, 0.05), mixed(100, 25))).toEqual([])
  expect(made(exposed(50, 0.05), mixed(100, 3))).toEqual([]) // stable may be above or below
})

test('two bad requests are never above a ceiling', () => {
  expect(made(exposed(0, 0.0001), mixed(2, 1))).toEqual([])
  expect(made(exposed(0, 0.0001), mixed(3, 1))).toEqual([]) // nor is stable surely below so low a one
  expect(made(exposed(0, 0.02), mixed(3, 1))).toEqual(['trip ceiling'])
})

test('both above the ceiling is an incident that they share: a person is called, once, and nothing goes back', () => {
  const judge = exposed(300, 0.05)
  const [first, ...more] = decisions(judge, mixed(300, 3)).filter((decision) => decision !== null)
  expect(first).toMatchObject({ kind: 'hold', rule: 'ceiling', cause: 'shared' })
  expect(more).toEqual([])
})

test('an incident that both share after the weight has grown is theirs, however well stable was before: a person is called', () => {
  const decided = Array.from({ length: 8 }, (_, seed) => {
    const random = createRandom(seed)
    const judge = judgeAt(200, null, { ceiling: 0.05 })
    const answers: string[] = []
    // Ten minutes at 1 % and an error rate of 0.1 %, then a minute at 50 % in which three in ten fail, and two that go well.
    for (let at = 0; at < 780; at += 1) {
      const [weight, rate] = [at < 600 ? 0.01 : 0.5, at >= 600 && at < 660 ? 0.3 : 0.001]
      for (let request = 0; request < 40; request += 1) {
        const arm = random() < weight * draws ? 'candidate' : 'stable'
        const told = outcome(arm, random() < rate * draws, { weight: ppm(weight * everything), atMs: 1_000 * at })
        answers.push(...made(judge, [told]))
      }
    }
    return answers.join()
  })
  expect(new Set(decided)).toEqual(new Set(['hold ceiling']))
})

const broken = [...times(30, outcome('stable', false)), ...times(6, outcome('candidate', true))]

test('a metric that pauses calls a person, once, and nothing else is decided', () => {
  const judge = judgeAt(100, null, { onFail: 'pause' })
  const answers = decisions(judge, [...broken, ...times(50, outcome('candidate', true))])
  expect(answers.filter((answer) => answer !== null)).toEqual([
    { kind: 'hold', cause: 'worse', metric: 'errors', rule: 'evidence', evidence: 100, limit: 100 },
  ])
  expect(judge.state().decided).toBe('pause')
})

test('a metric that pauses calls a second time when what could not be compared was worse indeed', () => {
  const judge = judgeAt(100, null, { onFail: 'pause' })
  expect(made(judge, times(20, unweighted('candidate', true)))).toEqual(['hold recent'])
  expect(made(judge, broken)).toEqual(['hold recent'])
})

test.each([{ onFail: 'observe' } as const, { onFail: 'rollback', dryRun: true } as const])(
  'where nothing follows (%o) it is told once, and remembered with its figures and its time',
  (metric) => {
    const judge = judgeAt(100, null, metric)
    expect(made(judge, [...broken, ...times(50, outcome('candidate', true))])).toEqual(['note evidence'])
    expect(judge.state().noted).toMatchObject({ rule: 'evidence', evidence: 100, limit: 100, at: null })
    expect(judge.state().noted).toMatchObject({ candidate: { requests: 3, bad: 3 }, stable: { requests: 30, bad: 0 } })
    judge.date(5 as Instant)
    judge.date(9 as Instant)
    const resumed = judgeAt(100, throughJson(judge.state()), metric)
    expect(made(resumed, broken)).toEqual([])
    expect(resumed.state().noted?.at).toBe(5)
  },
)

test('where nothing follows nobody is called either', () => {
  const judge = judgeAt(100, null, { onFail: 'observe' })
  expect(made(judge, times(40, unweighted('candidate', true)))).toEqual([])
})

test('promotion asks for the margins of the plan, also after a crash', () => {
  const wide = judgeAt(100, null, { margin: { ratio: 3, difference: 0.05 } })
  const usual = judgeAt(100)
  for (const judge of [wide, usual]) decisions(judge, times(1_000, outcome('candidate', false)))
  expect(wide.promotion()).toBeGreaterThan(10 * usual.promotion())
  expect(judgeAt(100, throughJson(wide.state())).promotion()).toBe(wide.promotion())
})

test('after a hold it may still trip by evidence', () => {
  const judge = judgeAt(100)
  expect(made(judge, times(20, unweighted('candidate', true)))).toEqual(['hold recent'])
  const comparing = [
    ...times(30, outcome('stable', false)),
    outcome('candidate', false),
    ...times(5, outcome('candidate', true)),
  ]
  expect(made(judge, comparing)).toEqual(['trip evidence'])
})

test('decides nothing after a trip and goes on counting', () => {
  const judge = judgeAt(100)
  decisions(judge, [...times(30, outcome('stable', false)), ...times(3, outcome('candidate', true))])
  expect(judge.state().decided).toBe('trip')
  expect(made(judge, times(100, outcome('candidate', true)))).toEqual([])
  expect(judge.state().candidate).toEqual({ requests: 103, bad: 103 })
  expect(judge.evidence()).toBeLessThanOrEqual(1e300)
})

test('evidence stays finite through a flood', () => {
  const judge = judgeAt(1e300)
  decisions(judge, times(5_000, outcome('candidate', true, { weight: ppm(1) })))
  expect(judge.evidence()).toBe(1e300)
  decisions(judge, times(20_000, outcome('stable', true, { weight: ppm(999_999) })))
  expect(judge.evidence()).toSatisfy(Number.isFinite)
})

test.each([{ weight: Number.NaN }, { weight: -1 }, { weight: 1_000_001 }, { weight: 0 }, { weight: 1_000_000 }])(
  'a weight of $weight is counted and is no evidence',
  ({ weight }) => {
    const judge = judgeAt(100)
    const unsplit = { weight: weight as Outcome['weight'] } // what a bug of the caller might bring
    decisions(judge, [...times(9, outcome('candidate', true, unsplit)), ...times(9, outcome('stable', true, unsplit))])
    expect([judge.evidence(), judge.promotion()]).toEqual([1, expect.closeTo(1, 12)])
    expect(judge.state()).toMatchObject({ candidate: { requests: 9, bad: 9 }, stable: { requests: 9, bad: 9 } })
    expect(JSON.stringify(judgeAt(100, throughJson(judge.state())).state())).toBe(JSON.stringify(judge.state()))
  },
)

test.each([Number.NaN, Number.POSITIVE_INFINITY])('a time of %s is the second that is under way', (atMs) => {
  const judge = judgeAt(100)
  decisions(judge, [outcome('stable', false, { atMs: 5_000 }), outcome('stable', false, { atMs })])
  expect(judge.state()).toMatchObject({ open: { second: 5, stable: { requests: 2 } } })
})

test('a clock that goes back neither loses an outcome nor makes a minute pass', () => {
  const judge = judgeAt(100)
  decisions(
    judge,
    [50_000, 49_000, 50_000, 0, 1_000].map((atMs) => outcome('stable', false, { atMs })),
  )
  expect(judge.state().stable.requests).toBe(5)
  expect(judge.state().recentStable.reduce((sum, [, requests]) => sum + requests, 0)).toBe(5)
})

test('a clock that starts anew after a crash neither trips nor forgets', () => {
  const before = judgeAt(100)
  decisions(before, times(5, unweighted('stable', false, 90_000)))
  const judge = judgeAt(100, throughJson(before.state()))
  expect(made(judge, times(20, unweighted('candidate', true, 12)))).toEqual(['trip recent'])
})

test.each([0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, -1])('a limit of %s is a bug', (limit) => {
  expect(() => judgeAt(limit)).toThrow('limit')
})

test('a state that no judge can have had is a bug', () => {
  expect(() => judgeAt(100, { ...judgeAt(100).state(), streak: -1 })).toThrow('not a state of the error judge')
})

const streams = fc.array(
  fc.record({
    arm: fc.constantFrom('candidate' as const, 'stable' as const),
    bad: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, { weight: 2, arbitrary: fc.constant(false) }),
    weight: fc.constantFrom(0, 1, 10_000, 100_000, 500_000, 1_000_000).map(ppm),
    stepMs: fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 90_000 })),
  }),
  { maxLength: 120 },
)
const timed = (steps: readonly (Omit<Outcome, 'atMs'> & { readonly stepMs: number })[]): readonly Outcome[] => {
  let atMs = 0
  return steps.map(({ stepMs, ...rest }) => {
    atMs += stepMs
    return { ...rest, atMs }
  })
}

const metrics = fc.record({
  onFail: fc.constantFrom('rollback' as const, 'pause' as const, 'observe' as const),
  dryRun: fc.boolean(),
  ceiling: fc.constantFrom(null, 0.01, 0.3),
})

property.prop([streams, fc.nat({ max: 120 }), fc.constantFrom(2, 20, 1e6), metrics])(
  'a crash at any request changes no later decision and no digit of the state',
  (steps, crash, limit, metric) => {
    const outcomes = timed(steps)
    const [whole, broken] = [judgeAt(limit, null, metric), judgeAt(limit, null, metric)]
    const expected = decisions(whole, outcomes)
    const before = decisions(broken, outcomes.slice(0, crash))
    const resumed = judgeAt(limit, throughJson(broken.state()), metric)
    expect([...before, ...decisions(resumed, outcomes.slice(crash))]).toEqual(expected)
    expect(JSON.stringify(resumed.state())).toBe(JSON.stringify(whole.state()))
  },
)

property.prop([streams])('trips at most once, and holds at most once before it', (steps) => {
  const kinds = made(judgeAt(10), timed(steps)).map((decision) => decision.split(' ')[0])
  expect([[], ['hold'], ['trip'], ['hold', 'trip']]).toContainEqual(kinds)
})

property.prop([streams])('evidence never leaves 0 to 1e300', (steps) => {
  const judge = judgeAt(10)
  for (const one of timed(steps)) {
    judge.record(one)
    expect(judge.evidence()).toBeGreaterThanOrEqual(0)
    expect(judge.evidence()).toBeLessThanOrEqual(1e300)
  }
})

type Run = { readonly requests: number; readonly limit: number; readonly rate: (share: number) => number }

/** One rollout of a release that is exactly as good as stable, at growing weights; true when it was taken out. */
const takenOut = (random: Random, { requests, limit, rate }: Run): boolean => {
  const judge = judgeAt(limit)
  for (let request = 0; request < requests; request += 1) {
    const done = request / requests
    const weight = ppm(done < 0.3 ? 10_000 : done < 0.6 ? 100_000 : 500_000)
    const arm = random() < (weight / everything) * draws ? 'candidate' : 'stable'
    if (judge.record({ arm, bad: random() < rate(done) * draws, weight, atMs: request * 10 })?.kind === 'trip')
      return true
  }
  return false
}

const shareTakenOut = (runs: number, run: Run): number => {
  const random = createRandom(2026)
  return Array.from({ length: runs }, () => takenOut(random, run)).filter(Boolean).length / runs
}
const bound = (limit: number, runs: number): number =>
  1 / limit + 3 * Math.sqrt((1 / limit) * (1 - 1 / limit) * (1 / runs))

test('at most 1 / limit of healthy releases are taken out', () => {
  expect(shareTakenOut(300, { requests: 10_000, limit: 20, rate: () => 0.01 })).toBeLessThanOrEqual(bound(20, 300))
})

test('an incident that both arms share takes out no more', () => {
  const rate = (done: number): number => (done > 0.4 && done < 0.7 ? 0.6 : 0.001)
  expect(shareTakenOut(300, { requests: 10_000, limit: 20, rate })).toBeLessThanOrEqual(bound(20, 300))
})

test('a session that was counted before adds its bad outcome alone, and one that is spent adds nothing', () => {
  const [judge, plain] = [judgeAt(100), judgeAt(100)]
  for (const arm of ['stable', 'candidate'] as const) {
    judge.record(outcome(arm, false))
    judge.record(outcome(arm, true, { standing: 'known', atMs: 5_000 }))
    judge.record(outcome(arm, true, { standing: 'again' }))
    plain.record(outcome(arm, true))
  }
  const { candidate, stable, labels, wealth } = plain.state()
  expect(judge.state()).toMatchObject({ candidate, stable, labels, wealth, streak: 2, streakUnits: 1 })
})

test('sessions that go bad long after they were counted take a candidate out by what matters of them', () => {
  const late = { standing: 'known', atMs: 9_000 } as const
  const begun = [...times(90, outcome('stable', false)), ...times(10, outcome('candidate', false))]
  const worse = judgeAt(100)
  decisions(worse, begun)
  expect(made(worse, times(6, outcome('candidate', true, late)))).toEqual(['trip evidence'])
  const same = judgeAt(1)
  decisions(same, begun)
  const shared = [...times(3, outcome('candidate', true, late)), ...times(27, outcome('stable', true, late))]
  expect(made(same, [...shared.slice(3), ...shared.slice(0, 3)])).toEqual([])
})

test('the last twenty all bad are of five sessions at least, and one good answer of anybody ends the row', () => {
  const judge = judgeAt(1e9)
  const bad = (count: number, standing: Outcome['standing']) =>
    times(count, outcome('candidate', true, { standing: standing ?? 'new' }))
  judge.record(outcome('stable', false, { standing: 'again' }))
  expect(made(judge, [...bad(4, 'new'), ...bad(300, 'again')])).toEqual([])
  judge.record(outcome('candidate', false, { standing: 'again' }))
  expect(made(judge, [...bad(5, 'known'), ...bad(14, 'again')])).toEqual([])
  // Users who all failed before and fail on: a total outage is one also when nobody new comes.
  expect(made(judge, bad(1, 'again'))).toEqual(['trip recent'])
  expect(made(judge, bad(9, 'again'))).toEqual([])
})
