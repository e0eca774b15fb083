// Goal: the weight of a step that follows the evidence never risks more than the exposure budget has left. Method: laws over
// any standing, and the machine driven by hand.
import { fc, test as law } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { grantTtlMs } from '../routing/route.ts'
import type { Instant } from '../time.ts'
import { everything, nothing, ppm } from '../time.ts'
import { desired } from './desired.ts'
import { pauseWords } from './explain.ts'
import type { Budget, Ramp } from './ramp.ts'
import { climb, expectedHarm, rampStart, standing } from './ramp.ts'
import { errors, pending, router, seen } from './rollout.arbitrary.ts'
import type { Rollout } from './state.ts'
import { step } from './step.ts'

const at = (ms: number): Instant => ms as Instant

const anyBudget: fc.Arbitrary<Budget> = fc.oneof(
  fc.record({ kind: fc.constant('requests' as const), failed: fc.integer({ min: 1, max: 10_000 }) }),
  fc.record({ kind: fc.constant('share' as const), failed: fc.integer({ min: 1, max: 100_000 }).map(ppm) }),
)
const anyRamp: fc.Arbitrary<Ramp> = fc.record({
  weight: fc.constantFrom(0, 100, 10_000, 100_000, 500_000).map(ppm),
  from: fc.record({ at: fc.constant(at(0)), requests: fc.nat({ max: 100 }) }),
  budgets: fc.integer({ min: 1, max: 3 }),
})
const anySeen = fc.record({
  at: fc.integer({ min: 2_000, max: 60_000 }).map(at),
  smoulders: fc.boolean(),
  errors: fc
    .record({
      requests: fc.integer({ min: 100, max: 50_000 }),
      bad: fc.nat({ max: 100 }),
      stable: fc.integer({ min: 100, max: 1_000_000 }),
      upper: fc.double({ min: -0.01, max: 1, noNaN: true }),
    })
    .map(({ requests, bad, stable, upper }) =>
      errors({
        candidate: { requests, bad },
        stable: { requests: stable, bad: 0 },
        difference: { lower: -1, upper },
      }),
    ),
})

describe('a weight that follows the evidence', () => {
  law.prop([anyBudget, anyRamp, anySeen])('is one of which the worst is left of the budget', (budget, ramp, told) => {
    const next = climb(budget, ramp, told)
    const now = standing(budget, ramp, told)
    if (now === null || 'exhausted' in next) return
    expect(expectedHarm(now, next.weight)).toBeLessThanOrEqual(now.allowed - now.spent + 1e-9)
    if (next.weight > ramp.weight)
      expect(expectedHarm(now, next.weight)).toBeLessThanOrEqual((now.allowed - now.spent) / 4 + 1e-9)
  })

  law.prop([anyBudget, anyRamp, anySeen])(
    'grows while nothing smoulders, and when its last grant is over',
    (...given) => {
      const [budget, ramp, told] = given
      const next = climb(budget, ramp, told)
      if ('exhausted' in next || next.weight <= ramp.weight) return
      expect(told.smoulders).toBe(false)
      expect(ramp.weight === nothing || told.at >= grantTtlMs).toBe(true)
      expect(next.from).toBeNull()
    },
  )

  const budget: Budget = { kind: 'requests', failed: 200 }
  const measured = (requests: number, atMs: number) => ({
    ...{ at: at(atMs), smoulders: false },
    errors: errors({ candidate: { requests: 0, bad: 0 }, stable: { requests, bad: 0 }, difference: null }),
  })

  test('is nothing until the rate of requests was measured for two seconds', () => {
    const marked = climb(budget, rampStart, measured(1_000, 0))
    expect(marked).toEqual({ weight: 0, from: { at: 0, requests: 1_000 }, budgets: 1 })
    expect(climb(budget, marked as Ramp, measured(1_199, 1_999))).toBe(marked)
    // 100 requests/s for 11 s: a quarter of 200 is left of 1,100 at 4.5 %, and the rung below that is 2.5 %.
    expect(climb(budget, marked as Ramp, measured(1_200, 2_000))).toEqual({ weight: 25_000, from: null, budgets: 1 })
  })

  test('begins with a tenth at most, where next to nothing comes', () => {
    const marked = climb(budget, rampStart, measured(0, 0)) as Ramp
    expect(climb(budget, marked, measured(0, 5_000))).toMatchObject({ weight: 100_000 })
  })

  test('is a share of what comes: of more requests more may fail', () => {
    const ofShare: Budget = { kind: 'share', failed: ppm(1_000) }
    const ramp: Ramp = { weight: ppm(100), from: { at: at(0), requests: 0 }, budgets: 1 }
    const after = (requests: number) => standing(ofShare, ramp, measured(requests, 10_000))?.allowed
    expect(after(10_000)).toBeCloseTo(10 + 11, 6)
    expect(after(100_000)).toBeCloseTo(100 + 110, 6)
  })

  test('is measured anew by a judge that begins anew', () => {
    const ramp: Ramp = { weight: ppm(25_000), from: { at: at(0), requests: 9_000 }, budgets: 1 }
    expect(climb(budget, ramp, measured(10, 30_000))).toEqual({ ...ramp, from: { at: 30_000, requests: 10 } })
  })
})

