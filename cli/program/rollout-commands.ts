// The commands that a person gives to a rollout: back, stop, wait, go on, skip, once more, and a second chance for rejected
// bytes.
import type { Command } from 'commander'
import type { LiftOptions } from '../commands/lift.ts'
import type { Order, OrderOptions } from '../commands/order.ts'
import type { RetryOptions } from '../commands/retry.ts'
import type { RollbackOptions } from '../commands/rollback.ts'
import type { Act, Run } from './declaration.ts'
import { connected, declare, digestStart, homeOf, reasonText, rolloutName } from './declaration.ts'

export const addRolloutCommands = (program: Command, run: Run): void => {
  program.commandsGroup('A rollout:')
  addRollback(program, run)
  addOrder(program, run, { order: 'abort', summary: 'end it: stable has the traffic back' })
  addOrder(program, run, { order: 'pause', summary: 'keep the weight where it is' })
  addOrder(program, run, { order: 'resume', summary: 'go on after a pause' })
  addPromote(program, run)
  addRetry(program, run)
  declare(program, 'lift', {
    summary: 'allow bytes again that a rollout rejected',
    examples: 'humdrum lift 3f9a1c0e2b4d --reason "the database was down, not the release"',
  })
    .argument('<digest>', '', digestStart)
    .requiredOption('--reason <why>', 'why they are good after all, for the record', reasonText)
    .option('--json', 'print the result as one line of JSON')
    .action((digest: string, options: LiftOptions, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/lift.ts')).lift(invocation, digest, options)),
      ),
    )
}

const addScope = (command: Command): Command =>
  command
    .option('--app <name>', 'else that of the humdrum.yaml here, else the only one')
    .option('--environment <name>', 'else the only one')
    .option('--reason <why>', 'for the record', reasonText)
    .option('--json', 'print the result as one line of JSON')

const addRollback = (program: Command, run: Run): void => {
  const command = declare(program, 'rollback', {
    summary: 'go back to an earlier release',
    examples: 'humdrum rollback\nhumdrum rollback --to v2 --reason "orders are lost"',
  })
  addScope(command)
    .option('--to <release>', 'else the one before')
    .option('--wait', 'follow until it is over')
    .action((options: RollbackOptions) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/rollback.ts')).rollback(invocation, options)),
      ),
    )
}

type Plain = Extract<Order, 'abort' | 'pause' | 'resume'>

const addOrder = (program: Command, run: Run, { order, summary }: { order: Plain; summary: string }): void => {
  const examples = `humdrum ${order}\nhumdrum ${order} --app shop --environment production --reason "why"`
  const command = declare(program, order, { summary, examples })
  addScope(command).action((options: OrderOptions) => run(homeOf(command), giving(order, options)))
}

const addPromote = (program: Command, run: Run): void => {
  const command = declare(program, 'promote', {
    summary: 'skip the step it is in, or the bake',
    examples: 'humdrum promote\nhumdrum promote --full --reason "a fix that cannot wait"',
  })
  addScope(command)
    .option('--full', 'to full exposure at once, whatever steps are left')
    .action(({ full, ...options }: OrderOptions & { readonly full?: true }) =>
      run(homeOf(command), giving(full ? 'promoteFully' : 'promote', options)),
    )
}

const giving = (order: Order, options: OrderOptions): Act =>
  connected(async (invocation) => (await import('../commands/order.ts')).giveOrder(invocation, order, options))

const addRetry = (program: Command, run: Run): void => {
  const command = declare(program, 'retry', {
    summary: 'begin it again, when nothing was proved against it',
    examples: 'humdrum retry\nhumdrum retry r-42 --wait --reason "the database was down"',
  })
  command.argument('[rollout]', '', rolloutName)
  addScope(command)
    .option('--wait', 'follow until it is over')
    .action((name: string | undefined, options: RetryOptions) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/retry.ts')).retry(invocation, name, options)),
      ),
    )
}
