import { expect, test } from 'vitest'
import { brokenPromises } from './demo-verdict.ts'

const quiet = {
  metric: null,
  evidence: null,
  decisiveToZeroMs: null,
  candidateRequests: 900,
  failedUserRequests: 0,
  seconds: 9,
}
const rollouts = [
  { ...quiet, release: 'v1', outcome: 'Succeeded', reason: null },
  { ...quiet, release: 'v2', outcome: 'Succeeded', reason: null, evidence: 0.4 },
  {
    ...quiet,
    release: 'v3',
    outcome: 'RolledBack',
    reason: 'errors',
    metric: 'errors',
    evidence: 412,
    decisiveToZeroMs: 0.2,
    failedUserRequests: 7,
  },
  {
    ...quiet,
    release: 'v4',
    outcome: 'RolledBack',
    reason: 'latency',
    metric: 'latency',
    evidence: 900,
    decisiveToZeroMs: 0.3,
  },
  { ...quiet, release: 'v5', outcome: 'Failed', reason: 'never ready', candidateRequests: 0 },
]
const good = { rollouts, clientRequests: 20_000, clientErrors: 7, droppedRequests: 0, seconds: 61 }
const told = (run: unknown): readonly string[] => brokenPromises(JSON.stringify(run))
const with_ = (release: string, change: object): readonly string[] =>
  told({
    ...good,
    rollouts: rollouts.map((rollout) => (rollout.release === release ? { ...rollout, ...change } : rollout)),
  })

test('a run that kept all promises is passed', () => {
  expect(told(good)).toEqual([])
})

test.for([
  ['v2', { outcome: 'RolledBack' }],
  ['v3', { outcome: 'Succeeded' }],
  ['v3', { metric: null }],
  ['v4', { metric: 'errors' }],
  ['v3', { evidence: null }],
  ['v3', { evidence: 1e301 }],
  ['v3', { decisiveToZeroMs: null }],
  ['v3', { failedUserRequests: 8 }],
  ['v5', { candidateRequests: 1 }],
  ['v2', { candidateRequests: -1 }],
  ['v1', { release: 'v0' }],
] as const)('a rollout that came out otherwise is told: %s %o', ([release, change]) => {
  expect(with_(release, change)).not.toEqual([])
})

test('errors of a good release are told even where the sums agree', () => {
  const moved = rollouts.map((rollout) => ({ ...rollout, failedUserRequests: rollout.release === 'v2' ? 7 : 0 }))
  expect(told({ ...good, rollouts: moved })).toHaveLength(1)
})

test.for([
  { droppedRequests: 1 },
  { clientErrors: 8 },
  { clientRequests: 0 },
  { seconds: 91 },
  { rollouts: [] },
  { rollouts: null },
])('a run that broke a promise is told: %o', (change) => {
  expect(told({ ...good, ...change })).not.toEqual([])
})

test('a last line that is something else is told', () => {
  expect(brokenPromises('npm error')).toHaveLength(1)
})
