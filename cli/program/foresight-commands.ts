// The commands that only look: what a deploy would do, what a rollout did, and how everything is.
import type { Command } from 'commander'
import type { DoctorOptions } from '../commands/doctor.ts'
import type { ExplainOptions } from '../commands/explain.ts'
import type { PlanOptions } from '../commands/plan.ts'
import type { Run } from './declaration.ts'
import { connected, declare, homeOf, rolloutName } from './declaration.ts'

export const addPlan = (program: Command, run: Run): void => {
  declare(program, 'plan [environment]', {
    summary: 'what a deploy would do, and how long it would take',
    examples: 'humdrum plan\nhumdrum plan production --json',
  })
    .option('--json', 'print the result as one line of JSON')
    .option('--file <humdrum.yaml>', 'instead of the nearest humdrum.yaml')
    .action((name: string | undefined, options: PlanOptions, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/plan.ts')).plan(invocation, name, options)),
      ),
    )
}

export const addExplain = (program: Command, run: Run): void => {
  declare(program, 'explain', {
    summary: 'one rollout in words: what was asked, checked, found and done',
    examples:
      'humdrum explain                      # the newest here\nhumdrum explain r-42\nhumdrum explain --app shop --environment production',
  })
    .argument('[rollout]', '', rolloutName)
    .option('--app <name>', 'else that of the humdrum.yaml here, else the only one')
    .option('--environment <name>', 'else the only one')
    .option('--json', 'print the result as one line of JSON')
    .action((name: string | undefined, options: ExplainOptions, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/explain.ts')).explain(invocation, name, options)),
      ),
    )
}

export const addDoctor = (program: Command, run: Run): void => {
  declare(program, 'doctor', {
    summary: 'what is wrong with all of it, and what to do',
    examples: 'humdrum doctor\nhumdrum doctor --json',
  })
    .option('--json', 'print the result as one line of JSON')
    .action((options: DoctorOptions, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/doctor.ts')).doctor(invocation, options)),
      ),
    )
}
