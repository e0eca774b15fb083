// All commands as one program, and what `humdrum help` says.
import { Command } from 'commander'
import { exitCode, exitCodeWords } from '../exit-code.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'
import { addAppCommands } from './app-commands.ts'
import type { Run } from './declaration.ts'
import { homeOption, indented, refuseAsFault } from './declaration.ts'
import { addAnalyze, addDoctor, addExplain, addObserve, addPlan } from './foresight-commands.ts'
import { addHelpCommands } from './help-commands.ts'
import { addRolloutCommands } from './rollout-commands.ts'
import { addServerCommands } from './server-commands.ts'

const about = `Deployments so safe that they are boring: build once, expose step by step, judge every request, undo by itself.`

const examples = `humdrum init                         # write humdrum.yaml for this folder
humdrum up --detach                  # a server and an edge on this machine
humdrum deploy                       # the app of this folder
humdrum status --watch               # what goes on
humdrum rollback --reason "why"      # back to the release before`

/** Variables that the command line reads, with what each is for. */
export const variableWords: readonly (readonly [names: string, words: string])[] = [
  ['HUMDRUM_URL, HUMDRUM_TOKEN', 'a server elsewhere'],
  ['HUMDRUM_HOME', 'the home of the server on this machine'],
  ['NO_COLOR, CI', 'plain lines'],
  ['HUMDRUM_DEBUG=1', 'where a failure came from'],
]

const more = `
Examples:
${indented(examples)}

Exit codes:
${exitCodeWords.map(([name, words]) => `  ${exitCode[name]}  ${words}`).join('\n')}

Variables:
${variableWords.map(([names, words]) => `  ${names.padEnd(28)}${words}`).join('\n')}`

export type ProgramParts = { readonly terminal: Terminal; readonly run: Run }

export const createProgram = ({ terminal, run }: ProgramParts): Command => {
  const program = new Command('humdrum')
  refuseAsFault(program, 'humdrum help')
    .description(about)
    .usage('COMMAND [options]')
    .version(version, '--version', 'print the version')
    .option(...homeOption)
    .enablePositionalOptions() // `deploy --version v3` names a release
    .configureHelp({
      subcommandTerm: (command) =>
        [
          command.name(),
          ...command.registeredArguments.map((argument) =>
            argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
          ),
        ].join(' '),
    })
    .configureOutput({
      writeOut: terminal.out.write,
      writeErr: terminal.err.write,
      outputError: () => {}, // said once, as a fault
      getOutHelpWidth: terminal.out.columns,
      getErrHelpWidth: terminal.err.columns,
    })
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', more)
  addServerCommands(program, run)
  addDoctor(program, run)
  addAppCommands(program, run)
  addPlan(program, run)
  addExplain(program, run)
  addAnalyze(program, run)
  addObserve(program, run)
  addRolloutCommands(program, run)
  addHelpCommands(program, run)
  return program
}
