// The cases about sessions that stick to their release, with users who retry, bots without a cookie and a weight that grows
// (../sessions.ts): the session as unit, and what one might take instead.
import type { SessionTraffic } from '../sessions.ts'
import { sessionRollbacks, usualSessions } from '../sessions.ts'
import type { Case } from './case.ts'

const told: Readonly<Record<SessionTraffic['unit'], string>> = {
  session: 'humdrum',
  request: 'with the request as unit',
  pooled: 'sessions of an arm pooled',
}

type Plan = { readonly what: string; readonly changes: Partial<SessionTraffic> }

const plans: readonly Plan[] = [
  { what: 'no worse, the weight grows by time', changes: {} },
  { what: 'no worse, the weight grows at 50 units each', changes: { growsAt: 50 } },
  { what: 'no worse, no bots', changes: { bots: 0 } },
  { what: 'ten times as many broken sessions', changes: { worse: 10 } },
  { what: 'no worse, each request for itself', changes: { unit: 'request' } },
  { what: 'no worse, pooled, no bots', changes: { unit: 'pooled', bots: 0 } },
]

export const sessionCases: readonly Case[] = plans.map(({ what, changes }) => {
  const traffic = { ...usualSessions, ...changes, runs: 1 }
  return {
    ...{ name: `sessions: ${what}`, table: 'sessions', metric: 'errors', weight: null },
    ...{ kind: traffic.worse > 1 ? 'detect' : 'null', p0: traffic.broken, p1: traffic.broken * traffic.worse },
    part: traffic.unit === 'session' && traffic.worse === 1 ? 1 : 0.25, // the others show what would be, and keep no bar
    columns: [{ method: told[traffic.unit], alpha: 1 / traffic.limit, make: null }],
    run: (random) => [sessionRollbacks({ ...traffic, seed: random() }).units[0] ?? null],
  }
})
