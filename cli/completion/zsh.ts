// The completion of zsh: as that of bash, with a few words about everything that is offered.
import type { Value } from '../program/outline.ts'
import type { CommandOffers, Offer } from './offers.ts'
import { commandsIn, quote } from './offers.ts'

export const zshCompletion = (offers: readonly CommandOffers[]): string => `#compdef humdrum
# zsh completion for humdrum
#   eval "$(humdrum completion zsh)"      in ~/.zshrc, after compinit
_humdrum() {
  local command='' previous=$words[CURRENT-1] word
  local -a offered options
  for word in \${words[2,CURRENT-1]}; do
    case "\${command:+$command }$word" in
      (${commandsIn(offers).map(quote).join('|')}) command="\${command:+$command }$word" ;;
    esac
  done
  case "$command $previous" in
${offers.flatMap(valueCases).join('\n')}
  esac
  case "$command" in
${offers.map(commandCase).join('\n')}
  esac
  if [[ $PREFIX == -* || $#offered == 0 ]]; then _describe -o option options; else _describe word offered; fi
}
if [[ $funcstack[1] == _humdrum ]]; then _humdrum "$@"; else compdef _humdrum humdrum; fi
`

const valueCases = ({ command, values }: CommandOffers): readonly string[] =>
  values.map(({ option, value }) => {
    const patterns = option.map((name) => quote(`${command} ${name}`)).join('|')
    return `    (${patterns}) ${reply(value)}return ;;`
  })

const reply = (value: Value): string => {
  if (value.kind === 'choice') return `compadd -- ${value.words.map(quote).join(' ')}; `
  return value.kind === 'file' || value.kind === 'folder' ? onDisk(value.kind) : ''
}

const onDisk = (kind: 'file' | 'folder'): string => `_files${kind === 'folder' ? ' -/' : ''}; `

const commandCase = ({ command, words, disk, options }: CommandOffers): string => {
  const files = disk === null ? '' : `if [[ $PREFIX != -* ]]; then ${onDisk(disk)}return; fi; `
  return `    (${quote(command)}) ${files}offered=(${list(words)}) options=(${list(options)}) ;;`
}

const list = (offers: readonly Offer[]): string =>
  offers.map(({ name, words }) => quote(`${name.replaceAll(':', '\\:')}${words === '' ? '' : `:${words}`}`)).join(' ')
