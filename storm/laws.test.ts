import { expect, test } from 'vitest'
import type { Ended, History, Request, Shipped } from './history.ts'
import { excuseOf, violationsIn } from './laws.ts'

const at = 1_000_000
const request = (over: Partial<Request> = {}): Request => ({
  ...{ app: 'a1', from: at, to: at + 10, status: 200, release: 'a1-v1', dropped: null },
  ...over,
})

type Told = Omit<Partial<Shipped>, 'view'> & { readonly view?: Partial<Ended> }

const viewOf = (over: Partial<Ended>): Ended => ({
  ...{ id: 'r-9', release: 'a1-v2', from: 'a1-v1', phase: 'Succeeded', reason: null, rejected: false, trip: null },
  ...{ startedAt: at - 5_000, since: at + 90_000, endedAt: at + 90_000 },
  ...over,
})

const shipped = ({ view = {}, ...over }: Told = {}): Shipped => ({
  ...{ app: 'a1', kind: 'good', orders: [], view: viewOf(view) },
  transitions: [
    { at: at - 4_000, phase: 'Progressing' },
    { at: at + 90_000, phase: view.phase ?? 'Succeeded' },
  ],
  ...over,
})

const history = (over: Partial<History> = {}): History => ({
  ...{ requests: [request()], shipped: [shipped()], server: [], edge: [], instances: [], short: new Map() },
  ending: { serving: [{ app: 'a1', stable: 'a1-v2', seen: ['a1-v2'] }], problems: [] },
  ...over,
})

const lawsBrokenIn = (over: Partial<History>): readonly string[] => violationsIn(history(over)).map(({ law }) => law)

const trip = { at }
const tripped = shipped({ kind: 'errors', view: { phase: 'RolledBack', trip, rejected: true } })
const toCandidate = (from: number): Request => request({ from, to: from + 10, release: 'a1-v2' })

test('a storm in which all went well breaks no law', () => {
  expect(violationsIn(history())).toEqual([])
})

test.for([
  ['that broke off', request({ dropped: 'the answer broke off' })],
  ['that nobody answered', request({ status: null, release: null, dropped: 'refused' })],
  ['that the edge refused', request({ status: 502, release: null })],
] as const)('a request %s is a violation, for which only the death of its edge or instance stands', ([, broken]) => {
  const requests = [broken]
  expect(lawsBrokenIn({ requests })).toEqual(['no request is dropped'])
  const span = { from: at + 5, to: at + 300 }
  const killed = { ...span, kind: 'killed', alone: false } as const
  expect(lawsBrokenIn({ requests, edge: [killed] })).toEqual([])
  expect(excuseOf(broken, history({ edge: [killed] }))).toBe('byEdgeDeath')
  expect(lawsBrokenIn({ requests, edge: [{ ...killed, kind: 'stopped' }] })).toEqual(['no request is dropped'])
  const death = { ...span, kind: 'killed', app: 'a1', release: 'a1-v1' } as const
  expect(lawsBrokenIn({ requests, instances: [death] })).toEqual([])
  expect(lawsBrokenIn({ requests, instances: [{ ...death, app: 'a2' }] })).toEqual(['no request is dropped'])
  expect(lawsBrokenIn({ requests, instances: [{ ...death, kind: 'stopped' }] })).toEqual(['no request is dropped'])
  expect(lawsBrokenIn({ requests, edge: [{ ...killed, from: at + 500, to: at + 900 }] })).toHaveLength(1)
})

test('an answer with 500 of a release is an answer', () => {
  expect(lawsBrokenIn({ requests: [request({ status: 500 })] })).toEqual([])
})

test('what another app answers is a violation', () => {
  expect(lawsBrokenIn({ requests: [request({ release: 'a2-v1' })] })).toEqual(['an app answers for itself alone'])
})

