// The engine: turns for every environment, again and again, soon after something changed and slowly while nothing does.
// A failing turn is logged and tried again; it never stops the others.
import { scopeKey } from '@humdrum/core/ids.ts'
import { getMeasurements, listRejections, openCommands } from '../store/records.ts'
import type { StoredRollout } from '../store/rollouts.ts'
import { newestRollouts } from '../store/rollouts.ts'
import { createSourceReader } from './source-reader.ts'
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
  const failures = new Map<string, string>()

  /** Says a failure once, however often it is met; true, as it wants another try. */
  const failed = (what: string, cause: unknown): true => {
    if (failures.get(what) !== String(cause)) parts.log('error', `${what} failed`, { cause: String(cause) })
    failures.set(what, String(cause))
    return true
  }
  const succeeded = (what: string) => (busy: boolean) => {
    if (failures.delete(what)) parts.log('info', `${what} is well again`)
    return busy
  }

  const { store, sourceOf } = parts
  const reader = createSourceReader({ store, sourceOf, failed, succeeded: (what) => succeeded(what)(false) })
  const turn = createTurn(parts, reader)

  const turnSafely = (stored: StoredRollout, round: Round): Promise<boolean> => {
    const what = `the turn of ${scopeKey(stored.rollout.scope)}`
    return turn(stored, round).then(succeeded(what), (cause: unknown) => failed(what, cause))
  }

  const round = async (): Promise<boolean> => {
    const newest = await newestRollouts(parts.store.db)
    const known = await readRound(parts, newest)
    return (await Promise.all(newest.map((stored) => turnSafely(stored, known)))).some((busy) => busy)
  }

  const roundSafely = (): Promise<boolean> =>
    round().then(succeeded('a round of the engine'), (cause: unknown) => failed('a round of the engine', cause))

  const end = pace === null ? async () => {} : keepTurning(parts, roundSafely, pace)
  return {
    round,
    close: async () => {
      await end()
      await reader.settled()
    },
  }
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

const keepTurning = ({ store }: EngineParts, round: () => Promise<boolean>, pace: Pace): (() => Promise<void>) => {
  let closed = false
  const [changed, ordered] = [createSignal(), createSignal()]
  const unsubscribe = [store.onChange(changed.give), store.onOrder(ordered.give)]
  const turning = (async () => {
    while (!closed) {
      changed.forget()
      ordered.forget()
      const busy = await round()
      // Its own records wake it too: a quarter of the busy pace is the shortest distance between two rounds. Nobody who
      // asked for something waits for that.
      await ordered.within(pace.busyMs / 4)
      await changed.within(busy ? pace.busyMs : pace.idleMs)
    }
  })()
  return async () => {
    closed = true
    for (const end of unsubscribe) end()
    ordered.give()
    changed.give()
    await turning
  }
}

/** What was given between two waits is not lost. */
const createSignal = () => {
  let isGiven = false
  let resolveWait = (): void => {}
  return {
    give: () => {
      isGiven = true
      resolveWait()
    },
    forget: () => {
      isGiven = false
    },
    within: (ms: number): Promise<void> =>
      new Promise((resolve) => {
        if (isGiven) return resolve()
        const timer = setTimeout(resolve, ms)
        resolveWait = () => {
          clearTimeout(timer)
          resolve()
        }
      }),
  }
}
