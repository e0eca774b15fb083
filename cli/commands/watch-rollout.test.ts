import type { RolloutView } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
import { capturedTerminal } from '../captured-terminal.ts'
import { startContractServer } from '../contract-server.ts'
import { exampleView } from '../render/example-view.ts'
import { watchRollout } from './watch-rollout.ts'

/** Watches r-42 while it goes through these phases, and lets the stream stand open after the last. */
const watched = async (waitFor: 'baking' | 'over', phases: readonly RolloutView['phase'][]) => {
  await using server = await startContractServer({
    'GET /v1/events': (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      for (const [index, phase] of phases.entries()) {
        const view = exampleView({ phase, step: null, generation: 5 + index, headline: `it is ${phase}` })
        response.write(`event: progress\ndata: ${JSON.stringify(view)}\n\n`)
      }
    },
  })
  const terminal = capturedTerminal()
  const invocation = { terminal, cwd: '/', variables: {}, home: undefined, connect: server.connect }
  const { exit, rollout } = await watchRollout(invocation, exampleView(), { waitFor, sink: terminal.out })
  return { exit, phase: rollout.phase, text: terminal.written() }
}

test('full exposure is enough for --wait: it bakes by itself', async () => {
  const { exit, phase, text } = await watched('baking', ['Promoting', 'Baking', 'RolledBack'])
  expect({ exit, phase }).toEqual({ exit: 0, phase: 'Baking' })
  expect(text).toMatch(/ {2}it is Baking; it goes on by itself\n$/)
})

test('--wait=bake waits for what the bake finds', async () => {
  expect(await watched('over', ['Promoting', 'Baking', 'RolledBack'])).toMatchObject({ exit: 3, phase: 'RolledBack' })
  expect(await watched('over', ['Promoting', 'Baking', 'Succeeded'])).toMatchObject({ exit: 0, phase: 'Succeeded' })
})

test.for(['Paused', 'NeedsHuman', 'Frozen'] as const)('does not wait for a person: %s', async (phase) => {
  expect(await watched('over', [phase])).toMatchObject({ exit: 5, phase })
})

test('leaves nothing behind that listens for Ctrl-C', async () => {
  const before = process.listenerCount('SIGINT')
  await watched('over', ['Succeeded'])
  expect(process.listenerCount('SIGINT')).toBe(before)
})
