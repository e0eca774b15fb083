// What can stand at the next place of a line, per command and per option: the same for every shell. Pure.
import type { Outline, Value } from '../program/outline.ts'

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

export type Offer = { readonly name: string; readonly words: string }

export type CommandOffers = {
  /** `deploy`, `service install`; empty for the program itself. */
  readonly command: string
  /** Commands below it, or the words that its argument may be. */
  readonly words: readonly Offer[]
  /** Where its argument is a name on the disk. */
  readonly disk: 'file' | 'folder' | null
  readonly options: readonly Offer[]
  /** What follows an option that wants a value. */
  readonly values: readonly { readonly option: readonly string[]; readonly value: Value }[]
}

export const offersOf = (outlines: readonly Outline[]): readonly CommandOffers[] => {
  const commands = outlines.find(({ path }) => path.length === 0)?.below ?? []
  return outlines.map(({ path, below, arguments: [argument], options }) => ({
    command: path.join(' '),
    words: below.length > 0 ? below : wordsOf(argument?.value ?? null, commands),
    disk: argument?.value.kind === 'file' || argument?.value.kind === 'folder' ? argument.value.kind : null,
    options: options.flatMap(({ names, words }) => names.map((name) => ({ name, words }))),
    values: options.flatMap(({ names, value }) => (value === null ? [] : [{ option: names, value }])),
  }))
}

const wordsOf = (value: Value | null, commands: readonly Offer[]): readonly Offer[] => {
  if (value?.kind === 'command') return commands
  return value?.kind === 'choice' ? value.words.map((name) => ({ name, words: '' })) : []
}

/** Every path of two words or more begins with a shorter one that is a command too. */
export const commandsIn = (offers: readonly CommandOffers[]): readonly string[] =>
  offers.map(({ command }) => command).filter((command) => command !== '')

/** Text in single quotes, as every shell of ours reads it; fish wants a backslash doubled, so there is none. */
export const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`
