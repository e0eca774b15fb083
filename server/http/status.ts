// What runs where.
import type { StatusView } from '@humdrum/contract/api.ts'
import { stableAfter } from '@humdrum/core/rollout/state.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { newestObservations } from '../store/observations.ts'
import type { Db } from '../store/open.ts'
import type { Handler } from './handler.ts'
import type { HttpParts } from './parts.ts'
import { granted } from './problem.ts'
import { readViews } from './read-views.ts'
import type { ScopeQuery } from './scope.ts'
import { meantBy } from './scope.ts'
import { observationView } from './verdict-views.ts'

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
      observations: await observed(store.db, query, delivery.now()),
    }
  }

/** Those that are under way. */
const observed = async (db: Db, { app, environment }: ScopeQuery, at: Instant): Promise<StatusView['observations']> =>
  (await newestObservations(db))
    .filter(
      ({ end, scope }) =>
        end === null && (app ?? scope.app) === scope.app && (environment ?? scope.environment) === scope.environment,
    )
    .map((one) => observationView(one, at))
