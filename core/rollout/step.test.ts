// Goal: a bad release never keeps traffic and nothing is stuck, whatever arrives in whatever order.
// Method: laws over random histories, and the one history that everybody should be able to read.
import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import type { Trip } from '../analysis/decision.ts'
import type { Assessment } from '../analysis/judge.ts'
import type { Instant } from '../time.ts'
import { ppm } from '../time.ts'
import { desired, wantedWeight } from './desired.ts'
import type { RolloutEvent } from './event.ts'
import { headline } from './explain.ts'
import { rejectionOf } from './rejection.ts'
import {
  anyEvent,
  anyObserved,
  badInstance,
  errors,
  pending,
  plan,
  router,
  seen,
  trip,
  v1,
  v2,
  whole,
} from './rollout.arbitrary.ts'
import type { LowTraffic, Phase, Rollout } from './state.ts'
import { isOver } from './state.ts'
import { deadlinesMs, step } from './step.ts'

const run = (events: readonly RolloutEvent[], from: Rollout = pending()): Rollout => events.reduce(step, from)

const at = (
  ms: number,
  [weight, requests]: readonly [ppm: number, count: number],
  more: Parameters<typeof router>[0] = {},
) => seen(ms, { router: router({ weight: ppm(weight), requests, ...more }) })

test('a good release goes through every step, waits where a person is wanted, bakes and succeeds', () => {
  const phases: Phase[] = []
  const history: RolloutEvent[] = [
    seen(10, { router: null }), // placed
    seen(20), // both ready and warm
    at(30, [10_000, 5]), // the weight is seen: the step begins to count
    at(900, [10_000, 400]), // enough requests, too early
    at(1_030, [10_000, 400]), // passed
    at(1_040, [10_000, 410]),
    at(3_040, [10_000, 900]), // the pause is over
    at(3_050, [500_000, 900]),
    at(4_050, [500_000, 1_000]), // passed, and the next step waits for a person
    at(4_100, [500_000, 1_100]),
    { kind: 'resumed', at: 9_000 as Instant, actor: 'ada', reason: '', leg: null },
    at(9_100, [950_000, 1_200]), // all but the holdback: promoted
    at(9_200, [950_000, 1_300]),
    at(14_200, [950_000, 9_000]), // baked
  ]
  let rollout = pending()
  for (const event of history) {
    rollout = step(rollout, event)
    if (phases.at(-1) !== rollout.phase) phases.push(rollout.phase)
  }
  expect(phases).toEqual(['Preparing', 'Progressing', 'Paused', 'Promoting', 'Baking', 'Succeeded'])
  expect(desired(rollout, seen(14_300)).stable).toBe(v2)
})

test.prop([fc.array(anyEvent), fc.array(anyEvent), anyObserved])(
  'after a trip the candidate only loses traffic',
  (before, after, last) => {
    const live = run(before)
    fc.pre(!isOver(live) && live.phase !== 'NeedsHuman')
    const later = run([seen(1, { router: router({ trip }) }), ...after], live)
    expect(['RollingBack', 'RolledBack', 'Failed', 'NeedsHuman']).toContain(later.phase)
    expect(desired(later, last).grant?.weight ?? 0).toBeLessThanOrEqual(last.router?.weight ?? 0)
  },
)

test.prop([fc.array(anyEvent), anyObserved])(
  'no release is given more than its ready instances carry, while together they carry all',
  (events, last) => {
    const ready = (release: typeof v1): number => (last.releases.get(release)?.ready ?? 0) / 2
    fc.pre(ready(v1) + ready(v2) >= 1)
    const weight = (desired(run(events), last).grant?.weight ?? 0) / 1_000_000
    expect(weight).toBeLessThanOrEqual(ready(v2))
  },
)

test.prop([fc.array(anyEvent), anyObserved])('what has traffic keeps its instances', (events, last) => {
  const world = desired(run(events), last)
  for (const [release, view] of last.releases) {
    const { router: now } = last
    const exposed =
      now !== null &&
      ((now.stable === release && now.weight < 1_000_000) || (now.candidate === release && now.weight > 0))
    if (exposed && view.instances > 0) expect(world.instances.get(release)).toBeGreaterThan(0)
  }
})

test.prop([fc.array(anyEvent)])('the same facts give the same rollout', (events) => {
  expect(run(events)).toEqual(run(events))
})

