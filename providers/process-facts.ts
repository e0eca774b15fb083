// What /proc says about a process besides who it is: memory, limits, whether somebody stopped it. Null where it does not
// say: no such process, one of somebody else, or a system without /proc.
import { readFileSync } from 'node:fs'
import { livingStat } from './process-identity.ts'

const read = (pid: number, file: 'status' | 'limits'): string => {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}

const numberAfter = (text: string, label: RegExp): number | null => {
  const found = label.exec(text)?.[1]
  return found === undefined ? null : Number(found)
}

/** Resident memory; pages that it shares with others count in full. */
export const residentBytes = (pid: number): number | null => {
  const kibibytes = numberAfter(read(pid, 'status'), /^VmRSS:\s+(\d+) kB$/m)
  return kibibytes === null ? null : kibibytes * 1_024
}

/** How many files it may have open now (the soft limit); Infinity where there is none. */
export const openFilesLimit = (pid: number): number | null => {
  const limits = read(pid, 'limits')
  return /^Max open files\s+unlimited/m.test(limits)
    ? Number.POSITIVE_INFINITY
    : numberAfter(limits, /^Max open files\s+(\d+)/m)
}

/** By SIGSTOP, a debugger or a terminal: it lives, and does nothing until SIGCONT. */
export const isSuspended = (pid: number): boolean => ['T', 't'].includes(livingStat(pid)?.state ?? '')
