// Goal: what is slower is taken out, what is not stays, and what is shown to be as quick is promoted. Method: told streams,
// laws over random ones, and simulated services (log-normal, p50 50 ms, p99 321 ms) by the hundred from seeds.
import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { usualLatency } from '../metric.ts'
import type { Random } from '../seeded-random.ts'
import { createRandom, draws } from '../seeded-random.ts'
import { latencyBucket } from './latency-bucket.ts'
import type { LatencyJudge, Observation } from './latency-judge.ts'
import { createLatencyJudge } from './latency-judge.ts'
import type { LatencyState, ThresholdsState } from './latency-state.ts'

const judgeAt = (limit: number, resume: LatencyState | null = null, warmupMs = 0): LatencyJudge =>
  createLatencyJudge({ ...usualLatency, limit, warmupMs, resume })

/** Box and Muller (1958). */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log((random() + 1) / (draws + 1))) * Math.cos((2 * Math.PI * random()) / draws)

type Shape = (z: number) => number
const usual: Shape = (z) => 50 * Math.exp(0.8 * z)
const by =
  (factor: number): Shape =>
  (z) =>
    factor * usual(z)
const p90 = usual(1.281_551_565_5)
/** p99 becomes `factor` times as long; what lies below p90 stays. */
const tail = (factor: number): Shape => {
  const p99 = usual(2.326_347_874)
  const power = Math.log((factor * p99) / p90) / Math.log(p99 / p90)
  return (z) => (usual(z) <= p90 ? usual(z) : p90 * (usual(z) / p90) ** power)
}

type Service = {
  readonly seed: number
  readonly candidate: Shape
  readonly limit?: number
  readonly requests?: number
  /** What both arms share: a slowdown, by how far the run has come. */
  readonly shared?: (done: number) => number
  readonly weight?: (done: number) => number
}

/** Candidate requests until `passed` says so; null when it never does. A minute of stable alone comes first. */
const until = (service: Service, passed: (judge: LatencyJudge, tripped: boolean) => boolean): number | null => {
  const { seed, candidate, limit = 100, requests = 60_000, shared = () => 1, weight = () => 0.1 } = service
  const [random, judge] = [createRandom(seed), judgeAt(limit)]
  let [atMs, seen] = [0, 0]
  for (let request = 0; request < 6_000; request += 1) {
    atMs += 10
    judge.observe({ arm: 'stable', elapsedMs: usual(normal(random)), atMs })
  }
  for (let request = 0; request < requests; request += 1) {
    atMs += 10
    const done = request / requests
    const toCandidate = random() < weight(done) * draws
    if (toCandidate) judge.expose(atMs)
    const elapsedMs = shared(done) * (toCandidate ? candidate : usual)(normal(random))
    const decision = judge.observe({ arm: toCandidate ? 'candidate' : 'stable', elapsedMs, atMs })
    if (toCandidate) seen += 1
    if (passed(judge, decision !== null)) return seen
  }
  return null
}

/** A judge that took its thresholds while stable was five times as slow as it is afterwards. */
const misled = (): { readonly judge: LatencyJudge; readonly random: Random } => {
  const [judge, random] = [judgeAt(100), createRandom(3)]
  for (let request = 0; request < 1_500; request += 1)
    judge.observe({ arm: 'stable', elapsedMs: 5 * usual(normal(random)), atMs: request })
  judge.expose(2_000)
  return { judge, random }
}

/** A minute of it at 400 requests a second. */
const goOn = ({ judge, random }: ReturnType<typeof misled>, candidate: Shape): boolean => {
  let trips = false
  for (let request = 0; request < 24_000; request += 1) {
    const arm = random() < 0.5 * draws ? 'candidate' : 'stable'
    const elapsedMs = (arm === 'candidate' ? candidate : usual)(normal(random))
    trips ||= judge.observe({ arm, elapsedMs, atMs: 2_000 + request * 2.5 }) !== null
  }
  return trips
}

test('thresholds that stable has left are taken anew: what is as quick is promoted all the same', () => {
  const began = misled()
  expect(goOn(began, usual)).toBe(false)
  expect(began.judge.promotion()).toBeGreaterThan(5)
  expect(began.judge.state().thresholds?.slow.at(-1)).toBeLessThan(latencyBucket(2_000_000))
})

test('thresholds that stable has left are taken anew: what is slower is found all the same', () => {
  expect(goOn(misled(), tail(2))).toBe(true)
})

const observation = (arm: Observation['arm'], elapsedMs: number, atMs: number): Observation => ({
  arm,
  elapsedMs,
  atMs,
})

const tripped = (_: LatencyJudge, trips: boolean): boolean => trips
const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1)
const median = (values: readonly (number | null)[]): number =>
  values.map((value) => value ?? Number.POSITIVE_INFINITY).sort((one, other) => one - other)[
    Math.floor(values.length / 2)
  ] ?? 0