test.prop([fc.array(anyEvent, { maxLength: 40 })])(
  'every change grows the generation, and what is over stays as it is',
  (events) => {
    let rollout = pending()
    for (const event of events) {
      const next = step(rollout, event)
      if (next !== rollout) {
        expect(isOver(rollout)).toBe(false)
        expect(next.generation).toBe(rollout.generation + 1)
      }
      rollout = next
    }
  },
)

test.prop([fc.array(anyEvent)])(
  'abort ends every phase in bounded time, and asking again changes nothing',
  (events) => {
    const live = run(events)
    const abort: RolloutEvent = { kind: 'aborted', at: 130_000 as Instant, actor: 'ada', reason: '' }
    const once = step(live, abort)
    expect(step(once, abort)).toBe(once)
    const end = run([seen(130_100, { router: router({ weight: ppm(0) }) })], once)
    expect(isOver(end)).toBe(true)
  },
)

test.prop([fc.array(anyEvent)])('no phase outlasts its deadline when nothing moves any more', (events) => {
  const still = (ms: number) => seen(ms, { placed: { kind: 'unknown' }, releases: new Map(), router: null })
  let rollout = run(events)
  let now = 200_000
  for (let turn = 0; turn < 12; turn += 1) {
    now += deadlinesMs.Paused + plan.stepBudgetMs
    rollout = step(rollout, still(now))
  }
  expect(isOver(rollout) || rollout.phase === 'NeedsHuman').toBe(true)
})

test('a rollback ends when the router says so, not when it was asked to', () => {
  const exposed = run([seen(10), seen(20), at(30, [10_000, 0])])
  const goingBack = step(exposed, at(40, [0, 10], { trip }))
  expect(goingBack.phase).toBe('RollingBack')
  expect(step(goingBack, seen(50, { router: null })).phase).toBe('RollingBack')
  expect(step(goingBack, at(60, [10_000, 10])).phase).toBe('RollingBack')
  expect(step(goingBack, at(70, [0, 10])).phase).toBe('RolledBack')
})

test('a trip wins over a pause', () => {
  const paused = run([
    seen(10),
    seen(20),
    at(30, [10_000, 0]),
    { kind: 'paused', at: 35 as Instant, actor: 'ada', reason: '' },
  ])
  expect(paused.phase).toBe('Paused')
  expect(wantedWeight(paused)).toBe(10_000)
  expect(step(paused, at(40, [0, 10], { trip })).phase).toBe('RollingBack')
})

test('after a lapse the step begins anew: neither its time nor its requests count on', () => {
  const exposed = run([seen(10), seen(20), at(30, [10_000, 0])])
  const lapsed = step(exposed, at(5_000, [0, 90], { lapsed: true }))
  expect(lapsed).toMatchObject({ phase: 'Progressing', step: 0, from: null, lapses: 1 })
  const again = run([at(5_100, [10_000, 95]), at(5_900, [10_000, 300])], lapsed)
  expect(again).toMatchObject({ phase: 'Progressing', step: 0, from: { at: 5_100, requests: 95 } })
})

test('smouldering evidence does not pass a step; at its budget a person is called', () => {
  const smouldering = { metrics: [errors({ evidence: 21 })] }
  const exposed = run([seen(10), seen(20), at(30, [10_000, 0])])
  const smoulders = run([at(2_000, [10_000, 500], smouldering), at(10_000, [10_000, 900], smouldering)], exposed)
  expect(smoulders).toMatchObject({ phase: 'Progressing', step: 0 })
  const late = step(smoulders, at(21_100, [10_000, 950], smouldering))
  expect(late).toMatchObject({
    phase: 'Paused',
    reason: { kind: 'inconclusive', lacks: [{ kind: 'evidence', metric: 'errors', evidence: 21 }] },
  })
})

test('too little traffic is inconclusive, never a pass', () => {
  const exposed = run([seen(10), seen(20), at(30, [10_000, 0])])
  expect(run([at(5_000, [10_000, 99]), at(21_100, [10_000, 99])], exposed)).toMatchObject({
    phase: 'Paused',
    reason: { kind: 'inconclusive' },
  })
})

/** At the end of the budget of a step that has seen too little, and what was seen of errors. */
const overdue = (lowTraffic: LowTraffic, seenOf: Partial<Assessment>): Rollout =>
  run(
    [10, 20]
      .map((ms) => seen(ms))
      .concat([at(30, [10_000, 0]), at(21_100, [10_000, 99], { metrics: [errors(seenOf)] })]),
    pending({ lowTraffic }),
  )

