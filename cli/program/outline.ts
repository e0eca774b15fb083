// The program as data: every command with what it takes, for completion and for docs/cli.md. All of it comes from the
// parser, so that a command that is added is in both by itself.
import type { Argument, Command, Option } from 'commander'
import { examplesOf } from './declaration.ts'

export type Outline = {
  /** `['service', 'install']`; empty for the program itself. */
  readonly path: readonly string[]
  readonly words: string
  readonly group: string
  /** `deploy [environment]`. */
  readonly usage: string
  readonly examples: string
  readonly arguments: readonly OutlinedArgument[]
  readonly options: readonly OutlinedOption[]
  /** Names of the commands below it. */
  readonly below: readonly { readonly name: string; readonly words: string }[]
}

/** What somebody types there: one of a few words, a name on the disk, or something that only he knows. */
export type Value =
  | { readonly kind: 'choice'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'command' | 'free' }

export type OutlinedArgument = { readonly name: string; readonly value: Value }

export type OutlinedOption = {
  /** `-f, --follow`. */
  readonly flags: string
  /** `['-f', '--follow']`. */
  readonly names: readonly string[]
  readonly words: string
  /** Null for a switch, and where a value may be left out. */
  readonly value: Value | null
}

/** The program first, then its commands in the order of `humdrum help`, each before those below it. */
export const outlineOf = (program: Command): readonly Outline[] => walk(program, { path: [], group: '' })

type Place = { readonly path: readonly string[]; readonly group: string }

const walk = (command: Command, { path, group: above }: Place): readonly Outline[] => {
  const help = command.createHelp()
  // What a group's own `help` would say, its `--help` says.
  const below = help.visibleCommands(command).filter((one) => path.length === 0 || one.name() !== 'help')
  const group = command.helpGroup().replace(/:$/, '') || above
  const words = command.registeredArguments.map((one) => (one.required ? `<${one.name()}>` : `[${one.name()}]`))
  const outline: Outline = {
    path,
    words: command.description(),
    group,
    usage: [...path, ...words].join(' '),
    examples: examplesOf(command),
    arguments: command.registeredArguments.map((one) => ({ name: one.name(), value: valueFor(one, one.name()) })),
    options: help.visibleOptions(command).map(optionOf),
    below: below.map((one) => ({ name: one.name(), words: one.description() })),
  }
  return [outline, ...below.flatMap((one) => walk(one, { path: [...path, one.name()], group }))]
}

const optionOf = (option: Option): OutlinedOption => ({
  flags: option.flags,
  names: [option.short, option.long].filter((name) => name !== undefined),
  words: option.description,
  value: option.required ? valueFor(option, /[<[](.*)[>\]]/.exec(option.flags)?.[1] ?? '') : null,
})

const valueFor = ({ argChoices }: Pick<Argument | Option, 'argChoices'>, name: string): Value => {
  if (argChoices !== undefined) return { kind: 'choice', words: argChoices }
  if (name === 'folder' || name === 'command') return { kind: name }
  return { kind: /^file$|\.yaml$/.test(name) ? 'file' : 'free' }
}
