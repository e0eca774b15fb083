// Tells a server that takes its time from one that says nothing any more (stopped, hung, unplugged, or no server at all): while
// an answer is waited for, it is asked whether it lives. Any answer to that will do; what was asked for is not known here.
import { setTimeout as sleep } from 'node:timers/promises'
import { FaultError } from '@humdrum/core/errors.ts'

export type Life = {
  /** Aborted with HD1101 when the server went silent, and when the one that was given is. */
  readonly signal: AbortSignal
  /** Nobody waits any more. */
  readonly end: () => void
}

export type Watched = {
  readonly url: URL
  /** Where a person finds out why. */
  readonly look: string
  readonly given: AbortSignal | undefined
}

const usual = { askEveryMs: 2_000, silentMs: 10_000 }

export const watchLife = ({ url, look, given }: Watched, pace = usual): Life => {
  const silent = new AbortController()
  const over = new AbortController()
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await sleep(pace.askEveryMs, undefined, { signal: over.signal }).catch(() => {}) // the loop sees it
      if (over.signal.aborted || !(await isSilent(url, pace.silentMs, over.signal))) continue
      const reason = `${url.origin} takes connections, and has said nothing for ${pace.silentMs / 1_000} s`
      silent.abort(new FaultError({ code: 'HD1101', reason, next: look }))
      over.abort()
    }
  }
  void watch()
  const signals = given === undefined ? [silent.signal] : [silent.signal, given]
  return { signal: AbortSignal.any(signals), end: () => over.abort() }
}

/** One that refuses is not silent: whoever waits is told by the connection that breaks. */
const isSilent = async (url: URL, silentMs: number, over: AbortSignal): Promise<boolean> => {
  const limit = AbortSignal.timeout(silentMs)
  try {
    const response = await fetch(url, { signal: AbortSignal.any([limit, over]) })
    await response.body?.cancel()
    return false
  } catch {
    return limit.aborted && !over.aborted
  }
}