test.each([
  { what: 'p99 × 1.5', candidate: tail(1.5), most: 1_000 },
  { what: 'p99 × 2', candidate: tail(2), most: 500 },
  { what: 'p99 × 3', candidate: tail(3), most: 300 },
  { what: 'median + 10 %', candidate: by(1.1), most: 1_900 },
  { what: 'median + 25 %', candidate: by(1.25), most: 350 },
])('finds $what, in the median within $most candidate requests', ({ candidate, most }) => {
  expect(median(seeds(40).map((seed) => until({ seed, candidate }, tripped)))).toBeLessThan(most)
})

const alarms = (runs: number, service: Omit<Service, 'seed' | 'candidate'>): number =>
  seeds(runs).filter((seed) => until({ seed, candidate: usual, ...service }, tripped) !== null).length / runs
const atMost = (level: number, runs: number): number => level + 3 * Math.sqrt((level * (1 - level)) / runs)
test('what stable did while the candidate had no traffic is not held against what the candidate does afterwards', () => {
  const comparedAfter = (hour: number) => {
    const judge = judgeAt(100)
    const observe = (requests: number, arms: readonly Observation['arm'][], elapsedMs: number): void => {
      for (let request = 0; request < requests; request += 1)
        for (const arm of arms) judge.observe(observation(arm, elapsedMs + (request % 100), (request % 5) * 1_000))
    }
    observe(1_000, ['stable'], 50)
    judge.expose(0)
    observe(50, ['stable', 'candidate'], 50)
    judge.cut(0) // the grant lapsed
    observe(hour, ['stable'], 30)
    judge.cut(0) // and is there again
    observe(50, ['stable', 'candidate'], 200)
    return judge.state().thresholds
  }
  expect(comparedAfter(400)).toEqual(comparedAfter(0))
})

const growing = (done: number): number => (done < 0.3 ? 0.01 : done < 0.6 ? 0.1 : 0.5)

test('takes out at most 1 / limit of the releases that are as quick', () => {
  expect(alarms(60, { limit: 20, weight: growing })).toBeLessThanOrEqual(atMost(0.05, 60))
})

test('takes out no more when both arms slow down together, while the weight grows', () => {
  const shared = (done: number): number => (done > 0.25 && done < 0.7 ? 3 : 1)
  expect(alarms(60, { limit: 20, weight: growing, shared })).toBeLessThanOrEqual(atMost(0.05, 60))
})

test('what is surely slower but by a trifle stays', () => {
  const judge = judgeAt(100)
  // The same thousand latencies over and over, evenly spread: every point estimate is what it would come to in the end.
  const evenly = (request: number): number => 10 + ((request * 617) % 1_000) / 10
  for (let request = 0; request < 1_000; request += 1) judge.observe(observation('stable', evenly(request), 0))
  judge.expose(0)
  for (let request = 0; request < 150_000; request += 1) {
    const atMs = request * 10
    expect(judge.observe(observation('stable', evenly(request), atMs))).toBeNull()
    expect(judge.observe(observation('candidate', 1.03 * evenly(request), atMs))).toBeNull()
  }
  expect(judge.evidence()).toBeGreaterThan(100)
})

test('promotes what is as quick, and at most beta of what is slower by exactly the margin', () => {
  let asked = 0
  const promoted = (judge: LatencyJudge): boolean => {
    asked += 1
    return asked % 100 === 0 && judge.promotion() >= 20
  }
  const good = seeds(10).map((seed) => until({ seed, candidate: usual, limit: 1e9 }, promoted))
  expect(median(good)).toBeLessThan(4_000)
  const slow = seeds(60).filter((seed) => until({ seed, candidate: by(1.2), limit: 1e9 }, promoted) !== null)
  expect(slow.length / 60).toBeLessThanOrEqual(atMost(0.05, 60))
})

/** Requests of the bin under way. */
const openIn = (judge: LatencyJudge) => {
  const { candidate = [], stable = [] } = judge.state().thresholds?.open ?? {}
  const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
  return { candidate: sum(candidate), stable: sum(stable) }
}

/** A judge whose thresholds are frozen: stable takes 1 to 100 ms. */
const frozen = (limit = 100): LatencyJudge => {
  const judge = judgeAt(limit)
  for (let request = 0; request < 1_000; request += 1) judge.observe(observation('stable', 1 + (request % 100), 0))
  judge.expose(-60_000) // so that what is observed at 0 began after it
  return judge
}

