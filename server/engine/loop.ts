// The engine: turns for every environment, again and again, soon after something changed and slowly while nothing does.
// A failing turn is logged and tried again; it never stops the others.
import { scopeKey } from '@humdrum/core/ids.ts'
import { getMeasurements, listRejections, openCommands } from '../store/records.ts'
import type { StoredRollout } from '../store/rollouts.ts'
import { newestRollouts } from '../store/rollouts.ts'
import type { EngineParts, Round } from './turn.ts'
import { createTurn } from './turn.ts'

export type Pace = { readonly busyMs: number; readonly idleMs: number }

export type Engine = {
  /** One round of turns over all environments; answers whether anything is under way. */
  round(): Promise<boolean>
  /** Ends after the round that is under way. */
  close(): Promise<void>
}

/** `pace` null: no loop of its own, rounds are called from outside. */
export const startEngine = (parts: EngineParts, pace: Pace | null): Engine => {
  const turn = createTurn(parts)

  const turnSafely = (stored: StoredRollout, round: Round): Promise<boolean> =>
    turn(stored, round).catch((cause: unknown) => {
      parts.log('error', `a turn of ${scopeKey(stored.rollout.scope)} failed`, { cause: String(cause) })
      return true
    })

  const round = async (): Promise<boolean> => {
    const newest = await newestRollouts(parts.store.db)
    if (newest.length === 0) return false
    const known = await readRound(parts, newest)
    return (await Promise.all(newest.map((stored) => turnSafely(stored, known)))).some((busy) => busy)
  }

  return pace === null ? { round, close: async () => {} } : { round, close: keepTurning(parts, round, pace) }
}

const readRound = async ({ store, router }: EngineParts, newest: readonly StoredRollout[]): Promise<Round> => {
  const commands = await openCommands(store.db)
  const rejections = await listRejections(store.db)
  const measurements = await getMeasurements(
    store.db,
    newest.map(({ rollout }) => rollout.id),
  )
  return {
    reports: await router.observe(),
    commands,
    measurements,
    rejected: new Set(rejections.map(({ digest }) => digest)),
  }
}

const keepTurning = ({ store, log }: EngineParts, round: () => Promise<boolean>, pace: Pace): (() => Promise<void>) => {
  let closed = false
  let wake: (() => void) | null = null
  let woken = false
  const unsubscribe = store.onChange(() => {
    woken = true
    wake?.()
  })
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  const turning = (async () => {
    while (!closed) {
      woken = false
      const busy = await round().catch((cause: unknown) => {
        log('error', 'a round of the engine failed', { cause: String(cause) })
        return true
      })
      if (closed) break
      // Its own records wake it too: the busy pace is the shortest distance between two rounds.
      await new Promise((resolve) => setTimeout(resolve, pace.busyMs / 4))
      if (!woken) await pause(busy ? pace.busyMs : pace.idleMs)
    }
  })()
  return async () => {
    closed = true
    unsubscribe()
    wake?.()
    await turning
  }
}
