// How much memory an instance uses: that of every process which belongs to it, as for stopping them.
import type { Version } from '@humdrum/core/ids.ts'
import { residentBytes } from '../../process-facts.ts'
import { isAlive } from '../../process-identity.ts'
import type { InstanceRecord } from './instance-record.ts'
import { membersOf } from './process-group.ts'

export type MemoryUse = { readonly release: Version; readonly bytes: number }

/** Null while it does not run. */
export const memoryUse = ({ id, process, release }: InstanceRecord): MemoryUse | null => {
  if (process === null || !isAlive(process)) return null
  // It leads its group, and as long as it lives the number is not given away.
  const bytes = membersOf(id, process.pid).map((pid) => residentBytes(pid) ?? 0)
  return { release: release.version, bytes: bytes.reduce((sum, one) => sum + one, 0) }
}