test('promote-if-clean goes on where nothing at all speaks against the candidate, and remembers what was not proven', () => {
  const lacks = [{ kind: 'requests', seen: 99, needed: 100 }]
  expect(overdue('promote-if-clean', {})).toMatchObject({
    ...{ phase: 'Progressing', step: 1, unproven: [{ step: 0, lacks }] },
  })
  for (const speaks of [{ evidence: 1.01 }, { difference: { lower: -0.01, upper: 0.026 } }, { difference: null }])
    expect(overdue('promote-if-clean', speaks)).toMatchObject({ phase: 'Paused', reason: { kind: 'inconclusive' } })
})

test('promote-if-clean does not go on before its time was seen, nor without a router', () => {
  const late = run([seen(10), seen(20), at(20_500, [10_000, 0])], pending({ lowTraffic: 'promote-if-clean' }))
  expect(step(late, at(21_100, [10_000, 99])).phase).toBe('Paused')
  expect(step(late, seen(25_000, { router: null })).phase).toBe('Paused')
})

test('rollback goes back where too little is known, and rejects nothing', () => {
  const back = overdue('rollback', {})
  expect(back).toMatchObject({ phase: 'RollingBack', cause: { kind: 'inconclusive', lacks: [{ kind: 'requests' }] } })
  expect(rejectionOf(back)).toBeNull()
  expect(headline(back)).toBe(
    'going back to v1: its time was over and it is not known whether it may go on: 99 of 100 requests; lowTraffic is rollback',
  )
})

test('data that are missing prove nothing against the bytes: back, and not rejected', () => {
  const back = (rule: Trip['rule']) =>
    step(
      { ...pending(), phase: 'Progressing', step: 0, from: null, lapses: 0 },
      seen(30, { router: router({ trip: { ...trip, rule } }) }),
    )
  expect([back('evidence'), back('missing')]).toMatchObject([{ phase: 'RollingBack' }, { phase: 'RollingBack' }])
  expect(rejectionOf(back('evidence'))).not.toBeNull()
  expect(rejectionOf(back('missing'))).toBeNull()
})

test.each(['pause', 'promote-if-clean', 'rollback'] as const)(
  'a bake that is not known to be good waits for a person (%s)',
  (lowTraffic) => {
    const baking: Rollout = { ...pending({ lowTraffic }), phase: 'Baking', from: null, lapses: 0 }
    expect(step(baking, seen(30_000, { router: null })).phase).toBe('Paused')
  },
)

test('a candidate that is never ready fails and never gets a grant', () => {
  const notReady = new Map([
    [v1, whole],
    [v2, { ...whole, ready: 1, warm: 1, lastExit: 'exited with code 1' }],
  ])
  const preparing = run([seen(10, { router: null })])
  const late = step(preparing, seen(10_011, { releases: notReady }))
  expect(late).toMatchObject({ phase: 'Failed', cause: { kind: 'neverReady', ready: 1, wanted: 2 } })
  expect(desired(late, seen(10_012)).grant).toBeNull()
})

test('a crash loop of the candidate takes it out in any phase with traffic', () => {
  const exposed = run([seen(10), seen(20), at(30, [10_000, 0])])
  const crashing = new Map([
    [v1, whole],
    [v2, { ...whole, ready: 1, restarts: 3, lastExit: 'exited with code 1' }],
  ])
  expect(step(exposed, { ...at(40, [10_000, 0]), releases: crashing })).toMatchObject({
    phase: 'RollingBack',
    cause: { kind: 'crashLoop' },
  })
})

test('a hold pauses once: after resume the same hold does not pause again, another one does', () => {
  const hold = { reason: 'all fail, and nothing of stable is seen', at: 35 as Instant }
  const held = run([seen(10), seen(20), at(30, [10_000, 0]), at(40, [10_000, 20], { hold })])
  expect(held).toMatchObject({ phase: 'Paused', reason: { kind: 'hold' } })
  const resumed = run(
    [{ kind: 'resumed', at: 50 as Instant, actor: 'ada', reason: '', leg: null }, at(60, [10_000, 30], { hold })],
    held,
  )
  expect(resumed.phase).toBe('Progressing')
  expect(step(resumed, at(70, [10_000, 30], { hold: { ...hold, at: 65 as Instant } })).phase).toBe('Paused')
})

test('the first release becomes stable when it is ready, without a grant; if it fails there is nothing to go back to', () => {
  const first = pending({
    stable: null,
    stableArtifact: null,
    stableInstances: 0,
    steps: [],
    bake: null,
    wayBack: null,
  })
  const routed = seen(30, { router: router({ stable: v2, candidate: null }) })
  const end = run([seen(10, { router: null }), seen(20, { router: router({ stable: null }) }), routed], first)
  expect(end.phase).toBe('Succeeded')
  const aborted = run(
    [seen(10, { router: null }), { kind: 'aborted', at: 15 as Instant, actor: 'ada', reason: '' }],
    first,
  )
  expect(aborted.phase).toBe('Failed')
  expect(desired(aborted, seen(20)).stable).toBeNull()
})

