// One environment of the edge with clocks and chance in the hands of the test, without any request over a socket.
import type { Instant } from '@humdrum/core/time.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createRandom } from './choose.ts'
import type { Routed, StoredRoute } from './route-state.ts'
import { RouteState } from './route-state.ts'
import { at, fence, granted, judged, order } from './test-bed/order.ts'

let clock: { nowMs: number }
let persisted: StoredRoute[]
let logged: string[]
let states: RouteState[]

beforeEach(() => {
  clock = { nowMs: 0 }
  persisted = []
  logged = []
  states = []
})
afterEach(() => {
  for (const state of states) state.close()
})

const open = (stored: StoredRoute, restored = false): RouteState => {
  const around = {
    monotonicMs: () => clock.nowMs,
    wallClock: () => 1_000 as Instant,
    random: createRandom(Uint32Array.of(1, 2, 3, 4)),
    log: (_: unknown, message: string, more = {}) => void logged.push(`${message} ${JSON.stringify(more)}`),
    ...{ headTimeoutMs: 1_000, epoch: 'e', persist: () => void persisted.push(state.stored()) },
  }
  const state: RouteState = new RouteState(stored, around, { restored })
  states.push(state)
  return state
}

const both = { stable: at('v1', 1), candidate: at('v2', 2), judge: judged(2) }
const begun = (changes: Readonly<Record<string, unknown>> = {}): RouteState =>
  open({ route: order({ ...both, grant: granted(0.5), ...changes }), trip: null, hold: null, badInstance: null })

const chosen = (state: RouteState, arm: Routed['arm']): Routed => {
  for (let tries = 0; tries < 1_000; tries += 1) {
    const routed = state.choose()
    if (routed?.arm === arm) return routed
  }
  throw new Error(`${arm} is never chosen`)
}

const arms = (state: RouteState): Set<string | undefined> =>
  new Set(Array.from({ length: 200 }, () => state.choose()?.arm))

const trip = (state: RouteState): void => {
  for (let tries = 0; state.report().trip === null && tries < 100; tries += 1) {
    state.settle(chosen(state, 'stable'), false, clock.nowMs)
    state.settle(chosen(state, 'candidate'), true, clock.nowMs)
  }
}

describe('who gets the next request', () => {
  test('both by the weight; a request carries the weight under which it was routed', () => {
    const state = begun()
    expect(arms(state)).toEqual(new Set(['stable', 'candidate']))
    expect(chosen(state, 'candidate')).toMatchObject({ weight: 500_000, release: { version: 'v2' } })
  })

  test('stable alone without a candidate; nobody judges then', () => {
    const state = begun({ candidate: null, grant: null })
    expect(arms(state)).toEqual(new Set(['stable']))
    expect(state.choose()?.guard).toBeNull()
  })

  test('the candidate alone at everything, and when stable has no instance', () => {
    expect(arms(begun({ grant: granted(1) }))).toEqual(new Set(['candidate']))
    expect(arms(begun({ stable: null, grant: granted(0.01) }))).toEqual(new Set(['candidate']))
  })

  test('nobody when nobody is there', () => {
    expect(begun({ stable: null, candidate: null, grant: null }).choose()).toBeNull()
    expect(begun({ stable: at('v1'), candidate: at('v2') }).choose()).toBeNull()
    expect(begun({ stable: null, grant: null }).choose()).toBeNull()
  })
})

