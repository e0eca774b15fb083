import type { RolloutView, StatusView } from '@humdrum/contract/api.ts'
import { expect, test } from 'vitest'
import { capturedTerminal } from '../captured-terminal.ts'
import type { Answers } from '../contract-server.ts'
import { sendJson, startContractServer } from '../contract-server.ts'
import { exampleView } from '../render/example-view.ts'
import type { Order, OrderOptions } from './order.ts'
import { giveOrder } from './order.ts'

const statusWith = (rollout: RolloutView): StatusView => ({
  server: { version: '0.1.0', url: 'http://127.0.0.1:7700', startedAt: 0, pid: 7 },
  edge: { url: 'http://127.0.0.1:8080', reachable: true, pid: 8 },
  disks: [],
  observations: [],
  environments: [{ app: 'shop', environment: 'production', stable: 'v2', rollout }],
})

type Ordered = {
  readonly rollout: RolloutView
  readonly views: readonly RolloutView[]
  readonly options?: OrderOptions
}

/** Gives an order to `rollout`, whose views are then those given, one after the other. */
const ordered = async (order: Order, { rollout, views, options = {} }: Ordered) => {
  const left = [...views]
  const next: Answers[string] = (response) => sendJson(response, left.length > 1 ? left.shift() : left[0])
  await using server = await startContractServer({
    'GET /v1/status': (response) => sendJson(response, statusWith(rollout)),
    [`POST /v1/rollouts/r-42/${order === 'promoteFully' ? 'promote' : order}`]: next,
    'GET /v1/rollouts/r-42': next,
  })
  const terminal = capturedTerminal()
  const invocation = { terminal, cwd: '/', variables: {}, home: undefined, connect: server.connect }
  const exit = await giveOrder(invocation, order, options)
  return { exit, text: terminal.written(), left: left.length }
}

const paused = exampleView({ phase: 'Paused', headline: 'paused with 10 % to v3: ada paused it' })

test('says what came of it, not that it was asked for', async () => {
  const { text } = await ordered('pause', { rollout: exampleView(), views: [exampleView(), exampleView(), paused] })
  expect(text).toBe('shop → production  r-42: paused with 10 % to v3: ada paused it\n')
})

test('a pause is over as soon as it goes on', async () => {
  const { text, left } = await ordered('resume', { rollout: paused, views: [paused, exampleView()] })
  expect({ text, left }).toEqual({ text: 'shop → production  r-42: 10 % of the traffic to v3\n', left: 1 })
})

test.each([
  ['promote', exampleView({ step: 2, headline: '10 % for another 30 s' })],
  ['promote', exampleView({ phase: 'RollingBack', headline: 'going back to v2' })],
  ['promoteFully', exampleView({ phase: 'Baking', step: null, headline: 'v3 bakes' })],
] as const)('a promotion is over when the step is left, wherever that leads: %s', async (order, then) => {
  const { text, left } = await ordered(order, { rollout: exampleView(), views: [exampleView(), then, paused] })
  expect({ text, left }).toEqual({ text: `shop → production  r-42: ${then.headline}\n`, left: 1 })
})

test('says that there was nothing to end', async () => {
  const over = exampleView({ phase: 'Succeeded', headline: 'v3 is stable' })
  const { exit, text } = await ordered('abort', { rollout: over, views: [over] })
  expect({ exit, text }).toEqual({ exit: 0, text: 'shop → production  r-42: v3 is stable; it was over already\n' })
})

test('tells a machine the whole rollout', async () => {
  const { text } = await ordered('pause', { rollout: exampleView(), views: [paused], options: { json: true } })
  expect(JSON.parse(text)).toEqual({ rollout: paused, exit: 0 })
})
