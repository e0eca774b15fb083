import { describe, expect, test } from 'vitest'
import { sessionRollbacks, usualSessions } from './sessions.ts'

const traffic = { ...usualSessions, runs: 20, requests: 20_000 }

describe('users who retry, bots without a cookie, a weight that grows', () => {
  test('a release that is no worse is taken out as rarely as the limit says', () => {
    // At 1 in 10 expected at most: 6 of 20 would be seen once in 90 times.
    expect(sessionRollbacks({ ...traffic, limit: 10 }).rolledBack).toBeLessThanOrEqual(5)
    expect(sessionRollbacks({ ...traffic, limit: 10, growsAt: 25 }).rolledBack).toBeLessThanOrEqual(5)
  })

  test('and one that breaks ten times as many sessions is found', () => {
    expect(sessionRollbacks({ ...traffic, worse: 10, broken: 0.02 }).rolledBack).toBeGreaterThanOrEqual(18)
  })

  test('to take each request for independent is wrong, far more often than the limit says', () => {
    expect(sessionRollbacks({ ...traffic, unit: 'request' }).rolledBack).toBeGreaterThanOrEqual(4)
  })

  test('so is to pool the sessions of an arm whenever they began', () => {
    const pooled = { ...traffic, unit: 'pooled', bots: 0, broken: 0.05 } as const
    expect(sessionRollbacks(pooled).rolledBack).toBeGreaterThanOrEqual(4)
  })

  test('the same seed measures the same', () => {
    const plan = { ...traffic, runs: 3, worse: 20 }
    expect(sessionRollbacks(plan)).toEqual(sessionRollbacks(plan))
  })
})
