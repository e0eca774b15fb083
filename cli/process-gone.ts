// Waiting until a process has ended. A zombie has ended, and so has a process whose number somebody else has
// by now.
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { processState } from './process-state.ts'

/** What tells a process from a later one with the same number; null when there is none. */
export const identityOf = (pid: number): string | null =>
  process.platform === 'linux' ? (processState(pid)?.startTicks ?? null) : answersSignals(pid)

const answersSignals = (pid: number): string | null => {
  try {
    process.kill(pid, 0)
    return 'alive'
  } catch {
    return null // no such process, or one of somebody else: either way not ours
  }
}

/** False when it still runs after `timeoutMs`. */
export const waitUntilGone = async (pid: number, timeoutMs: number): Promise<boolean> => {
  const identity = identityOf(pid)
  const deadline = Date.now() + timeoutMs
  while (identity !== null && identityOf(pid) === identity) {
    if (Date.now() >= deadline) return false
    await sleep(50)
  }
  return true
}
