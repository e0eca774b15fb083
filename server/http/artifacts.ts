// Uploads: the tar goes through as it comes, and becomes a row when all of it was taken in. Keeps nothing in memory.
import { FaultError } from '@humdrum/core/errors.ts'
import { putArtifact } from '../store/records.ts'
import type { Handler } from './handler.ts'
import type { HttpParts } from './parts.ts'

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
    const taken = await artifacts.put(raw)
    raw.setTimeout(0)
    if (!taken.ok) {
      raw.resume() // the sender may read the answer only after it has sent everything
      throw new FaultError(taken.fault)
    }
    await putArtifact(store.db, { ...taken.value, at: delivery.now() })
    return taken.value
  }
