// Who a process id means: the process that had it at a certain start time, and nobody who got the number later. It does
// not know what the process is for, and sends no signal.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What one line of /proc/PID/stat says, as far as it is needed here. */
export type ProcessStat = {
  readonly state: string
  readonly group: number
  /** Its own and those that are not gone yet. */
  readonly threads: number
  readonly startTicks: string
}

/** Reads a line of /proc/PID/stat; null when it is not one. The name in it may hold spaces and parentheses: it ends at the last one. */
export const parseProcessStat = (line: string): ProcessStat | null => {
  const fields = line
    .slice(line.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/)
  const [state, group, threads, startTicks] = [fields[0], fields[2], fields[17], fields[19]]
  if (state === undefined || group === undefined || threads === undefined || startTicks === undefined) return null
  return { state, group: Number(group), threads: Number(threads), startTicks }
}

/**
 * The stat of a process; null when there is none, or when it only waits to be reaped. One whose first thread is a zombie is
 * there until the last thread is gone: until then it holds its port.
 */
export const livingStat = (pid: number): ProcessStat | null => {
  try {
    const stat = parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))
    return stat === null || (['Z', 'X'].includes(stat.state) && stat.threads <= 1) ? null : stat
  } catch {
    return null // no such process
  }
}

let boot: string | undefined

// Start times count from the boot: without it a record could meet the same pid and ticks after a reboot.
const bootId = (): string => {
  try {
    boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    boot = 'unknown'
  }
  return boot
}

const identityByPs = (pid: number): string | null => {
  try {
    const said = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' })
    const [state = '', ...start] = said.trim().split(/\s+/)
    return start.length === 0 || state.startsWith('Z') ? null : start.join(' ')
  } catch {
    return null // ps ends with 1 when there is no such process
  }
}

/**
 * What tells this process from every other one that ever had its number; null when it is not alive (gone, or a zombie).
 * An opaque word: keep it beside the pid, and compare for equality. Synchronous, some 20 µs on Linux.
 */
export const identityOf = (pid: number): string | null => {
  if (!Number.isInteger(pid) || pid <= 0) return null
  if (process.platform !== 'linux') return identityByPs(pid)
  const stat = livingStat(pid)
  return stat === null ? null : `${bootId()}:${stat.startTicks}`
}

/** A process as it is kept on disk. */
export type KnownProcess = { readonly pid: number; readonly started: string }

/** True while exactly this process lives. */
export const isAlive = (known: KnownProcess): boolean => identityOf(known.pid) === known.started
