// `humdrum abort`, `pause`, `resume` and `promote`: an order to the newest rollout of an environment, and what came of it.
// The server takes an order and carries it out a moment later; the answer is what was seen then.
import { setTimeout as sleep } from 'node:timers/promises'
import type { RolloutView } from '@humdrum/contract/api.ts'
import type { Client } from '@humdrum/contract/client.ts'
import { isOver } from '@humdrum/core/rollout/state.ts'
import { chooseEnvironment } from '../choose-scope.ts'
import type { ExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import type { Invocation } from '../invocation.ts'
import { askServer, whileWaiting } from '../render/waiting.ts'

export type OrderOptions = {
  readonly app?: string
  readonly environment?: string
  readonly reason?: string
  readonly json?: true
}

export type Order = 'abort' | 'pause' | 'resume' | 'promote' | 'promoteFully'

/** How long the effect is waited for. Longer ones go on by themselves. */
const effectMs = 10_000

const isDone: Readonly<Record<Order, (view: RolloutView, before: RolloutView) => boolean>> = {
  abort: isOver,
  pause: (view) => view.phase === 'Paused' || isOver(view),
  resume: (view) => view.phase !== 'Paused',
  promote: (view, before) => view.phase !== before.phase || view.step !== before.step,
  promoteFully: (view) => view.phase !== 'Progressing' && view.phase !== 'Paused',
}

export const giveOrder = async (invocation: Invocation, order: Order, options: OrderOptions): Promise<ExitCode> => {
  const { terminal, cwd } = invocation
  const client = invocation.connect()
  const wanted = { cwd, app: options.app, environment: options.environment }
  const { rollout } = chooseEnvironment(await askServer(terminal.err, client.status()), wanted)
  const taken = await client[order](rollout.id, options.reason, rollout.leg)
  const done = (seen: RolloutView): boolean => isDone[order](seen, rollout)
  const words = (): string => `${rollout.id} carries the order out`
  const view = await whileWaiting(terminal.err, { words, work: effectOf(client, taken, done) })
  const { app, environment, id, headline } = view
  const doing = done(view) ? '' : `; the order was taken, look again: humdrum status ${app}`
  const pending = isOver(rollout) ? '; it was over already' : doing
  if (options.json) terminal.out.write(`${JSON.stringify({ rollout: view, exit: exitCode.well })}\n`)
  else terminal.out.write(`${app} → ${environment}  ${id}: ${headline}${pending}\n`)
  return exitCode.well
}

const effectOf = async (client: Client, taken: RolloutView, done: (view: RolloutView) => boolean) => {
  const deadline = Date.now() + effectMs
  let view = taken
  while (!done(view) && Date.now() < deadline) {
    await sleep(100)
    view = await client.getRollout(view.id)
  }
  return view
}
