// The completion of fish: one line for everything that may follow a command.
import type { CommandOffers } from './offers.ts'
import { quote } from './offers.ts'

export const fishCompletion = (offers: readonly CommandOffers[]): string =>
  `# fish completion for humdrum
#   humdrum completion fish | source      in ~/.config/fish/config.fish
complete -c humdrum -f
${offers.flatMap((one) => linesOf(one, offers)).join('\n')}
`

const linesOf = (one: CommandOffers, all: readonly CommandOffers[]): readonly string[] => {
  const start = `complete -c humdrum -n ${quote(conditionOf(one, all))}`
  const said = (words: string): string => (words === '' ? '' : ` -d ${quote(words)}`)
  return [
    ...one.words.map(({ name, words }) => `${start} -a ${quote(name)}${said(words)}`),
    ...(one.disk === null ? [] : [`${start} ${one.disk === 'file' ? '-F' : "-a '(__fish_complete_directories)'"}`]),
    ...one.options.map(({ name, words }) => `${start} ${optionOf(name)}${valueFor(one, name)}${said(words)}`),
  ]
}

/** The words of the command were typed, and none of those below it. */
const conditionOf = ({ command, words }: CommandOffers, all: readonly CommandOffers[]): string => {
  if (command === '') return '__fish_use_subcommand'
  const typed = command.split(' ').map((word) => `__fish_seen_subcommand_from ${word}`)
  const hasBelow = all.some((other) => other.command.startsWith(`${command} `))
  const below = hasBelow ? [`not __fish_seen_subcommand_from ${words.map(({ name }) => name).join(' ')}`] : []
  return [...typed, ...below].join('; and ')
}

const optionOf = (name: string): string => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`)

const valueFor = ({ values }: CommandOffers, name: string): string => {
  const value = values.find(({ option }) => option.includes(name))?.value
  if (value === undefined) return ''
  if (value.kind === 'choice') return ` -x -a ${quote(value.words.join(' '))}`
  if (value.kind === 'file') return ' -r -F'
  return value.kind === 'folder' ? " -x -a '(__fish_complete_directories)'" : ' -x'
}
