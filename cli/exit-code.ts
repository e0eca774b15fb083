// The exit codes that scripts may rely on, and which of them a rollout or a fault means.
import type { FaultCode } from '@humdrum/core/errors.ts'
import type { Phase } from '@humdrum/core/rollout/state.ts'
import { waitsForPerson } from '@humdrum/core/rollout/state.ts'

export const exitCode = {
  well: 0,
  /** The server cannot be reached, a preflight refused, a build failed. */
  failure: 1,
  /** Wrong usage, or a humdrum.yaml that is not valid. */
  usage: 2,
  rolledBack: 3,
  failedRollout: 4,
  /** Paused, NeedsHuman, Frozen. */
  waits: 5,
} as const

/** What each of them says: `humdrum help` and docs/cli.md are made of it. */
export const exitCodeWords: readonly (readonly [name: keyof typeof exitCode, words: string])[] = [
  ['well', 'well'],
  ['failure', 'it did not work: no server, a failing build, a refusal'],
  ['usage', 'wrong usage, or a humdrum.yaml that is not valid'],
  ['rolledBack', 'rolled back'],
  ['failedRollout', 'failed before it carried traffic'],
  ['waits', 'waits for a person'],
]

export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

/** What a rollout that is followed no further means to the one who waited for it. */
export const exitOfPhase = (phase: Phase): ExitCode => {
  if (phase === 'RolledBack') return exitCode.rolledBack
  if (phase === 'Failed') return exitCode.failedRollout
  return waitsForPerson({ phase }) ? exitCode.waits : exitCode.well
}

export const exitOfFault = (code: FaultCode): ExitCode =>
  code === 'HD1002' || code.startsWith('HD2') ? exitCode.usage : exitCode.failure
