// Rollouts: begun, ordered about, listed. Decisions are made in delivery/; here they are only asked for and shown.
import type { RolloutView } from '@humdrum/contract/api.ts'
import { parseRolloutId, parseVersion, versionRule } from '@humdrum/contract/config/names.ts'
import { parseConfigValue } from '@humdrum/contract/config/parse.ts'
import type { RolloutId } from '@humdrum/core/ids.ts'
import { rolloutName } from '@humdrum/core/ids.ts'
import { deploy } from '../delivery/accept.ts'
import { order } from '../delivery/order.ts'
import { retry } from '../delivery/retry.ts'
import { rollback } from '../delivery/rollback.ts'
import type { CommandKind } from '../store/records.ts'
import { listRollouts } from '../store/rollouts.ts'
import type { Handlers } from './handler.ts'
import type { HttpParts } from './parts.ts'
import { granted, refuse } from './problem.ts'
import { readExplanation, readView, readViews } from './read-views.ts'
import { meantBy } from './scope.ts'

type RolloutHandlers = Pick<
  Handlers,
  'deploy' | 'rollback' | 'listRollouts' | 'getRollout' | 'explain' | 'abort' | 'pause' | 'resume' | 'promote' | 'retry'
>

type AskedOrder = {
  readonly parameters: { readonly id: string }
  readonly actor: string
  readonly body: { readonly reason?: string | undefined; readonly leg?: number | undefined }
}

export const createRolloutHandlers = ({ store, delivery }: HttpParts): RolloutHandlers => {
  const give = async (kind: CommandKind, { parameters, actor, body }: AskedOrder): Promise<RolloutView> => {
    const id = rolloutId(parameters.id)
    granted(await order(delivery, { rollout: id, kind, actor, reason: body.reason ?? '', leg: body.leg }))
    return view(id)
  }
  const view = async (id: RolloutId): Promise<RolloutView> =>
    (await readView(store.db, id)) ?? refuse('HD4003', rolloutName(id))

  return {
    deploy: async ({ body, actor }) => {
      const config = granted(parseConfigValue(body.config))
      const { environment, artifact } = body
      const version = parseGivenVersion(body.version)
      const begun = granted(await deploy(delivery, { config, environment, version, artifact, actor }))
      return { rollout: await view(begun.rollout), unchanged: begun.unchanged }
    },
    rollback: async ({ body: { app, environment, to, reason = '' }, actor }) =>
      view(granted(await rollback(delivery, { app, environment, to, reason, actor }))),
    listRollouts: async ({ query }) => {
      const { app, environment } = granted(await meantBy(store.db, query))
      const stored = await listRollouts(store.db, { app, environment, limit: query.limit })
      return { rollouts: await readViews(store.db, stored) }
    },
    getRollout: async ({ parameters }) => view(rolloutId(parameters.id)),
    explain: async ({ parameters }) =>
      (await readExplanation(store.db, rolloutId(parameters.id))) ?? refuse('HD4003', JSON.stringify(parameters.id)),
    abort: (asked) => give('aborted', asked),
    pause: (asked) => give('paused', asked),
    resume: (asked) => give('resumed', asked),
    promote: (asked) => give(asked.body.full === true ? 'promotedFully' : 'promoted', asked),
    retry: async ({ parameters, body: { reason = '' }, actor }) =>
      view(granted(await retry(delivery, { rollout: rolloutId(parameters.id), actor, reason }))),
  }
}

const rolloutId = (name: string): RolloutId => parseRolloutId(name) ?? refuse('HD4003', JSON.stringify(name))

const parseGivenVersion = (version: string | undefined): string | undefined => {
  const isVersion = version === undefined || parseVersion(version) !== null
  return isVersion ? version : refuse('HD9001', `version ${versionRule}`, 'version')
}
