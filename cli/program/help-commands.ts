// The commands about the command line itself.
import type { Command } from 'commander'
import { Argument } from 'commander'
import type { Shell } from '../completion/offers.ts'
import { shells } from '../completion/offers.ts'
import type { Run } from './declaration.ts'
import { declare, homeOf } from './declaration.ts'

export const addHelpCommands = (program: Command, run: Run): void => {
  program.commandsGroup('Help:').helpCommand('help [command]', 'print help')
  declare(program, 'completion', {
    summary: 'print what a shell runs to complete commands and options',
    examples:
      'humdrum completion fish | source        # in config.fish\n' +
      'eval "$(humdrum completion bash)"       # in ~/.bashrc; zsh likewise',
  })
    .addArgument(new Argument('<shell>').choices(shells))
    .action((shell: Shell, _: unknown, command: Command) =>
      run(homeOf(command), async (local) =>
        (await import('../commands/completion.ts')).completion(local, shell, program),
      ),
    )
}
