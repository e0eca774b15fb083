// What runs where.
import { stableAfter } from '@humdrum/core/rollout/state.ts'
import type { Handler } from './handler.ts'
import type { HttpParts } from './parts.ts'
import { granted } from './problem.ts'
import { readViews } from './read-views.ts'
import { meantBy } from './scope.ts'

export const createStatus =
  ({ store, server, edge, delivery }: HttpParts): Handler<'status'> =>
  async ({ query }) => {
    const { newest } = granted(await meantBy(store.db, query))
    const views = await readViews(store.db, newest)
    return {
      server: { version: server.version, url: server.url(), startedAt: server.startedAt, pid: server.pid },
      edge: edge(),
      disks: [...(await delivery.disks())],
      environments: views.map((rollout, index) => {
        const stored = newest[index]?.rollout
        return {
          app: rollout.app,
          environment: rollout.environment,
          stable: stored ? stableAfter(stored) : null,
          rollout,
        }
      }),
    }
  }