test('after a rollback the candidate keeps its instances until its requests are done, and no longer than the drain', () => {
  const back = run([seen(10), seen(20), at(30, [10_000, 0]), at(40, [0, 10], { trip }), at(50, [0, 10])])
  expect(back.phase).toBe('RolledBack')
  const left = router({ candidate: null })
  const busy = (ms: number) =>
    seen(ms, {
      router: left,
      releases: new Map([
        [v1, whole],
        [v2, { ...whole, inFlight: 1 }],
      ]),
    })
  expect(desired(back, busy(60))).toMatchObject({ draining: [v2] })
  expect(desired(back, busy(60)).instances.get(v2)).toBe(2)
  expect(desired(back, seen(70, { router: left })).instances.get(v2)).toBe(0)
  expect(desired(back, busy(60 + plan.drainMs))).toMatchObject({ draining: [] }) // the router cuts it, then nothing is in flight
})

const down = { ...whole, ready: 0, warm: 0 }

test('where stable carries nothing, the candidate keeps the traffic that it has: a person is called, nobody is cut off', () => {
  const alone = new Map([
    [v1, down],
    [v2, whole],
  ])
  const carrying = (ms: number) => seen(ms, { releases: alone, router: router({ weight: ppm(1_000_000) }) })
  const exposed = run([seen(10), seen(20), at(30, [10_000, 0])])
  const aborted = step(exposed, { kind: 'aborted', at: 40 as Instant, actor: 'ada', reason: '' })
  const stuck = run([carrying(50), carrying(400_000)], aborted)
  expect(stuck.phase).toBe('NeedsHuman')
  expect(desired(stuck, carrying(400_100)).grant?.weight).toBe(1_000_000)
  const recovering = seen(400_200, { router: router({ weight: ppm(500_000) }) })
  expect(desired(stuck, recovering).grant?.weight).toBe(0)
})

test('a release that comes back is not failed for what its instances did in their earlier life', () => {
  const back = pending({ kind: 'rollback', steps: [], bake: null })
  const crashedOnce = new Map([
    [v1, whole],
    [v2, { ...whole, restarts: 5 }],
  ])
  expect(run([seen(10, { releases: crashedOnce }), seen(20, { releases: crashedOnce })], back).phase).toBe('Promoting')
})

test('a release that the router still names keeps draining, although nothing was in flight when it was asked', () => {
  const baked = { ...run([seen(10), seen(20)]), phase: 'Succeeded' } as Rollout
  expect(desired(baked, seen(30, { router: router({ weight: ppm(950_000) }) })).draining).toEqual([v1])
  expect(desired(baked, seen(30, { router: router({ stable: v2, candidate: null }) })).draining).toEqual([])
})

test('time without a server counts for nobody: neither for a bake nor against a pause', () => {
  const marked = run([seen(10), seen(20), at(30, [10_000, 0])])
  const away = step(marked, { kind: 'takenUp', at: 3_600_030 as Instant, awayMs: 3_600_000 })
  expect(away).toMatchObject({ phase: 'Progressing', from: { at: 3_600_030 }, since: 3_600_030 })
  const paused = step(marked, { kind: 'paused', at: 40 as Instant, actor: 'ada', reason: '' })
  const monday = 3 * 24 * 3_600_000
  const attended = step(paused, { kind: 'takenUp', at: monday as Instant, awayMs: 0 })
  expect(step(attended, at(monday + 10, [10_000, 0])).phase).toBe('Paused')
})

test('an instance that the edge found at fault is replaced once, whatever is found after it', () => {
  const [first, second] = [badInstance(5 as Instant), { ...badInstance(6 as Instant), instance: 'i-2' }]
  const progressing: Rollout = { ...pending(), phase: 'Progressing', step: 0, from: null, lapses: 0 }
  const replaced = step(progressing, seen(7, { router: router({ badInstance: first }) }))
  expect(replaced).toMatchObject({ phase: 'Progressing', replaced: first, since: progressing.since })
  expect(step(replaced, seen(8, { router: router({ badInstance: second }) })).replaced).toEqual(first)
  const other = { ...first, release: v1 }
  expect(step(progressing, seen(7, { router: router({ badInstance: other }) })).replaced).toBeNull()
})
