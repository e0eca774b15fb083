// Goal: every order in every phase is answered: taken, so already, or refused with the reason and the next step.
// Method: the whole table, by real requests; a cell says what becomes of the order, a code why nothing does.
import { problemSchema } from '@humdrum/contract/api.ts'
import type { FaultCode } from '@humdrum/core/errors.ts'
import type { Cause, Stage } from '@humdrum/core/rollout/state.ts'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openCommands } from '../store/records.ts'
import { statusOf } from './problem.ts'
import type { StartedHttp } from './started-http.ts'
import { deployed, enter, startHttp } from './started-http.ts'

let http: StartedHttp

beforeEach(async () => {
  http = await startHttp()
})
afterEach(() => http[Symbol.asyncDispose]())

const cause: Cause = { kind: 'abort', actor: 'ada', reason: '' }
const reason = { kind: 'person', actor: 'ada', reason: '' } as const
const stages = {
  Pending: { phase: 'Pending' },
  Preparing: { phase: 'Preparing' },
  'in a step': { phase: 'Progressing', step: 1, from: null, lapses: 0 },
  'paused in a step': { phase: 'Paused', leadsTo: { phase: 'Progressing', step: 1 }, reason },
  Promoting: { phase: 'Promoting' },
  Baking: { phase: 'Baking', from: null, lapses: 0 },
  'paused in the bake': { phase: 'Paused', leadsTo: { phase: 'Baking' }, reason },
  RollingBack: { phase: 'RollingBack', cause },
  NeedsHuman: { phase: 'NeedsHuman', cause },
  Frozen: { phase: 'Frozen', cause },
  Succeeded: { phase: 'Succeeded' },
  RolledBack: { phase: 'RolledBack', cause },
  Failed: { phase: 'Failed', cause },
} as const satisfies Record<string, Stage>

/** `taken`: an order for the engine; `already`: nothing to do; `begun`: a new rollout. */
type Outcome = 'taken' | 'already' | 'begun' | FaultCode

const verbs = ['abort', 'pause', 'resume', 'promote', 'promote --full', 'rollback', 'retry'] as const

const table: Record<keyof typeof stages, readonly Outcome[]> = {
  Pending: ['taken', 'HD4105', 'HD4105', 'HD4105', 'HD4105', 'taken', 'HD4109'],
  Preparing: ['taken', 'HD4105', 'HD4105', 'HD4105', 'HD4105', 'taken', 'HD4109'],
  'in a step': ['taken', 'taken', 'HD4105', 'taken', 'taken', 'taken', 'HD4109'],
  'paused in a step': ['taken', 'already', 'taken', 'taken', 'taken', 'taken', 'HD4109'],
  Promoting: ['taken', 'HD4105', 'HD4105', 'already', 'already', 'taken', 'HD4109'],
  Baking: ['taken', 'taken', 'HD4105', 'taken', 'already', 'taken', 'HD4109'],
  'paused in the bake': ['taken', 'already', 'taken', 'taken', 'HD4105', 'taken', 'HD4109'],
  RollingBack: ['already', 'HD4105', 'HD4105', 'HD4105', 'HD4105', 'already', 'HD4109'],
  NeedsHuman: ['taken', 'HD4105', 'HD4105', 'HD4105', 'HD4105', 'taken', 'HD4109'],
  Frozen: ['taken', 'HD4105', 'HD4105', 'HD4105', 'HD4105', 'taken', 'HD4109'],
  Succeeded: ['already', 'HD4104', 'HD4104', 'HD4104', 'HD4104', 'begun', 'HD4109'],
  RolledBack: ['already', 'HD4104', 'HD4104', 'HD4104', 'HD4104', 'HD4312', 'begun'],
  Failed: ['already', 'HD4104', 'HD4104', 'HD4104', 'HD4104', 'HD4312', 'begun'],
}

const cells = Object.entries(table).flatMap(([stage, outcomes]) =>
  outcomes.map((outcome, index) => [verbs[index] ?? 'abort', stage as keyof typeof stages, outcome] as const),
)

const post = (path: string, body: unknown): Promise<Response> =>
  http.fetch(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })

const give = (verb: (typeof verbs)[number]): Promise<Response> => {
  if (verb === 'rollback') return post('/v1/rollback', { app: 'shop' })
  if (verb === 'promote --full') return post('/v1/rollouts/r-2/promote', { full: true })
  return post(`/v1/rollouts/r-2/${verb}`, { reason: 'why not' })
}

test.each([
  ['promote', stages['in a step']],
  ['resume', stages['paused in a step']],
] as const)(
  '%s for a step that somebody else has left meanwhile does nothing, and is no fault',
  async (verb, stage) => {
    await enter(http.store, (await deployed(http.client)).number, { phase: 'Succeeded' })
    const { number } = await deployed(http.client)
    await enter(http.store, number, stage)
    expect((await http.client[verb]('r-2', 'as I saw it', 0)).leg).toBe(1)
    expect(await openCommands(http.store.db)).toEqual([])
    await http.client[verb]('r-2', 'as I saw it', 1)
    expect(await openCommands(http.store.db)).toMatchObject([{ leg: 1 }])
  },
)

test.each(cells)('%s, %s: %s', async (verb, stage, outcome) => {
  await enter(http.store, (await deployed(http.client)).number, { phase: 'Succeeded' })
  const { number } = await deployed(http.client)
  await enter(http.store, number, stages[stage])
  const response = await give(verb)
  const body: unknown = await response.json()
  expect(await openCommands(http.store.db)).toHaveLength(outcome === 'taken' ? 1 : 0)
  if (outcome === 'taken' || outcome === 'already' || outcome === 'begun') {
    expect(response.status).toBe(202)
    expect(body).toMatchObject({ id: outcome === 'begun' ? 'r-3' : 'r-2' })
    return
  }
  const problem = problemSchema.parse(body)
  expect(problem).toMatchObject({ code: outcome, status: statusOf[outcome] })
  expect(problem.detail).toMatch(/\w/)
  expect(problem.next).toMatch(/humdrum \w/)
})
