// Verdicts for others: what Humdrum knows of a candidate, for somebody who decides for himself. Reads, and changes nothing.
import { parseRolloutId } from '@humdrum/contract/config/names.ts'
import { quoted } from '@humdrum/contract/config/problem.ts'
import type { Hook, VerdictView } from '@humdrum/contract/verdict-view.ts'
import { hookNames } from '@humdrum/contract/verdict-view.ts'
import type { Db } from '../store/open.ts'
import { getMeasurements } from '../store/records.ts'
import type { StoredRollout } from '../store/rollouts.ts'
import { getRollout, newestRollouts } from '../store/rollouts.ts'
import { getSourceStates } from '../store/source-states.ts'
import { verdictToken } from './auth.ts'
import type { Handlers } from './handler.ts'
import type { HttpParts } from './parts.ts'
import { refuse } from './problem.ts'
import { seenSources } from './seen-sources.ts'
import { rolloutVerdict } from './verdict-views.ts'

type VerdictHandlers = Pick<Handlers, 'verdict' | 'askVerdict' | 'verdictToken'>

export const createVerdicts = ({ store, tokenHash }: HttpParts): VerdictHandlers => ({
  verdictToken: async () => ({ token: verdictToken(tokenHash) }),
  verdict: async ({ parameters: { id }, query }) => {
    const view = await readVerdict(store.db, id)
    aboutCandidate(view, query.candidate)
    const isOpen = view.verdict === 'Running' || view.verdict === 'Error'
    return query.decided === 'true' && isOpen ? refuse('HD6102', view.reason) : view
  },
  askVerdict: async ({ parameters: { id, hook }, body }) => {
    const asked = hookNames.find((name) => name === hook) ?? refuse('HD9002', `no hook is called ${quoted(hook)}`)
    const view = await readVerdict(store.db, id)
    aboutCandidate(view, body.metadata?.candidate)
    return answerTo(asked, view)
  },
})

/** What was known of another candidate says nothing about this one. */
const aboutCandidate = ({ id, candidate }: VerdictView, meant: string | undefined): void => {
  if (meant !== undefined && meant !== candidate) refuse('HD6104', `${id} is about ${candidate}, not ${quoted(meant)}`)
}

/** 200 is a yes for whoever reads only the status: to each hook another question. */
const answerTo = (hook: Hook, view: VerdictView): VerdictView => {
  const { verdict, rollback, promote, reason } = view
  switch (hook) {
    case 'rollback':
      return rollback ? view : refuse('HD6103', `nothing speaks for going back: ${reason}`)
    case 'confirm-promotion':
      if (promote) return view
      return verdict === 'Running' ? refuse('HD6102', reason) : refuse('HD6103', `${verdict}: ${reason}`)
    case 'confirm-rollout':
    case 'pre-rollout':
    case 'rollout':
      return rollback ? refuse('HD6103', reason) : view
    case 'confirm-traffic-increase':
      return verdict === 'Running' || verdict === 'Successful' ? view : refuse('HD6103', `${verdict}: ${reason}`)
    default:
      return hook satisfies never
  }
}

const readVerdict = async (db: Db, name: string): Promise<VerdictView> => {
  const stored = await rolloutNamed(db, name)
  if (stored === null) return refuse('HD6101', quoted(name))
  const { id } = stored.rollout
  const sources = seenSources(stored.rollout.plan, (await getSourceStates(db, [id])).get(id))
  return rolloutVerdict(stored, { measurement: (await getMeasurements(db, [id])).get(id) ?? null, sources })
}

/** `r-42`; or `shop.production`: its newest. Neither name of a scope has a dot. */
const rolloutNamed = async (db: Db, name: string): Promise<StoredRollout | null> => {
  const id = parseRolloutId(name)
  if (id !== null) return getRollout(db, id)
  const newest = await newestRollouts(db)
  return newest.find(({ rollout: { scope } }) => name === `${scope.app}.${scope.environment}`) ?? null
}
