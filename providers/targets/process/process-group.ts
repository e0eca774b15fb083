// The processes that belong to an instance: those of its group, and those that carry its mark in their environment (they
// left the group, or their start was never written down). It does not know why one wants to know.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { livingStat } from '../../process-identity.ts'

export const instanceMark = 'HUMDRUM_INSTANCE'

const hasMark = (pid: number, id: string): boolean => {
  try {
    return `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(`\0${instanceMark}=${id}\0`)
  } catch {
    return false // gone, or of another user: then it is not ours
  }
}

type Member = { readonly pid: number; readonly group: number }

const membersByProc = (id: string, group: number | null): readonly Member[] =>
  readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    if (!Number.isInteger(pid) || pid === process.pid) return []
    const stat = livingStat(pid)
    if (stat === null) return []
    return stat.group === group || hasMark(pid, id) ? [{ pid, group: stat.group }] : []
  })

// Without /proc only the group can be asked for: a process that left it, or was never written down, is not found.
const membersByPs = (group: number): readonly Member[] =>
  execFileSync('ps', ['-axo', 'pid=,pgid=,stat='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, pgid, state]) => Number(pgid) === group && !(state ?? 'Z').startsWith('Z'))
    .map(([pid]) => ({ pid: Number(pid), group }))

/**
 * Every living process of an instance. Give a group only while it is surely ours: as long as one process is in it, its
 * number is not given away. Reads all of /proc: some milliseconds.
 */
export const membersOf = (id: string, group: number | null): readonly number[] => {
  if (process.platform === 'linux') return membersByProc(id, group).map(({ pid }) => pid)
  return group === null ? [] : membersByPs(group).map(({ pid }) => pid)
}

/** The process that was started for an instance, found by its mark: the leader of its group. */
export const leaderOf = (id: string): number | null =>
  process.platform === 'linux' ? (membersByProc(id, null).find(({ pid, group }) => pid === group)?.pid ?? null) : null

/** Sends a signal; a process that is gone already is what was wanted. A negative pid means a group. */
export const signal = (pid: number, name: 'SIGTERM' | 'SIGKILL'): void => {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