describe('a trip', () => {
  test('takes the candidate out before the decisive request is settled, and is kept', () => {
    const state = begun()
    trip(state)
    expect(state.report()).toMatchObject({ weight: 0, trip: { rule: 'evidence', limit: 2, at: 1_000 } })
    expect(arms(state)).toEqual(new Set(['stable']))
    expect(persisted.map((stored) => stored.trip !== null)).toEqual([true])
    expect(logged.at(-1)).toMatch(/^tripped .*"rollout":"r-1".*"from":"50 %","to":"0 %"/)
  })

  test('outlasts every grant of its rollout, and ends with the next rollout', () => {
    const state = begun()
    trip(state)
    state.apply(order({ ...both, fence: fence(1, 2), grant: granted(1) }))
    expect(state.report()).toMatchObject({ weight: 0, trip: { metric: 'errors' } })
    state.apply(order({ ...both, fence: fence(2, 1), candidate: at('v3', 3), grant: granted(0.25) }))
    expect(state.report()).toMatchObject({
      weight: 250_000,
      trip: null,
      judge: { errors: { candidate: { requests: 0 } } },
    })
  })

  test('what it took from the candidate stays taken, whatever becomes of stable', () => {
    const state = begun({ stable: at('v1', 1, 3) })
    trip(state)
    const short = { ...at('v1', 1), wanted: 2 }
    for (const [generation, stable] of [short, { ...at('v1'), wanted: 2 }, null].entries()) {
      state.apply(order({ ...both, stable, fence: fence(1, generation + 2), grant: granted(0.5) }))
      expect(state.report().weight).toBe(0)
    }
    state.apply(order({ ...both, stable: short, fence: fence(2, 1), grant: granted(0.5) }))
    expect(state.report()).toMatchObject({ weight: 500_000, trip: null })
  })

  test('leaves the candidate what stable cannot carry, and takes it as stable comes back, once and for all', () => {
    const short = { ...at('v1', 1), wanted: 2 }
    const state = begun({ stable: short, grant: granted(0.9) })
    trip(state)
    const weights = [short, at('v1', 1, 3), short].map((stable, index) => {
      state.apply(order({ ...both, stable, fence: fence(1, index + 2), grant: granted(0.9) }))
      return state.report().weight
    })
    expect(weights).toEqual([500_000, 0, 0])
  })

  test('gives a candidate nothing that it did not have, however little stable carries', () => {
    const state = begun({ stable: { ...at('v1', 1), wanted: 4 }, grant: granted(0.1) })
    trip(state)
    expect(state.report()).toMatchObject({ weight: 100_000, trip: { metric: 'errors' } })
  })

  test('ends the exposure of what was routed before; stable takes it over, in no arm', () => {
    const state = begun()
    const [candidate, stable] = [chosen(state, 'candidate'), chosen(state, 'stable')]
    expect([state.exposes(candidate), state.exposes(stable)]).toEqual([true, true])
    trip(state)
    expect([state.exposes(candidate), state.exposes(stable)]).toEqual([false, true])
    expect(state.insteadOfCandidate(candidate, 'takenOut')).toMatchObject({
      ...{ release: { version: 'v1' }, arm: 'stable', guard: null, insteadOf: candidate },
    })
    state.apply(order({ stable: at('v1'), fence: fence(1, 2) }))
    expect(state.insteadOfCandidate(candidate, 'takenOut')).toBeNull()
  })

  test('with onTrip hold leaves the weight, and is told', () => {
    const state = begun({ grant: granted(0.5, { onTrip: 'hold' }) })
    trip(state)
    expect(state.report()).toMatchObject({ weight: 500_000, trip: { metric: 'errors' } })
  })

  test('of a rollout that is over changes nothing for the next one', () => {
    const state = begun()
    const late = Array.from({ length: 50 }, () => chosen(state, 'candidate'))
    for (let count = 0; count < 50; count += 1) state.settle(chosen(state, 'stable'), false, clock.nowMs)
    state.apply(order({ ...both, fence: fence(2, 1), candidate: at('v3', 3), grant: granted(0.25) }))
    for (const routed of late) state.settle(routed, true, clock.nowMs)
    expect(state.report()).toMatchObject({
      weight: 250_000,
      trip: null,
      judge: { errors: { candidate: { requests: 0 } } },
    })
  })
})

test('a candidate that only fails while stable is silent: a hold, once, and the weight stays', () => {
  const state = begun({ stable: null, grant: granted(1) })
  for (let count = 0; count < 60; count += 1) state.settle(chosen(state, 'candidate'), true, clock.nowMs)
  expect(state.report()).toMatchObject({ weight: 1_000_000, trip: null, hold: { at: 1_000 } })
  expect(persisted.length).toBe(1)
})