describe('a rollout by auto', () => {
  const plan = {
    steps: [{ kind: 'auto', budget: { kind: 'requests', failed: 20 } }],
    ...{ minExposure: { requests: 100, timeMs: 0 }, bake: null, stepBudgetMs: 600_000 },
  } as const
  const begun = (): Rollout => ({ ...pending(plan), ...{ phase: 'Progressing', step: 0, from: null, lapses: 0 } })

  /** One look: the weight that is wanted is in force. */
  const look = (rollout: Rollout, ms: number, told: Parameters<typeof errors>[0]): Rollout => {
    const weight = desired(rollout, seen(ms)).grant?.weight ?? nothing
    const requests = told?.candidate?.requests ?? 0
    return step(rollout, seen(ms, { router: router({ weight, requests, metrics: [errors(told)] }) }))
  }
  const good = (requests: number, upper: number, promotion = 1) => ({
    ...{ candidate: { requests, bad: 0 }, stable: { requests: 100_000, bad: 0 }, promotion },
    difference: { lower: -1, upper },
  })

  test('exposes more as the bound falls, and everything once that is shown to be affordable', () => {
    let rollout = begun()
    const weights: number[] = []
    for (let second = 0; second < 80; second += 1) {
      const requests = 50 * second
      const told = good(requests, Math.min(1, 5 / (requests + 1)), second > 60 ? 20 : 1)
      rollout = look(rollout, 1_000 * second, { ...told, stable: { requests: 100 * second, bad: 0 } })
      if (rollout.ramp !== null && rollout.ramp.weight !== weights.at(-1)) weights.push(rollout.ramp.weight)
    }
    expect(weights.slice(0, 5)).toEqual([0, 50_000, 100_000, 250_000, 500_000])
    expect(rollout.phase).toBe('Succeeded')
  })

  test('waits for a person when its budget is used up, who may grant it once more', () => {
    let rollout = begun()
    for (const ms of [0, 0, 1_000, 2_000, 3_000]) rollout = look(rollout, ms, good(0, 1))
    expect(rollout).toMatchObject({ phase: 'Progressing', ramp: { weight: 100_000 } })
    const spent = {
      ...{ candidate: { requests: 100, bad: 21 }, stable: { requests: 100_000, bad: 0 }, evidence: 15 },
      difference: { lower: 0.1, upper: 0.4 },
    }
    for (const ms of [4_000, 5_000, 6_000, 7_000]) rollout = look(rollout, ms, spent)
    expect(rollout).toMatchObject({ phase: 'Paused', reason: { kind: 'budget', spent: 21, allowed: 20 } })
    if (rollout.phase !== 'Paused') return
    expect(pauseWords(rollout.reason)).toBe(
      'its exposure budget is used up and nothing is proven: 21 of 20 failed requests; it gets no request until it is resumed, which grants as much again',
    )
    expect(desired(rollout, seen(8_000)).grant?.weight).toBe(0)
    const resumed = step(rollout, { kind: 'resumed', at: at(9_000), actor: 'ada', reason: '', leg: null })
    expect(resumed).toMatchObject({ phase: 'Progressing', ramp: { weight: 0, budgets: 2, from: null } })
  })

  test('full exposure is not affordable while the bound is wide, whatever was promoted', () => {
    let rollout = begun()
    for (let second = 0; second < 40; second += 1)
      rollout = look(rollout, 1_000 * second, {
        ...good(200, 0.01, 20),
        stable: { requests: 1_000 * second, bad: 0 },
      })
    expect(rollout.phase).toBe('Progressing')
    expect(rollout.ramp?.weight).toBeLessThan(everything / 2)
  })
})