test('compares nothing before a thousand requests of stable', () => {
  const judge = judgeAt(2)
  for (let request = 0; request < 999; request += 1) judge.observe(observation('stable', 1, 0))
  judge.expose(0)
  for (let request = 0; request < 200; request += 1) judge.observe(observation('candidate', 9_000, 0))
  expect(judge.turn(1_000)).toBeNull()
  expect([judge.settledAfterMs(), judge.strongest(), judge.evidence(), judge.promotion()]).toEqual([null, null, 1, 1])
  judge.observe(observation('stable', 1, 1_000))
  judge.expose(1_000)
  expect(judge.settledAfterMs()).toBeGreaterThan(1)
})

test('compares nothing in the warm-up of the candidate, which begins with its first request', () => {
  const judge = judgeAt(100, null, 30_000)
  for (let request = 0; request < 1_000; request += 1) judge.observe(observation('stable', 1, 0))
  judge.expose(5_000)
  judge.expose(34_999)
  expect(judge.settledAfterMs()).toBeNull()
  judge.expose(35_000)
  expect(judge.settledAfterMs()).not.toBeNull()
  judge.observe(observation('candidate', 4_000, 36_000))
  expect(openIn(judge).candidate).toBe(0) // it began before
  judge.observe(observation('candidate', 900, 36_000))
  expect(openIn(judge).candidate).toBe(1)
})

test('thresholds lie at the quantiles of stable, at edges of buckets, and say what counts as slow', () => {
  const told = frozen().state().thresholds
  expect(told?.quantiles).toEqual([0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999])
  expect(frozen().strongest()?.thresholdMs).toSatisfy((ms: number) => ms > 49 && ms < 103)
  expect(frozen().settledAfterMs()).toSatisfy((ms: number) => ms > 117 && ms < 120)
})

/** Seconds of a hundred requests; the decision, and after how many of them. */
const secondsUntil = (judge: LatencyJudge, slowMs: number): number | null => {
  for (let second = 1; second <= 60; second += 1) {
    const atMs = second * 1_000
    for (let request = 0; request < 90; request += 1) judge.observe(observation('stable', 1 + (request % 100), atMs))
    for (let request = 0; request < 10; request += 1) judge.observe(observation('candidate', slowMs, atMs))
    if (judge.turn(atMs + 1_000) !== null) return second
  }
  return null
}

test('a candidate that hangs is out within a few seconds, and trips once', () => {
  const judge = frozen()
  const hangs = judge.settledAfterMs() ?? 0
  expect(secondsUntil(judge, hangs)).toBeLessThanOrEqual(5)
  expect(secondsUntil(judge, hangs)).toBeNull()
})

test('a change of the weight ends the second that is under way', () => {
  const judge = frozen()
  judge.observe(observation('stable', 1, 0))
  judge.observe(observation('candidate', 1, 0))
  judge.cut(0)
  expect(openIn(judge)).toMatchObject({ candidate: 0, stable: 0 })
})

test('what was under way when the weight changed is not compared: only what takes long is left of it', () => {
  const judge = frozen()
  judge.cut(5_000)
  judge.observe(observation('stable', 100, 5_099))
  judge.observe(observation('candidate', 4_000, 6_000))
  expect(openIn(judge)).toMatchObject({ candidate: 0, stable: 0 })
  judge.observe(observation('stable', 100, 6_100))
  judge.observe(observation('candidate', 1_000, 6_000))
  expect(openIn(judge)).toMatchObject({ candidate: 1, stable: 1 })
})

/** A slow service that the candidate gets half of at 20 s; its most evidence for promotion, in 25 s of 400 requests each. */
const promotionOfSlow = (seed: number): number => {
  const [random, judge, ended] = [createRandom(seed), judgeAt(1e9), new Map<number, Observation[]>()]
  for (let atMs = 0; atMs < 45_000; atMs += 2.5) {
    const arm = atMs >= 20_000 && random() < 0.5 * draws ? 'candidate' : 'stable'
    const elapsedMs = 60 * (arm === 'candidate' ? by(1.2) : usual)(normal(random))
    const endMs = atMs + elapsedMs
    const tick = Math.floor(endMs / 100)
    ended.set(tick, [...(ended.get(tick) ?? []), observation(arm, elapsedMs, endMs)])
  }
  let most = 0
  for (let tick = 0; tick < 450; tick += 1) {
    if (tick === 200) judge.cut(20_000)
    if (tick >= 200) judge.expose(tick * 100)
    for (const one of ended.get(tick) ?? []) judge.observe(one)
    most = Math.max(most, judge.promotion())
  }
  return most
}

test('what stable has left from before a change of the weight does not make a slow candidate look quick', () => {
  expect(
    seeds(8)
      .map(promotionOfSlow)
      .filter((evidence) => evidence >= 20),
  ).toEqual([])
})

test('what tripped can still be told when stable has left its thresholds in the same second', () => {
  const judge = frozen(5)
  for (let request = 0; request < 1_000; request += 1) judge.observe(observation('stable', 1, 0))
  for (let request = 0; request < 500; request += 1) judge.observe(observation('candidate', 9_000, 0))
  expect(judge.turn(1_000)).toMatchObject({ kind: 'trip' })
  expect(judge.strongest()).toMatchObject({ candidate: { requests: 500, bad: 500 }, stable: { requests: 1_000 } })
})

