// What an earlier server left on this machine becomes known again: by pid and start time, or by the mark that every process
// carries. It starts nothing and ends nothing; it says what is there.
import { identityOf, isAlive, type KnownProcess } from '../../process-identity.ts'
import type { InstanceRecord } from './instance-record.ts'
import { leaderOf } from './process-group.ts'

export type Found =
  /** It lives, and is ours. */
  | { readonly kind: 'living'; readonly record: InstanceRecord; readonly process: KnownProcess }
  /** It is not there: to be started anew, or, when it was stopping, to be put away. */
  | { readonly kind: 'ended'; readonly record: InstanceRecord }
  /** It was only intended. */
  | { readonly kind: 'discarded'; readonly record: InstanceRecord }

const foundByMark = (id: string): KnownProcess | null => {
  const pid = leaderOf(id)
  const started = pid === null ? null : identityOf(pid)
  return pid === null || started === null ? null : { pid, started }
}

// A deadline of long ago or, after a jump of the clock, of far ahead is at most the full time from now.
const restopped = (record: InstanceRecord, now: number): InstanceRecord =>
  record.phase === 'stopping'
    ? { ...record, stopBy: Math.min(record.stopBy ?? now, now + record.release.run.stop.timeoutMs) }
    : record

/** Looks for the process of a record. The mark is asked for whenever the record does not name a living one. */
export const adopt = (record: InstanceRecord, now: number): Found => {
  const known = record.process !== null && isAlive(record.process) ? record.process : foundByMark(record.id)
  const stopped = restopped(record, now)
  if (known !== null) {
    const phase = record.phase === 'stopping' ? 'stopping' : 'running'
    return { kind: 'living', record: { ...stopped, phase, process: known }, process: known }
  }
  if (record.phase === 'stopping') return { kind: 'ended', record: stopped }
  if (record.phase === 'launching' && record.lastExit === null) return { kind: 'discarded', record }
  const lastExit = record.phase === 'running' ? 'ended while the server was away' : record.lastExit
  return { kind: 'ended', record: { ...record, phase: 'crashed', process: null, ready: false, lastExit } }
}
