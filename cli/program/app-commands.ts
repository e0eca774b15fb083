// The commands about an app and its humdrum.yaml: from a folder to a release that serves, and looking at it.
import { FaultError } from '@humdrum/core/errors.ts'
import type { Command } from 'commander'
import type { DeployOptions } from '../commands/deploy.ts'
import type { HistoryOptions } from '../commands/history.ts'
import type { InitOptions } from '../commands/init.ts'
import type { LogsOptions } from '../commands/logs.ts'
import type { StatusOptions } from '../commands/status.ts'
import type { ValidateOptions } from '../commands/validate.ts'
import type { Run } from './declaration.ts'
import { connected, declare, homeOf, releaseName, wholeNumber } from './declaration.ts'

export const addAppCommands = (program: Command, run: Run): void => {
  program.commandsGroup('Your app:')
  addConfigCommands(program, run)
  addDeploy(program, run)
  addStatus(program, run)
  addLogs(program, run)
  addHistory(program, run)
}

const addConfigCommands = (program: Command, run: Run): void => {
  declare(program, 'init [folder]', {
    summary: 'write humdrum.yaml from what is found in the folder',
    examples: 'humdrum init\nhumdrum init services/shop',
  })
    .option('--json', 'print the result as one line of JSON')
    .action((folder: string | undefined, options: InitOptions, command: Command) =>
      run(homeOf(command), async (local) => (await import('../commands/init.ts')).init(local, folder, options)),
    )
  declare(program, 'validate [file]', {
    summary: 'what is wrong in humdrum.yaml, or that nothing is',
    examples: 'humdrum validate\nhumdrum validate services/shop/humdrum.yaml',
  })
    .option('--json', 'print the result as one line of JSON')
    .action((file: string | undefined, options: ValidateOptions, command: Command) =>
      run(homeOf(command), async (local) => (await import('../commands/validate.ts')).validate(local, file, options)),
    )
  declare(program, 'schema', {
    summary: 'the form of humdrum.yaml as a JSON Schema',
    examples: 'humdrum schema > humdrum.schema.json',
  }).action((_: unknown, command: Command) =>
    run(homeOf(command), async (local) => (await import('../commands/schema.ts')).schema(local)),
  )
}

type DeployTyped = Omit<DeployOptions, 'wait'> & { readonly wait?: true | string }

const addDeploy = (program: Command, run: Run): void => {
  declare(program, 'deploy [environment]', {
    summary: 'build, send, and expose step by step',
    examples:
      'humdrum deploy\nhumdrum deploy production --wait        # in CI: until it carries everything\n' +
      'humdrum deploy production --wait=bake   # until it has proved itself',
  })
    .option('--version <name>', 'name of the release (else the next free vN)', releaseName)
    .option('--wait [bake]', 'follow until it bakes; with =bake until it is stable')
    .option('--json', 'print the result as one line of JSON')
    .option('--file <humdrum.yaml>', 'instead of the nearest humdrum.yaml')
    .action((name: string | undefined, typed: DeployTyped, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => {
          const { environment, options } = readWait(name, typed)
          return (await import('../commands/deploy.ts')).deploy(invocation, environment, options)
        }),
      ),
    )
}

/** In `--wait production` the parser takes the environment for what is waited for. */
export const readWait = (
  name: string | undefined,
  { wait, ...rest }: DeployTyped,
): { readonly environment: string | undefined; readonly options: DeployOptions } => {
  if (wait === undefined) return { environment: name, options: rest }
  if (wait === true || wait === 'bake') return { environment: name, options: { ...rest, wait } }
  if (name === undefined) return { environment: wait, options: { ...rest, wait: true } }
  const next = '--wait ends when it bakes, --wait=bake when it is stable'
  throw new FaultError({ code: 'HD1002', reason: `nothing to wait for is called '${wait}'`, next })
}

const addStatus = (program: Command, run: Run): void => {
  declare(program, 'status [app]', {
    summary: 'what runs where, and what goes on',
    examples: 'humdrum status\nhumdrum status shop --watch\nhumdrum status --json',
  })
    .option('-w, --watch', 'again whenever something changes, until Ctrl-C')
    .option('--json', 'print one line of JSON')
    .action((app: string | undefined, options: StatusOptions, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/status.ts')).status(invocation, app, options)),
      ),
    )
}

const addLogs = (program: Command, run: Run): void => {
  declare(program, 'logs [app]', {
    summary: 'what the instances wrote',
    examples: 'humdrum logs\nhumdrum logs shop --release v3 --tail 50\nhumdrum logs -f',
  })
    .option('--release <name>', 'of this release only')
    .option('--environment <name>', 'of this environment only')
    .option('--tail <lines>', 'so many of the past (else 200)', wholeNumber('a count of lines', 10_000))
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('--json', 'print a JSON object a line')
    .action((app: string | undefined, options: LogsOptions, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/logs.ts')).logs(invocation, app, options)),
      ),
    )
}

const addHistory = (program: Command, run: Run): void => {
  declare(program, 'history [app]', {
    summary: 'what was rolled out, newest first, and how it ended',
    examples: 'humdrum history\nhumdrum history shop --environment production --limit 50',
  })
    .option('--environment <name>', 'of this environment only')
    .option('--limit <count>', 'so many (else 20)', wholeNumber('a count of rollouts', 200, 1))
    .option('--json', 'print the result as one line of JSON')
    .action((app: string | undefined, options: HistoryOptions, command: Command) =>
      run(
        homeOf(command),
        connected(async (invocation) => (await import('../commands/history.ts')).history(invocation, app, options)),
      ),
    )
}