describe('a request that failed on the candidate', () => {
  const rescue = (state: RouteState, failed: Routed): void => {
    const instead = state.insteadOfCandidate(failed, 'unreachable')
    if (instead?.insteadOf !== failed) throw new Error('stable does not stand in')
    state.settle(instead, false, clock.nowMs)
    state.rescued(failed)
  }

  test('earns stable nothing when it answers, as its own requests do', () => {
    const state = begun({ judge: judged(1e9) })
    const taken = () => {
      let count = 0
      for (const failed = chosen(state, 'candidate'); count < 100; count += 1) {
        const instead = state.insteadOfCandidate(failed, 'unreachable')
        if (instead === null) return count
        for (let turn = 0; turn < 20; turn += 1) state.settle(instead, false, clock.nowMs)
      }
      return count
    }
    expect(taken()).toBe(3)
    for (let count = 0; count < 80; count += 1) state.settle(chosen(state, 'stable'), false, clock.nowMs)
    for (let count = 0; count < 80; count += 1) state.settle(chosen(state, 'stable'), true, clock.nowMs)
    for (let count = 0; count < 80; count += 1) state.settle(chosen(state, 'candidate'), false, clock.nowMs)
    expect(taken()).toBe(1)
  })

  test('is not sent to it once more when it became stable meanwhile', () => {
    const state = begun()
    const failed = chosen(state, 'candidate')
    state.apply(order({ fence: fence(1, 2), stable: at('v2', 2), draining: [at('v1', 1)] }))
    expect(state.insteadOfCandidate(failed, 'unreachable')).toBeNull()
  })

  test('of a rollout that is over is none of the next one', () => {
    const state = begun()
    const failed = chosen(state, 'candidate')
    rescue(state, failed)
    expect(state.report().rescued).toBe(1)
    state.apply(order({ ...both, fence: fence(2, 1), candidate: at('v3', 3), grant: granted(0.5) }))
    rescue(state, failed)
    expect(state.report()).toMatchObject({ rescued: 0, fence: fence(2, 1) })
  })

  test('is counted on after a restart, from what was stored or from what the server heard, whichever is more', () => {
    const first = begun()
    rescue(first, chosen(first, 'candidate'))
    const state = open(first.stored(), true)
    expect(state.report().rescued).toBe(1)
    const counts = [0, 5, 2].map((rescued, index) => {
      state.apply(order({ ...both, rescued, fence: fence(1, index + 2), grant: granted(0.5) }))
      return state.report().rescued
    })
    expect(counts).toEqual([1, 5, 5])
    rescue(state, chosen(state, 'candidate'))
    expect(state.stored().route.rescued).toBe(6)
  })

  test('is not counted for a rollout that nobody judges', () => {
    const state = begun({ judge: null })
    const failed = chosen(state, 'candidate')
    rescue(state, failed)
    expect([state.report().rescued, failed.release.counters.rescued]).toEqual([0, 1])
  })
})

describe('a grant', () => {
  test('that is not renewed lapses by itself, at the next request', () => {
    const state = begun({ grant: granted(0.5, { ttlMs: 10_000, fallbackWeight: 20_000 }) })
    clock.nowMs = 9_999
    expect(state.choose()?.weight).toBe(500_000)
    clock.nowMs = 10_000
    expect(state.choose()?.weight).toBe(20_000)
    expect(state.report()).toMatchObject({ lapsed: true, weight: 20_000 })
    expect(logged).toEqual([expect.stringContaining('the grant lapsed')])
  })

  test('lapses also when only somebody asks for the report', () => {
    const state = begun({ grant: granted(0.5, { ttlMs: 10_000 }) })
    clock.nowMs = 10_000
    expect(state.report()).toMatchObject({ lapsed: true, weight: 0 })
  })

  test('that comes anew restores the weight; evidence goes on', () => {
    const state = begun({ grant: granted(0.5, { ttlMs: 10_000 }) })
    state.settle(chosen(state, 'candidate'), true, 0)
    clock.nowMs = 20_000
    expect(state.report().weight).toBe(0)
    state.apply(order({ ...both, grant: granted(0.5, { ttlMs: 10_000 }) }))
    expect(state.report()).toMatchObject({
      lapsed: false,
      weight: 500_000,
      judge: { errors: { candidate: { bad: 1 } } },
    })
  })
})

