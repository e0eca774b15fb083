// The commands that look before somebody acts: what a deploy would do, and how everything is.
import type { Command } from 'commander'
import type { DoctorOptions } from '../commands/doctor.ts'
import type { PlanOptions } from '../commands/plan.ts'
import type { Run } from './declaration.ts'
import { connected, declare, homeOf } from './declaration.ts'

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
