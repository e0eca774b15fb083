import type { ServerResponse } from 'node:http'
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { Client, ServerEvent } from '@humdrum/contract/client.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import { expect, test } from 'vitest'
import { sendJson, startContractServer } from './contract-server.ts'
import type { Following } from './follow-rollout.ts'
import { followRollout } from './follow-rollout.ts'
import { exampleView, progress, transition } from './render/example-view.ts'

const succeeded = exampleView({ phase: 'Succeeded', generation: 9, step: null })

/** Follows r-42 until it is over, and notes what a person would be told. */
const following = (connect: () => Client, given: Partial<Following> = {}) => {
  const told: string[] = []
  const noted = (view: RolloutView): string => `${view.phase} ${view.generation}`
  const result = followRollout({
    connect,
    rollout: exampleView(),
    follower: {
      onEvent: (event) => told.push(event.kind === 'progress' ? noted(event.rollout) : event.transition.text),
      tick: () => {},
      say: (line) => told.push(line),
      end: () => told.push('end'),
    },
    until: isOver,
    signal: new AbortController().signal,
    ...given,
  })
  return { result, told }
}

const sendEvents = (response: ServerResponse, ...events: readonly ServerEvent[]): void => {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const event of events) {
    const [id, data] =
      event.kind === 'transition' ? [`id: ${event.transition.id}\n`, event.transition] : ['', event.rollout]
    response.write(`event: ${event.kind}\n${id}data: ${JSON.stringify(data)}\n\n`)
  }
}

const became = transition('v3 is stable', { generation: 9, at: 0, phase: 'Succeeded' })

test('tells what comes until the rollout is where somebody waits for it', async () => {
  await using server = await startContractServer({
    'GET /v1/events': (response, query) => {
      expect(query.get('rollout')).toBe('r-42')
      sendEvents(response, progress({ generation: 5 }), progress({ phase: 'Succeeded', generation: 9 }))
    },
  })
  const { result, told } = following(server.connect)
  expect((await result).phase).toBe('Succeeded')
  expect(told).toEqual(['Progressing 4', 'Progressing 5', 'Succeeded 9', 'end'])
})

test('asks what a transition means', async () => {
  await using server = await startContractServer({
    'GET /v1/events': (response) => sendEvents(response, became),
    'GET /v1/rollouts/r-42': (response) => sendJson(response, succeeded),
  })
  const { result, told } = following(server.connect)
  expect(await result).toEqual(succeeded)
  expect(told).toEqual(['Progressing 4', 'v3 is stable', 'Succeeded 9', 'end'])
})

test('waits for a server that goes away, finds it under another address, and goes on from the last event', async () => {
  const lateAfter: (string | null)[] = []
  await using late = await startContractServer({
    'GET /v1/rollouts/r-42': (response) => sendJson(response, exampleView({ generation: 7 })),
    'GET /v1/events': (response, query) => {
      lateAfter.push(query.get('after'))
      sendEvents(response, progress({ phase: 'Succeeded', generation: 9 }))
    },
  })
  const known = transition('10 % of the traffic to v3', { generation: 4, at: 0, phase: 'Progressing', step: 1 })
  await using early = await startContractServer({
    'GET /v1/events': (response) => {
      sendEvents(response, known)
      setImmediate(() => response.destroy())
    },
  })
  let connections = 0
  // The second attempt still finds the address of the server that is gone.
  const { result, told } = following(() => {
    connections += 1
    if (connections === 2) void early.die()
    return (connections < 4 ? early : late).connect()
  })
  expect((await result).phase).toBe('Succeeded')
  expect(lateAfter).toEqual(['4'])
  expect(told).toEqual([
    'Progressing 4',
    '10 % of the traffic to v3',
    'the server went away; trying again, the rollout is in its store',
    'the server is back',
    'Progressing 7',
    'Succeeded 9',
    'end',
  ])
})

test('says what happens to the traffic when patience ends', async () => {
  const server = await startContractServer({})
  await server.die()
  const { result, told } = following(server.connect, { patienceMs: 0 })
  await expect(result).rejects.toMatchObject({
    fault: { code: 'HD1101', reason: 'for 0 s; without it the edge gives the traffic of r-42 back to stable' },
  })
  expect(told.at(-1)).toBe('end')
})

test('lets go at once when somebody detaches, with the rollout as it was last seen', async () => {
  const detaching = new AbortController()
  await using server = await startContractServer({
    'GET /v1/events': (response) => {
      sendEvents(response, progress({ generation: 6 }))
    },
  })
  const { result, told } = following(server.connect, {
    signal: detaching.signal,
    until: (view) => {
      if (view.generation === 6) detaching.abort()
      return false
    },
  })
  expect((await result).generation).toBe(6)
  expect(told).toEqual(['Progressing 4', 'Progressing 6', 'end'])
})

test('does not wait for a server that refuses', async () => {
  const refused = {
    type: 'urn:humdrum:HD1102',
    title: '',
    status: 401,
    detail: 'it is not the token',
    code: 'HD1102',
    next: '',
  }
  await using server = await startContractServer({ 'GET /v1/events': (response) => sendJson(response, refused, 401) })
  await expect(following(server.connect).result).rejects.toMatchObject({ fault: { code: 'HD1102' } })
})

test('does not ask at all for a rollout that is over', async () => {
  const { result, told } = following(
    () => {
      throw new Error('it asked')
    },
    { rollout: succeeded },
  )
  expect(await result).toEqual(succeeded)
  expect(told).toEqual(['Succeeded 9', 'end'])
})
