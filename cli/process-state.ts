// What /proc says about a process by its number: whether it lives, since when, and whether somebody stopped it.
import { readFileSync } from 'node:fs'

export type ProcessState = {
  /** Ticks since boot; tells it from a later one with the same number. */
  readonly startTicks: string
  /** By SIGSTOP or a debugger: it does nothing until SIGCONT. */
  readonly isSuspended: boolean
}

/** Null when there is none, or only a zombie, or no /proc. */
export const processState = (pid: number): ProcessState | null => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // After the name in brackets, which may hold anything: the state first, the start time as the 20th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state = '', startTicks = ''] = [fields[0], fields[19]]
    return state === 'Z' || state === 'X' ? null : { startTicks, isSuspended: state === 'T' || state === 't' }
  } catch {
    return null // no such process
  }
}