describe('after a restart', () => {
  const route = order({ ...both, grant: granted(0.5, { fallbackWeight: 10_000 }) })

  test('a candidate has its fallback weight until the next grant', () => {
    const state = open({ route, trip: null, hold: null, badInstance: null }, true)
    expect(state.report()).toMatchObject({ lapsed: true, weight: 10_000 })
    state.apply(route)
    expect(state.report()).toMatchObject({ lapsed: false, weight: 500_000 })
  })

  test('a tripped candidate has nothing, whatever stable carries', () => {
    const first = begun()
    trip(first)
    const stored = first.stored()
    const stable = { ...at('v1', 1), wanted: 2 }
    expect(
      open({ ...stored, route: { ...stored.route, stable: order({ stable }).stable } }, true).report().weight,
    ).toBe(0)
  })

  test('a trip is still in force, also under a new grant', () => {
    const first = begun()
    trip(first)
    const [stored] = persisted
    if (stored === undefined) throw new Error('nothing was kept')
    const state = open(stored, true)
    expect(state.report()).toMatchObject({ weight: 0, trip: stored.trip })
    state.apply(order({ ...both, fence: fence(1, 2), grant: granted(1) }))
    expect(state.report()).toMatchObject({ weight: 0, trip: stored.trip })
  })

  test('the judge goes on from where it was', () => {
    const first = begun()
    first.settle(chosen(first, 'candidate'), true, 0)
    const state = open(first.stored(), true)
    expect(state.report().judge?.errors.candidate).toEqual({ requests: 1, bad: 1 })
  })

  test('without a candidate nothing is lapsed', () => {
    const state = open({ route: order({ stable: at('v1', 1) }), trip: null, hold: null, badInstance: null }, true)
    expect(state.report()).toMatchObject({ lapsed: false, weight: 0 })
  })
})

describe('releases', () => {
  const inFlight = (state: RouteState, arm: Routed['arm']) => {
    const { release } = chosen(state, arm)
    const request = {
      cuts: 0,
      cut: () => {
        request.cuts += 1
      },
      outlast: () => {},
    }
    release.inFlight.add(request)
    return request
  }

  test('one that drains finishes what it has; one that is gone is cut', () => {
    const state = begun()
    const request = inFlight(state, 'candidate')
    state.apply(order({ ...both, candidate: null, draining: [at('v2', 2)] }))
    expect([request.cuts, arms(state)]).toEqual([0, new Set(['stable'])])
    state.apply(order({ ...both, candidate: null }))
    expect(request.cuts).toBe(1)
    expect(state.report().releases.map(({ release }) => release)).toEqual(['v1', 'v2'])
  })

  test('one that changes its part keeps its counts', () => {
    const state = begun()
    chosen(state, 'candidate').release.counters.requests += 1
    state.apply(order({ fence: fence(1, 2), stable: at('v2', 2), draining: [at('v1', 1)] }))
    expect(state.report().releases.find(({ release }) => release === 'v2')?.requests).toBe(1)
    expect(state.choose()?.release.version).toBe('v2')
  })

  test('a promoted candidate is still exposed to what was routed to it before', () => {
    const state = begun()
    const routed = chosen(state, 'candidate')
    state.apply(order({ fence: fence(1, 2), stable: at('v2', 2), draining: [at('v1', 1)] }))
    expect(state.exposes(routed)).toBe(true)
  })

  const reported = (state: RouteState) => new Set(state.report().releases.map(({ release }) => release))

  test('the last five that left are remembered', () => {
    const state = begun({ candidate: null, grant: null })
    for (let version = 2; version <= 9; version += 1)
      state.apply(order({ fence: fence(version, 1), stable: at('v1', 1), candidate: at(`v${version}`, 2) }))
    expect(reported(state)).toEqual(new Set(['v1', 'v9', 'v4', 'v5', 'v6', 'v7', 'v8']))
    state.apply(order({ fence: fence(10, 1), stable: at('v10', 1) }))
    expect(reported(state)).toEqual(new Set(['v1', 'v10', 'v6', 'v7', 'v8', 'v9']))
  })

  test('one with something in flight is not forgotten', () => {
    const state = begun()
    inFlight(state, 'candidate')
    for (let version = 3; version <= 20; version += 1)
      state.apply(order({ fence: fence(version, 1), stable: at(`v${version}`, 1) }))
    expect(reported(state)).toContain('v2')
  })

  test('the histogram of one that left is not reported; its counts are', () => {
    const state = begun()
    const { counters } = chosen(state, 'candidate').release
    counters.requests += 1
    counters.observe(5)
    const seen = () => state.report().releases.find(({ release }) => release === 'v2')
    const latency = seen()?.latency
    expect(latency?.length).toBe(1)
    state.apply(order({ ...both, candidate: null, draining: [at('v2', 2)] }))
    expect(seen()).toMatchObject({ requests: 1, latency })
    state.apply(order({ ...both, candidate: null }))
    expect(seen()).toMatchObject({ requests: 1, latency: [] })
  })
})
