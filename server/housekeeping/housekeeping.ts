// What is done beside the rollouts, so that a server runs for years: artifacts are collected, and room is kept for the day on
// which the disk is full. Decides nothing about rollouts, and never stands in their way.
import { setTimeout as sleep } from 'node:timers/promises'
import { formatBytes } from '@humdrum/core/bytes.ts'
import type { Log } from '../engine/turn.ts'
import { lastEnd } from '../store/collection.ts'
import { isRoomShort, reserveRoom } from '../store/reserve.ts'
import { keepBallast } from './ballast.ts'
import type { CollectParts } from './collect.ts'
import { collect } from './collect.ts'

export type HousekeepingParts = CollectParts & { readonly home: string; readonly log: Log }

/** `lookMs` is the shortest distance between two looks, `collectMs` the longest between two collections. */
export type HousekeepingPace = { readonly lookMs: number; readonly collectMs: number }

export type Housekeeping = {
  /** Ends after the work that is under way. */
  close(): Promise<void>
}

export const startHousekeeping = (parts: HousekeepingParts, pace: HousekeepingPace): Housekeeping => {
  const closing = new AbortController()
  const safely = createSafely(parts.log)
  const [keepRoom, collectWhenDue] = [createKeepingRoom(parts), createCollecting(parts, pace.collectMs)]
  const turning = (async () => {
    while (!closing.signal.aborted) {
      await safely('keeping room for a full disk', keepRoom)
      await sleep(pace.lookMs, undefined, { signal: closing.signal }).catch(() => {}) // closed: the loop ends
      if (!closing.signal.aborted) await safely('collecting artifacts', collectWhenDue)
    }
  })()
  return {
    close: async () => {
      closing.abort()
      await turning
    },
  }
}

/** Says a failure once, however often it is met. */
const createSafely = (log: Log) => {
  const failures = new Map<string, string>()
  return async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      failures.delete(what)
    } catch (cause) {
      if (failures.get(what) !== String(cause)) log('error', `${what} failed`, { cause: String(cause) })
      failures.set(what, String(cause))
    }
  }
}

const createKeepingRoom = ({ home, store, log }: HousekeepingParts) => {
  let isReserved = false // what an earlier server reserved went in part with its end
  return async (): Promise<void> => {
    const ballast = keepBallast(home)
    if (ballast === 'given up') log('error', `the disk is full: ${home} gave up its ballast for what a rollback writes`)
    // Without it the disk is full, or so small that there is nothing to reserve: the store must not take the last of it.
    if (ballast !== 'kept' || (isReserved && !(await isRoomShort(store.db)))) return
    await reserveRoom(store.db)
    isReserved = true
  }
}

/** Soon after the start, after the end of a rollout, and in any case now and then. */
const createCollecting = (parts: HousekeepingParts, collectMs: number) => {
  let [seenEnd, dueMs] = [Number.NaN, 0]
  return async (): Promise<void> => {
    const end = (await lastEnd(parts.store.db)) ?? 0
    if (end === seenEnd && performance.now() < dueMs) return
    const { artifacts, bytes } = await collect(parts)
    ;[seenEnd, dueMs] = [end, performance.now() + collectMs]
    if (artifacts === 0) return
    parts.log('info', `collected ${artifacts} ${artifacts === 1 ? 'artifact' : 'artifacts'}, ${formatBytes(bytes)}`)
  }
}
