// The commands that start and end what runs on this machine.
import type { Command } from 'commander'
import type { InstallOptions } from '../commands/service.ts'
import type { UpOptions } from '../commands/up.ts'
import type { Run } from './declaration.ts'
import { declare, homeOf, wholeNumber } from './declaration.ts'

export const addServerCommands = (program: Command, run: Run): void => {
  program.commandsGroup('This machine:')
  const port = wholeNumber('a port', 65_535)
  declare(program, 'up', {
    summary: 'start server and edge; Ctrl-C leaves the apps serving',
    examples: 'humdrum up\nhumdrum up --detach\nhumdrum up --home /srv/humdrum --port 0 --edge-port 80',
  })
    .option('--port <number>', 'of the API (else 7700; 0: any free)', port)
    .option('--edge-port <number>', 'of the apps (else 8080; 0: any free)', port)
    .option('--detach', 'return as soon as it serves')
    .action((options: UpOptions, command: Command) =>
      run(homeOf(command), async (local) => (await import('../commands/up.ts')).up(local, options)),
    )
  declare(program, 'down', {
    summary: 'stop everything: the apps, the edge and the server',
    examples: 'humdrum down\nhumdrum down --home /srv/humdrum',
  }).action((_: unknown, command: Command) =>
    run(homeOf(command), async (local) => (await import('../commands/down.ts')).down(local)),
  )
  addServiceCommands(program, run)
}

const addServiceCommands = (program: Command, run: Run): void => {
  const service = declare(program, 'service', {
    summary: 'server, edge and apps at every boot, by systemd',
    examples: 'humdrum service install\nhumdrum service uninstall',
  })
  const port = wholeNumber('a port', 65_535)
  declare(service, 'install', {
    summary: 'write the systemd units and start them; again: bring them up to date',
    examples: ['sudo humdrum service install --user humdrum --edge-port 80', 'humdrum service install --dry-run'].join(
      '\n',
    ),
  })
    .option('--port <number>', 'of the API (else 7700)', port)
    .option('--edge-port <number>', 'of the apps (else 8080)', port)
    .option('--user <name>', 'runs it; for root alone (else root)')
    .option('--dry-run', 'print the units, and change nothing')
    .action((options: InstallOptions, command: Command) =>
      run(homeOf(command), async (local) => (await import('../commands/service.ts')).installService(local, options)),
    )
  declare(service, 'uninstall', {
    summary: 'stop everything and take the units away; the home stays',
    examples: 'sudo humdrum service uninstall',
  }).action((_: unknown, command: Command) =>
    run(homeOf(command), async (local) => (await import('../commands/service.ts')).uninstallService(local)),
  )
}
