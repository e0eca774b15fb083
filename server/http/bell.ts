// Waiting for the store to change, for a while at most. A change that comes between two waits is not lost.
import type { Store } from '../store/open.ts'

export type Bell = {
  /** Forgets what rang: called before reading, so that what changes while reading rings again. */
  hush(): void
  /** Rings without a change. */
  wake(): void
  /** Resolves when it rang, after `mostMs`, or with the signal. */
  rung(mostMs: number): Promise<void>
  close(): void
}

export const createBell = (store: Store, signal: AbortSignal): Bell => {
  let hasRung = false
  let resolveWait = (): void => {}
  const ring = (): void => {
    hasRung = true
    resolveWait()
  }
  const unsubscribe = store.onChange(ring)
  signal.addEventListener('abort', ring)
  return {
    hush: () => {
      hasRung = signal.aborted
    },
    wake: ring,
    rung: (mostMs) =>
      new Promise((resolve) => {
        if (hasRung) return resolve()
        const timer = setTimeout(ring, Math.max(0, mostMs))
        resolveWait = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
    close: () => {
      unsubscribe()
      signal.removeEventListener('abort', ring)
    },
  }
}
