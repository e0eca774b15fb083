// What the server says of every app, asked again and again for all of them at once. While it is away the last word stands.
import { setTimeout as sleep } from 'node:timers/promises'
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { Client } from '@humdrum/contract/client.ts'

const lookMs = 200

export type Watch = {
  /** The newest rollout of an app, as it was last told. */
  readonly newest: (app: string) => RolloutView | null
  readonly stop: () => Promise<void>
}

export const startWatch = (connect: () => Client): Watch => {
  const views = new Map<string, RolloutView>()
  let stopped = false
  const looking = (async () => {
    while (!stopped) {
      const status = await Promise.resolve()
        .then(() => connect().status())
        .catch(() => null) // away for now
      for (const { app, rollout } of status?.environments ?? []) views.set(app, rollout)
      await sleep(lookMs)
    }
  })()
  return {
    newest: (app) => views.get(app) ?? null,
    stop: async () => {
      stopped = true
      await looking
    },
  }
}
