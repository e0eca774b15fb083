// Reads a recording from the disk, in pieces: a file of any size is judged in the same memory. What it means is the business
// of contract/recording.
import { createReadStream, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TicksWanted } from '@humdrum/contract/recording/read-ticks.ts'
import { createTickReader } from '@humdrum/contract/recording/read-ticks.ts'
import type { RecordedTick } from '@humdrum/core/analysis/replay/replay.ts'
import { FaultError } from '@humdrum/core/errors.ts'

export type RecordingFile = {
  /** Every tick in the order of the file. Fails with HD6001 or HD6002. */
  read(wanted: Omit<TicksWanted, 'name'>, take: (tick: RecordedTick) => void): Promise<void>
}

/** Fails with HD6001 where there is no such file, or where it cannot be read twice. */
export const recordingFile = (cwd: string, name: string): RecordingFile => {
  const path = resolve(cwd, name)
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) throw unreadable(`there is no ${name}`)
  if (stat.isDirectory()) throw unreadable(`${name} is a folder`)
  if (!stat.isFile()) throw unreadable(`${name} is no file that can be read twice`)
  return {
    read: async (wanted, take) => {
      const reader = createTickReader({ ...wanted, name }, take)
      const text = createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })
      try {
        for await (const piece of text) reader.feed(String(piece))
      } catch (cause) {
        if (cause instanceof FaultError) throw cause
        throw new FaultError({ code: 'HD6001', reason: `${name} cannot be read` }, { cause })
      }
      reader.end()
    },
  }
}

const unreadable = (reason: string): FaultError => new FaultError({ code: 'HD6001', reason })
