// Which environments a request is about. A name that nothing was deployed under is a fault that lists the names there are.
import { quoted } from '@humdrum/contract/config/problem.ts'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { AppName, EnvironmentName } from '@humdrum/core/ids.ts'
import type { Db } from '../store/open.ts'
import type { StoredRollout } from '../store/rollouts.ts'
import { newestRollouts } from '../store/rollouts.ts'

export type ScopeQuery = { readonly app?: string | undefined; readonly environment?: string | undefined }

export type Meant = {
  /** The newest rollout of every environment that is meant. */
  readonly newest: readonly StoredRollout[]
  /** What the query named, as names that are known. */
  readonly app: AppName | undefined
  readonly environment: EnvironmentName | undefined
}

/** Fails with HD4001 or HD2104. */
export const meantBy = async (db: Db, { app, environment }: ScopeQuery): Promise<Result<Meant>> => {
  const all = await newestRollouts(db)
  const ofApp = all.filter(({ rollout }) => app === undefined || rollout.scope.app === app)
  if (app !== undefined && ofApp.length === 0) {
    return failed('HD4001', `${quoted(app)}; there ${listed(all.map(({ rollout }) => rollout.scope.app))}`)
  }
  const newest = ofApp.filter(({ rollout }) => environment === undefined || rollout.scope.environment === environment)
  if (environment !== undefined && newest.length === 0) {
    const names = listed(ofApp.map(({ rollout }) => rollout.scope.environment))
    return failed('HD2104', `${quoted(environment)}; there ${names}`, { next: 'humdrum status lists them' })
  }
  const scope = newest[0]?.rollout.scope
  return ok({
    newest,
    app: app === undefined ? undefined : scope?.app,
    environment: environment === undefined ? undefined : scope?.environment,
  })
}

const listed = (names: readonly string[]): string => {
  const distinct = [...new Set(names)]
  if (distinct.length === 0) return 'is none yet'
  return `${distinct.length === 1 ? 'is' : 'are'} ${distinct.join(', ')}`
}
