import { pending, router, seen, trip } from '@humdrum/core/rollout/rollout.arbitrary.ts'
import { step } from '@humdrum/core/rollout/step.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { ppm } from '@humdrum/core/time.ts'
import { expect, test } from 'vitest'
import type { Command } from '../store/records.ts'
import { decide } from './decide.ts'

const weight = ppm(10_000)
const exposed = [seen(10), seen(20), seen(30, { router: router({ weight }) })].reduce(step, pending())
const abort: Command = { id: 1, rollout: exposed.id, kind: 'aborted', actor: 'ada', reason: '', at: 39 as Instant }

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

test('bytes that another rollout proved bad go back here too, without calling a person', () => {
  const well = seen(40, { router: router({ weight }) })
  const { after, problems } = decide(exposed, [], { seen: well, rejected: true, awayMs: null })
  expect(after).toMatchObject({ phase: 'RollingBack', cause: { kind: 'rejected' } })
  expect(problems).toEqual([])
})
