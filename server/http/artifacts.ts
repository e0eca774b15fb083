// Uploads: the tar goes through as it comes, and becomes a row when all of it was taken in. Keeps nothing in memory.
import { FaultError } from '@humdrum/core/errors.ts'
import { fullDisk } from '../delivery/full-disk.ts'
import { putArtifact } from '../store/records.ts'
import type { Handler } from './handler.ts'
import type { HttpParts } from './parts.ts'
import { granted } from './problem.ts'

/** A sender that says nothing for so long is gone. */
const silenceMs = 120_000

export const createUpload =
  ({ artifacts, delivery, store }: HttpParts): Handler<'putArtifact'> =>
  async ({ request: { raw }, reply, gone }) => {
    const breakOff = (): void => {
      if (!reply.raw.writableFinished) raw.destroy()
    }
    gone.addEventListener('abort', breakOff)
    raw.setTimeout(silenceMs, breakOff)
    raw.once('end', () => raw.setTimeout(0)) // it is not the sender who takes time then
    const full = await fullDisk(delivery)
    if (full !== null) throw new FaultError(full)
    const taken = granted(await artifacts.put(raw))
    await putArtifact(store.db, { ...taken, at: delivery.now() })
    return taken
  }
