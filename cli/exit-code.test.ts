import { phaseSchema } from '@humdrum/contract/api.ts'
import type { Phase } from '@humdrum/core/rollout/state.ts'
import { expect, test } from 'vitest'
import { exitOfFault, exitOfPhase } from './exit-code.ts'

const codes: Readonly<Record<Phase, number>> = {
  Pending: 0,
  Preparing: 0,
  Progressing: 0,
  Promoting: 0,
  Baking: 0,
  RollingBack: 0,
  Succeeded: 0,
  RolledBack: 3,
  Failed: 4,
  Paused: 5,
  NeedsHuman: 5,
  Frozen: 5,
}

test.for(phaseSchema.options)('tells by its exit code what %s means to who waited', (phase) => {
  expect(exitOfPhase(phase)).toBe(codes[phase])
})

test('tells what was typed or written wrongly from what did not work', () => {
  const usage = ['HD1002', 'HD2001', 'HD2003', 'HD2104'] as const
  expect(usage.map(exitOfFault)).toEqual([2, 2, 2, 2])
  const failures = ['HD1101', 'HD1104', 'HD3001', 'HD4101', 'HD9999'] as const
  expect(failures.map(exitOfFault)).toEqual([1, 1, 1, 1, 1])
})
