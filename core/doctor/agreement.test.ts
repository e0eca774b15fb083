import { expect, test } from 'vitest'
import type { RolloutId, Scope } from '../ids.ts'
import { pending, v1, v2 } from '../rollout/rollout.arbitrary.ts'
import type { Rollout } from '../rollout/state.ts'
import type { RouteReport } from '../routing/route.ts'
import { ppm } from '../time.ts'
import { judgeAgreement, judgeInstances, judgeSplit } from './agreement.ts'

/** r-7 of shop/production, at generation 3, with 1 % to v2. */
const progressing: Rollout = { ...pending(), generation: 3, phase: 'Progressing', step: 0, from: null, lapses: 0 }
const succeeded: Rollout = { ...pending(), generation: 9, phase: 'Succeeded' }

const report = (given: Partial<RouteReport> = {}): RouteReport => ({
  ...progressing.scope,
  fence: { rollout: progressing.id, generation: 3 },
  epoch: 'e',
  stable: v1,
  candidate: v2,
  weight: ppm(10_000),
  lapsed: false,
  trip: null,
  hold: null,
  badInstance: null,
  mismatch: null,
  judge: null,
  rescued: 0,
  releases: [],
  ...given,
})

test('an edge that does what is wanted is well', () => {
  expect(judgeAgreement([progressing], [report()])).toEqual([
    {
      ...{ id: 'edge.agrees', of: null, verdict: 'ok', next: null },
      says: '1 environment: routes, orders and weights are as wanted',
    },
  ])
})

test.for([
  ['of a later rollout', { rollout: 8 as RolloutId, generation: 1 }],
  ['of the same rollout, at a later generation', { rollout: 7 as RolloutId, generation: 4 }],
] as const)('a store that is older than its edge is broken: an order %s', ([, fence]) => {
  const [found] = judgeAgreement([progressing], [report({ fence })])
  expect(found).toMatchObject({ verdict: 'broken', of: 'shop/production' })
  expect(found.says).toContain('the store is older than its edge')
  expect(found.next).toContain('edge/table.json')
})

test('an edge that is a turn behind is no trouble', () => {
  expect(judgeAgreement([progressing], [report({ fence: { rollout: 7 as RolloutId, generation: 2 } })])).toMatchObject([
    { verdict: 'ok' },
  ])
})

test('a route of which the store knows nothing is older than the edge, or left over', () => {
  const scope = { app: 'mail', environment: 'staging' } as Scope
  const later = report({ ...scope, fence: { rollout: 8 as RolloutId, generation: 1 } })
  const earlier = report({ ...scope, fence: { rollout: 2 as RolloutId, generation: 1 } })
  expect(judgeAgreement([progressing], [report(), later])).toMatchObject([{ verdict: 'broken', of: 'mail/staging' }])
  expect(judgeAgreement([progressing], [report(), earlier])).toMatchObject([{ verdict: 'look', of: 'mail/staging' }])
  expect(judgeAgreement([], [later])[0].says).toContain("newer than the store's none")
})

test('a route that is missing, a lapse and another weight are worth a look', () => {
  expect(judgeAgreement([progressing], [])[0].says).toBe('the edge has no route of it')
  expect(judgeAgreement([progressing], [report({ lapsed: true, weight: ppm(0) })])[0].says).toContain('lapsed')
  expect(judgeAgreement([progressing], [report({ weight: ppm(50_000) })])[0]).toMatchObject({
    verdict: 'look',
    says: 'the edge gives v2 5 %, wanted are 1 %',
  })
})

test('after the end nobody has a weight: stable has all', () => {
  const after = report({ stable: v2, candidate: null, weight: ppm(0), fence: { rollout: succeeded.id, generation: 9 } })
  expect(judgeAgreement([succeeded], [after])).toMatchObject([{ verdict: 'ok' }])
})

const seen = { release: v2, ready: 2, restarts: 0, lastExit: null }

test('says how much of what serves is ready', () => {
  expect(judgeInstances(succeeded, [seen])).toMatchObject({ verdict: 'ok', says: '2 of 2 of v2 ready' })
  const one = { ...seen, ready: 1, restarts: 1, lastExit: 'exited with code 1' }
  expect(judgeInstances(succeeded, [one])).toMatchObject({
    verdict: 'look',
    says: '1 of 2 of v2 ready, started again once; the last one exited with code 1',
    next: 'humdrum logs shop --release v2',
  })
  expect(judgeInstances(succeeded, [{ ...seen, restarts: 2 }])?.verdict).toBe('look')
  expect(judgeInstances(succeeded, [{ ...seen, ready: 0 }])?.verdict).toBe('broken')
})

test('judges what serves, not what is on its way', () => {
  expect(judgeInstances(progressing, [seen])).toBeNull()
  expect(judgeInstances(progressing, [{ ...seen, release: v1, ready: 1 }])?.verdict).toBe('look')
  expect(judgeInstances({ ...pending({ stable: null }) }, [seen])).toBeNull()
})

test('outcomes that are not split as they were drawn are told while the rollout is under way', () => {
  const mismatch = { seen: ppm(121_000), granted: ppm(100_000), requests: 20_000 }
  expect(judgeSplit(progressing, null)).toBeNull()
  expect(judgeSplit(progressing, mismatch)).toMatchObject({
    ...{ id: 'edge.split', says: expect.stringContaining('12.1 % of 20,000') },
  })
  expect(judgeSplit(succeeded, mismatch)).toBeNull()
})
