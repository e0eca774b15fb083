// The completion of bash: one function that finds the command in the line and offers what may follow.
import type { Value } from '../program/outline.ts'
import type { CommandOffers } from './offers.ts'
import { commandsIn, quote } from './offers.ts'

export const bashCompletion = (offers: readonly CommandOffers[]): string => `# bash completion for humdrum
#   eval "$(humdrum completion bash)"      in ~/.bashrc
_humdrum() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command='' words='' options='' index
  local IFS=$' \\t\\n'
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "\${command:+$command }\${COMP_WORDS[index]}" in
      ${commandsIn(offers).map(quote).join(' | ')}) command="\${command:+$command }\${COMP_WORDS[index]}" ;;
    esac
  done
  case "$command $previous" in
${offers.flatMap(valueCases).join('\n')}
  esac
  case "$command" in
${offers.map(commandCase).join('\n')}
  esac
  if [[ $current == -* || -z $words ]]; then words=$options; fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o filenames -F _humdrum humdrum
`

const valueCases = ({ command, values }: CommandOffers): readonly string[] =>
  values.map(({ option, value }) => {
    const patterns = option.map((name) => quote(`${command} ${name}`)).join(' | ')
    return `    ${patterns}) ${reply(value)}return ;;`
  })

const reply = (value: Value): string => {
  if (value.kind === 'choice') return `COMPREPLY=($(compgen -W ${quote(value.words.join(' '))} -- "$current")); `
  if (value.kind !== 'file' && value.kind !== 'folder') return ''
  return onDisk(value.kind)
}

const onDisk = (kind: 'file' | 'folder'): string =>
  `IFS=$'\\n'; COMPREPLY=($(compgen ${kind === 'file' ? '-f' : '-d'} -- "$current")); `

const commandCase = ({ command, words, disk, options }: CommandOffers): string => {
  const files = disk === null ? '' : `if [[ $current != -* ]]; then ${onDisk(disk)}return; fi; `
  const names = (list: readonly { readonly name: string }[]): string => quote(list.map(({ name }) => name).join(' '))
  return `    ${quote(command)}) ${files}words=${names(words)} options=${names(options)} ;;`
}
