// Verdicts for others: what Humdrum knows of a candidate, for somebody who decides for himself. The one thing that it may do is
// begin to observe the next candidate of what a person had observed before.
import { parseObservationId, parseRolloutId } from '@humdrum/contract/config/names.ts'
import { quoted } from '@humdrum/contract/config/problem.ts'
import type { Hook, VerdictView } from '@humdrum/contract/verdict-view.ts'
import { hookNames } from '@humdrum/contract/verdict-view.ts'
import type { Observation } from '@humdrum/core/observation/observation.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { observeNext } from '../observations/begin.ts'
import { seenSources } from '../seen-sources.ts'
import { getObservation, newestObservations } from '../store/observations.ts'
import type { Db } from '../store/open.ts'
import { getMeasurements } from '../store/records.ts'
import type { StoredRollout } from '../store/rollouts.ts'
import { getRollout, newestRollouts } from '../store/rollouts.ts'
import { getSourceStates } from '../store/source-states.ts'
import { verdictToken } from './auth.ts'
import type { Asked, Handlers } from './handler.ts'
import type { HttpParts } from './parts.ts'
import { granted, refuse } from './problem.ts'
import { observationView, rolloutVerdict } from './verdict-views.ts'

type VerdictHandlers = Pick<Handlers, 'verdict' | 'askVerdict' | 'verdictToken'>

export const createVerdicts = ({ store, delivery: { now }, tokenHash }: HttpParts): VerdictHandlers => ({
  verdictToken: async () => ({ token: verdictToken(tokenHash) }),
  verdict: async ({ parameters: { id }, query }) => {
    const view = viewOf(await subjectOf(store.db, id, now()), now())
    aboutCandidate(view, query.candidate)
    const isOpen = view.verdict === 'Running' || view.verdict === 'Error'
    return query.decided === 'true' && isOpen ? refuse('HD6102', view.reason) : view
  },
  askVerdict: async ({ parameters: { id, hook }, body }) => {
    const asked = hookNames.find((name) => name === hook) ?? refuse('HD9002', `no hook is called ${quoted(hook)}`)
    const subject = await subjectOf(store.db, id, now())
    const meant = beginning.includes(asked) ? await nextOf({ store, now }, subject, body) : subject
    const view = viewOf(meant, now())
    aboutCandidate(view, body.metadata?.candidate)
    aboutAttempt(meant, body.checksum)
    return answerTo(asked, view)
  },
})

/** With these another deployer begins an attempt, or goes on with it: not with one that it asks about at its end. */
const beginning: readonly Hook[] = ['confirm-rollout', 'pre-rollout', 'rollout']

type Subject =
  | { readonly kind: 'observation'; readonly observation: Observation }
  | { readonly kind: 'rollout'; readonly view: VerdictView }

const viewOf = (subject: Subject, at: Instant): VerdictView =>
  subject.kind === 'rollout' ? subject.view : observationView(subject.observation, at)

type Body = Asked<'askVerdict'>['body']

/** A hook that names both releases is enough to begin. */
const nextOf = async (
  { store, now }: Pick<HttpParts, 'store'> & { readonly now: () => Instant },
  subject: Subject,
  { checksum, metadata: { candidate, stable } = {} }: Body,
): Promise<Subject> => {
  if (subject.kind === 'rollout' || candidate === undefined || stable === undefined) return subject
  const attempt = { candidate, stable, attempt: checksum ?? null }
  const id = granted(await observeNext({ store, now }, subject.observation, attempt))
  const observation = await getObservation(store.db, id)
  return observation === null ? subject : { kind: 'observation', observation }
}

/** What was known of another candidate says nothing about this one. */
const aboutCandidate = ({ id, candidate }: VerdictView, meant: string | undefined): void => {
  if (meant !== undefined && meant !== candidate) refuse('HD6104', `${id} is about ${candidate}, not ${quoted(meant)}`)
}

/** The same names may stand for another candidate: those of Flagger never change. */
const aboutAttempt = (subject: Subject, checksum: string | undefined): void => {
  const known = subject.kind === 'rollout' ? null : subject.observation.attempt
  if (checksum !== undefined && known !== null && known !== checksum)
    refuse('HD6104', `it is about ${quoted(known)}, not ${quoted(checksum)}`)
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

/** `r-42`, `o-3`; or `shop.production`: its newest. Neither name of a scope has a dot. */
const subjectOf = async (db: Db, name: string, at: Instant): Promise<Subject> => {
  const observed = parseObservationId(name)
  const observation = observed === null ? await observationIn(db, name) : await getObservation(db, observed)
  if (observation !== null) return { kind: 'observation', observation }
  const stored = await rolloutNamed(db, name)
  if (stored === null) return refuse('HD6101', quoted(name))
  const { id } = stored.rollout
  const sources = seenSources(stored.rollout.plan, (await getSourceStates(db, [id])).get(id), at)
  const measurement = (await getMeasurements(db, [id])).get(id) ?? null
  return { kind: 'rollout', view: rolloutVerdict(stored, { measurement, sources }) }
}

const isIn = (name: string, { app, environment }: Observation['scope']): boolean => name === `${app}.${environment}`

const observationIn = async (db: Db, name: string): Promise<Observation | null> =>
  (await newestObservations(db)).find(({ scope }) => isIn(name, scope)) ?? null

const rolloutNamed = async (db: Db, name: string): Promise<StoredRollout | null> => {
  const id = parseRolloutId(name)
  if (id !== null) return getRollout(db, id)
  return (await newestRollouts(db)).find(({ rollout: { scope } }) => isIn(name, scope)) ?? null
}