/** Both arms are as quick as each other, but each second of each is a few percent off by itself. */
const alarmsWithScatter = (sd: number, runs: number): number =>
  seeds(runs).filter((seed) => {
    const [random, judge] = [createRandom(seed), judgeAt(100)]
    let [ofStable, ofCandidate] = [1, 1]
    for (let request = 0; request < 36_000; request += 1) {
      const atMs = request * (1_000 / 360)
      if (request % 360 === 0) {
        ofStable = Math.exp(sd * normal(random))
        ofCandidate = Math.exp(sd * normal(random))
      }
      const toCandidate = request > 3_000 && random() < 0.5 * draws
      if (toCandidate) judge.expose(atMs)
      const elapsedMs = (toCandidate ? ofCandidate : ofStable) * 8 * Math.exp(0.25 * normal(random))
      if (judge.observe({ arm: toCandidate ? 'candidate' : 'stable', elapsedMs, atMs }) !== null) return true
    }
    return false
  }).length / runs

test('seconds that are a few percent off, each arm by itself, are no regression', () => {
  expect(alarmsWithScatter(0.06, 60)).toBeLessThanOrEqual(atMost(0.01, 60))
})

const steps = fc.array(
  fc.record({
    arm: fc.constantFrom('candidate' as const, 'stable' as const),
    elapsedMs: fc.constantFrom(0.2, 5, 60, 99, 140, 5_000),
    stepMs: fc.oneof(fc.nat({ max: 30 }), fc.nat({ max: 2_000 })),
  }),
  { maxLength: 150 },
)

property.prop([steps, fc.nat({ max: 150 })])(
  'a crash at any request changes no later decision and no digit of the state',
  (told, crash) => {
    let atMs = 0
    const observations = told.map(({ arm, elapsedMs, stepMs }) => {
      atMs += stepMs
      return observation(arm, elapsedMs, atMs)
    })
    const begun = frozen(5).state()
    const [whole, broken] = [judgeAt(5, begun), judgeAt(5, begun)]
    const expected = observations.map(whole.observe)
    const before = observations.slice(0, crash).map(broken.observe)
    const resumed = judgeAt(5, JSON.parse(JSON.stringify(broken.state())))
    expect([...before, ...observations.slice(crash).map(resumed.observe)]).toEqual(expected)
    expect(JSON.stringify(resumed.state())).toBe(JSON.stringify(whole.state()))
  },
)

const wrong: readonly (readonly [string, (state: LatencyState) => unknown])[] = [
  ['a bucket that is no number', (state) => ({ ...state, recent: [[0.5, 1]] })],
  ['a second between two', (state) => ({ ...state, second: 0.5 })],
  ['a comparison without thresholds', (state) => ({ ...state, thresholds: null })],
  ['half a request', (state) => withThresholds(state, ({ candidate }) => ({ candidate: candidate.map(() => 0.5) }))],
  ['too few bets', (state) => withThresholds(state, () => ({ won: [0] }))],
  ['quantiles that fall', (state) => withThresholds(state, ({ quantiles }) => ({ quantiles: quantiles.toReversed() }))],
  ['a quantile of 0', (state) => withThresholds(state, ({ quantiles }) => ({ quantiles: quantiles.with(0, 0) }))],
  ['too few categories', (state) => withThresholds(state, ({ stable }) => ({ stable: stable.slice(1) }))],
  [
    'shares above 1',
    (state) => withThresholds(state, ({ prior }) => ({ prior: { ...prior, shares: prior.shares.map(() => 1) } })),
  ],
  [
    'promotion at no threshold',
    (state) => withThresholds(state, ({ within }) => ({ within: within.map((one) => ({ ...one, at: 9 })) })),
  ],
  [
    'more slow in the bin than requests',
    (state) => withThresholds(state, ({ open }) => ({ open: { ...open, farther: open.farther.map(() => 9) } })),
  ],
  ['endless sums', (state) => withThresholds(state, ({ excess }) => ({ excess: excess.map(() => Number.NaN) }))],
  [
    'a scatter of nothing',
    (state) => withThresholds(state, ({ scatter }) => ({ scatter: { ...scatter, stablePart: Number.NaN } })),
  ],
]

const withThresholds = (state: LatencyState, change: (own: ThresholdsState) => object): unknown => ({
  ...state,
  thresholds: state.thresholds && { ...state.thresholds, ...change(state.thresholds) },
})

test.each(wrong)('refuses a state with %s', (_, change) => {
  expect(() => judgeAt(100, change(frozen().state()) as LatencyState)).toThrow('not a state of the latency judge')
})
