import { usualErrors } from '@humdrum/core/analysis/metric.ts'
import { errors, pending, router, seen, trip } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import { step } from '@humdrum/core/rollout/step.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { ppm } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import type { Command } from '../store/records.ts'
import { decide } from './decide.ts'

const weight = ppm(10_000)
const exposed = [seen(10), seen(20), seen(30, { router: router({ weight }) })].reduce(step, pending())
const abort: Command = {
  id: 1,
  rollout: exposed.id,
  kind: 'aborted',
  actor: 'ada',
  reason: '',
  at: 39 as Instant,
  leg: null,
}

test('a release that tripped is rejected, also when somebody aborts its rollout in the same moment', () => {
  const tripped = seen(40, { router: router({ trip }) })
  const { after, rejection } = decide(exposed, [abort], { seen: tripped, rejected: false, awayMs: null })
  expect(after).toMatchObject({ phase: 'RolledBack', cause: { kind: 'trip' } })
  expect(rejection).toMatchObject({ digest: exposed.plan.candidateArtifact })
})

test('an abort rejects nothing', () => {
  const well = seen(40, { router: router({ weight }) })
  const { after, rejection } = decide(exposed, [abort], { seen: well, rejected: false, awayMs: null })
  expect(after).toMatchObject({ phase: 'RollingBack', cause: { kind: 'abort' } })
  expect(rejection).toBeNull()
})

const promotion = (id: number, leg: number): Command => ({ ...abort, id, kind: 'promoted', reason: 'urgent', leg })
const undisturbed = { seen: seen(40, { router: router({ weight }) }), rejected: false, awayMs: null }

test('a trip that is seen in the same moment as a promotion wins', () => {
  const tripped = seen(40, { router: router({ trip, weight }) })
  const given = { ...undisturbed, seen: tripped }
  for (const kind of ['promoted', 'promotedFully'] as const)
    expect(decide(exposed, [{ ...promotion(1, 0), kind }], given).after.phase).toBe('RollingBack')
})

test('two people who promote the same step at once skip one step, and it is on record who did', () => {
  const { after, transitions, handled } = decide(exposed, [promotion(1, 0), promotion(2, 0)], undisturbed)
  expect(after).toMatchObject({ phase: 'Progressing', step: 1 })
  expect(transitions.map(({ text }) => text)).toEqual([
    '1 % of the traffic to v2 for another 2 s; ada promoted it: urgent',
  ])
  expect(handled).toEqual([1, 2])
})

test('what would have followed is on record, although nothing follows', () => {
  const metrics = [{ ...usualErrors, dryRun: true, required: false }]
  const failed = errors({ failed: true, evidence: 150 })
  const { after, transitions } = decide({ ...exposed, plan: { ...exposed.plan, metrics } }, [], {
    ...{ ...undisturbed, seen: seen(40, { router: router({ weight, metrics: [failed] }) }) },
  })
  expect(after).toMatchObject({ phase: 'Progressing', step: 0, noted: [{ metric: 'errors' }] })
  expect(transitions).toEqual([
    {
      ...{ generation: after.generation, at: 40, phase: 'Progressing', step: 0 },
      text: '1 % of the traffic to v2; would have rolled back (a dry run): errors: 0 of 1,000 (0 %) failed on the candidate, 0 of 9,000 (0 %) on stable; evidence 150 : 1 against "no worse" (limit 100 : 1)',
    },
  ])
})

test('a step that passes without a proof says so', () => {
  const plan = { ...exposed.plan, lowTraffic: 'promote-if-clean' } as const
  const { transitions } = decide({ ...exposed, plan }, [], {
    ...{ ...undisturbed, seen: seen(21_100, { router: router({ weight, requests: 99 }) }) },
  })
  expect(transitions.map(({ text }) => text)).toEqual([
    '1 % of the traffic to v2 for another 2 s; not proven: 99 of 100 requests. Nothing speaks against it, and lowTraffic is promote-if-clean',
  ])
})

test('a success says how long the way back stays warm', () => {
  const promoting = { ...exposed, phase: 'Promoting', skipsBake: true } as const
  const everything = seen(50, { router: router({ weight: ppm(1_000_000) }) })
  const { transitions } = decide(promoting, [], { ...undisturbed, seen: everything })
  expect(transitions.map(({ text }) => text)).toEqual(['v2 is stable; v1 stays warm for 10 s'])
})

test('bytes that another rollout proved bad go back here too, without calling a person', () => {
  const well = seen(40, { router: router({ weight }) })
  const { after, problems } = decide(exposed, [], { seen: well, rejected: true, awayMs: null })
  expect(after).toMatchObject({ phase: 'RollingBack', cause: { kind: 'rejected' } })
  expect(problems).toEqual([])
})
