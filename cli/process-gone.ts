// Waiting until a process has ended. A zombie has ended, and so has a process whose number somebody else has
// by now.
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

/** What tells a process from a later one with the same number; null when there is none. */
const identityOf = (pid: number): string | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // After the name in brackets, which may hold anything: the state first, the start time as the 20th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? null : (fields[19] ?? null)
  } catch {
    return process.platform === 'linux' ? null : answersSignals(pid)
  }
}

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