test('a request that was sent to a candidate after its trip is a violation, where stable could carry it', () => {
  const late = { shipped: [tripped], requests: [toCandidate(at + 50)] }
  expect(lawsBrokenIn({ shipped: [tripped], requests: [toCandidate(at - 1)] })).toEqual([])
  expect(lawsBrokenIn(late)).toEqual(['no request reaches a candidate after its trip'])
  expect(lawsBrokenIn({ ...late, short: new Map([['a1-v1', [{ from: at - 100, to: at }]]]) })).toEqual([])
  expect(lawsBrokenIn({ ...late, short: new Map([['a1-v1', [{ from: at - 9_000, to: at - 8_000 }]]]) })).toHaveLength(1)
})

test('a candidate that has traffic when its grant must have lapsed is a violation', () => {
  const requests = [toCandidate(at)]
  const stopped = { kind: 'stopped', to: at + 500 } as const
  expect(lawsBrokenIn({ requests, server: [{ ...stopped, from: at - 20_000 }] })).toEqual([]) // it was no candidate yet
  const earlier = [shipped({ transitions: [{ at: at - 30_000, phase: 'Progressing' }] })]
  const lapsed = { requests, shipped: earlier, server: [{ ...stopped, from: at - 12_000 }] }
  expect(lawsBrokenIn(lapsed)).toEqual(['a lapsed grant exposes nobody'])
  expect(lawsBrokenIn({ ...lapsed, server: [{ ...stopped, from: at - 10_500 }] })).toEqual([])
})

test.for([
  ['a bad one that arrives', { kind: 'errors' }],
  ['one that is never ready and arrives', { kind: 'neverReady' }],
  ['one that crashes and arrives', { kind: 'crashes' }],
  ['a good one that fails', { view: { phase: 'Failed', reason: 'never ready' } }],
  ['one that waits for a person', { view: { phase: 'NeedsHuman', endedAt: null } }],
  ['one that goes on', { view: { phase: 'Progressing', endedAt: null } }],
  ['a trip without a rejection', { kind: 'errors', view: { phase: 'RolledBack', trip, rejected: false } }],
] as const satisfies readonly (readonly [string, Told])[])('%s is a violation', ([, told]) => {
  const one = shipped(told)
  expect(lawsBrokenIn({ shipped: [one] })).toEqual(['every rollout ends as it should'])
})

test('one good release may be tripped, but not every one', () => {
  const alarm = shipped({ view: { phase: 'RolledBack', trip, rejected: true } })
  expect(lawsBrokenIn({ shipped: [alarm, shipped()] })).toEqual([])
  expect(lawsBrokenIn({ shipped: [alarm, alarm] })).toEqual(['false alarms are rare'])
})

const accepted = (kind: 'abort' | 'pause' | 'resume') => ({
  kind,
  askedAt: at,
  answeredAt: at + 10,
  answer: 'accepted',
})

test('an order that was accepted and changed nothing is a violation, unless it came too late', () => {
  const began = { at: at - 4_000, phase: 'Progressing' }
  const later = { at: at + 9_000, phase: 'Succeeded' }
  for (const kind of ['abort', 'pause'] as const) {
    const orders = [accepted(kind)]
    expect(lawsBrokenIn({ shipped: [shipped({ orders, transitions: [began, later] })] })).toEqual([
      'an accepted order counts',
    ])
    const soon = { ...later, at: at + 100 }
    expect(lawsBrokenIn({ shipped: [shipped({ orders, transitions: [began, soon] })] })).toEqual([])
  }
  const orders = [accepted('abort')]
  const ended = shipped({
    orders,
    view: { phase: 'RolledBack' },
    transitions: [began, { ...later, phase: 'RolledBack' }],
  })
  expect(lawsBrokenIn({ shipped: [ended] })).toEqual([])
})

test('in the end stable alone answers, and whatever is left over is told', () => {
  const serving = [{ app: 'a1', stable: 'a1-v2', seen: ['a1-v2', 'a1-v1'] }]
  expect(lawsBrokenIn({ ending: { serving, problems: [] } })).toEqual([
    'in the end the edge serves what the store says',
  ])
  expect(lawsBrokenIn({ ending: { serving: [], problems: ['process 7 is left'] } })).toEqual([
    'nothing is left over or broken',
  ])
})
