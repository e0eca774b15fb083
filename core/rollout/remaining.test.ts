import { expect, test } from 'vitest'
import type { Unit } from '../routing/route.ts'
import type { Instant } from '../time.ts'
import { ppm } from '../time.ts'
import type { Ramp } from './ramp.ts'
import { remainingWords } from './remaining.ts'
import { errors, pending } from './rollout.arbitrary.ts'
import type { Lack, LowTraffic, Rollout } from './state.ts'

/** A step that began 10 s ago, with 120 requests since: 12 a second. It may last 21 s. */
const words = (
  lacks: readonly Lack[],
  given: { requests?: number; lowTraffic?: LowTraffic; unit?: Unit } = {},
): string | null => {
  const { requests = 320, lowTraffic = 'pause', unit = 'request' } = given
  const rollout: Rollout = {
    ...pending({ lowTraffic, unit }),
    ...{ phase: 'Progressing', step: 0, lapses: 0, from: { at: 0 as Instant, requests: 200 } },
  }
  const metrics = [errors({ candidate: { requests: 320, bad: 0 } })]
  return remainingWords(rollout, { at: 10_000 as Instant, requests, metrics, lacks })
}

test('counts requests at their present rate', () => {
  expect(words([{ kind: 'requests', seen: 120, needed: 180 }])).toBe(
    'about 5 s more at the present 12 requests/s to v2',
  )
  expect(words([{ kind: 'requests', seen: 120, needed: 180 }], { unit: 'session' })).toContain('12 sessions/s to v2')
})

test('counts from the last weight where it rises by itself', () => {
  const rising = (from: Ramp['from']): string | null => {
    const rollout: Rollout = {
      ...pending(),
      ...{
        phase: 'Progressing',
        step: 0,
        lapses: 0,
        since: 50_000 as Instant,
        from: { at: 0 as Instant, requests: 0 },
      },
      ramp: { weight: ppm(500_000), from, budgets: 1 },
    }
    const metrics = [errors({ candidate: { requests: 320, bad: 0 }, stable: { requests: 2_000, bad: 0 } })]
    const lacks: readonly Lack[] = [{ kind: 'requests', seen: 120, needed: 180 }]
    return remainingWords(rollout, { at: 60_000 as Instant, requests: 320, metrics, lacks })
  }
  const lately = { at: 50_000 as Instant, requests: 2_080 }
  expect(rising(lately)).toBe('about 5 s more at the present 12 requests/s to v2')
  expect(rising({ ...lately, at: 59_000 as Instant })).toBeNull()
  expect(rising(null)).toBeNull()
})

test('evidence that has come half of its way by the logarithm takes as many requests again', () => {
  const half: Lack = { kind: 'promotion', metric: 'errors', evidence: Math.sqrt(20), needed: 20 }
  expect(words([half])).toBe(
    'about 26.7 s more at the present 12 requests/s to v2, longer than the 11 s that are left of the step: then it waits for a person',
  )
  expect(words([{ kind: 'difference', most: 0.01, evidence: 19.9, needed: 20 }])).toMatch(/^about \d+ ms more/)
})

test.each([
  ['promote-if-clean', /then it goes on unproven if nothing at all speaks against it, and else waits for a person$/],
  ['rollback', /then it goes back$/],
] as const)('says which policy will apply (%s)', (lowTraffic, ends) => {
  expect(words([{ kind: 'requests', seen: 120, needed: 900 }], { lowTraffic })).toMatch(ends)
})

test('says nothing that it cannot know', () => {
  const unborn: Lack = { kind: 'promotion', metric: 'errors', evidence: 0.7, needed: 20 }
  expect(words([unborn])).toBe('how long that takes cannot be said yet at the present 12 requests/s to v2')
  expect(words([{ kind: 'requests', seen: 0, needed: 9 }], { requests: 200 })).toBe(
    'how long that takes cannot be said yet at the present 0 requests/s to v2',
  )
  expect(words([])).toBeNull()
  expect(words([{ kind: 'evidence', metric: 'errors', evidence: 30, limit: 20 }])).toBeNull()
  expect(words([{ kind: 'exposure' }])).toBeNull()
})
