// docs/cli.md: every command with what it takes, made from the program. Pure.
import { exitCode, exitCodeWords } from '../exit-code.ts'
import { indented } from '../program/declaration.ts'
import type { Outline, OutlinedOption } from '../program/outline.ts'
import { variableWords } from '../program/program.ts'

export const cliPage = (outlines: readonly Outline[]): string => {
  const commands = outlines.filter(({ path, usage }) => path.length > 0 && usage !== 'help [command]')
  const groups = [...new Set(commands.map(({ group }) => group))]
  const everywhere = outlines.find(({ path }) => path.length === 0)?.options ?? []
  const sections = groups.flatMap((group) => [
    `## ${group}`,
    ...commands.filter((one) => one.group === group).map((one) => sectionOf(one, everywhere)),
  ])
  return `${[...opening(everywhere), ...sections].join('\n\n')}\n`
}

const opening = (everywhere: readonly OutlinedOption[]): readonly string[] => [
  '# The command line',
  '<!-- Made by `npm run docs` from the commands themselves (cli/program/, cli/docs/): change those. -->',
  '`humdrum help` lists the commands, `humdrum help COMMAND` says what stands here. Every command takes',
  tableOf(
    ['option', 'meaning'],
    everywhere.filter(({ names }) => !names.includes('--version')).map(({ flags, words }) => [`\`${flags}\``, words]),
  ),
  '## Exit codes',
  tableOf(
    ['code', 'meaning'],
    exitCodeWords.map(([name, words]) => [`\`${exitCode[name]}\``, words]),
  ),
  '3, 4 and 5 tell how a rollout ended for a command that followed it: `deploy` on a terminal or with `--wait`, `rollback` likewise. That a\n`rollback` or an `abort` took a candidate back is what was asked for: 0. `analyze` ends as the rollout would have: 5 also where nothing is decided.\nCtrl-C leaves a rollout to itself and is 0; so is a reader that has enough (`humdrum status | head -1`).',
  '## For machines',
  'With `--json` the last line of stdout is one JSON object, whatever happened; what people read goes to stderr. `exit` in it is the exit code. A\nfailure is [`error`](../cli/golden/error.json), and [`problems`](../cli/golden/problems.json) where it is a `humdrum.yaml` that is wrong. `logs` and\n`--watch` print an object a line until they end. A shape is a file of [cli/golden/](../cli/golden/): keys, and the kind of every value. What has a name\nthere (`Rollout`) is described in [cli/golden/shapes/](../cli/golden/shapes/).',
  'On a pipe, with `CI` set and on a dumb terminal there is one line per change and no escape sequence. What takes long says so on\nstderr: after a second on a terminal, every ten on a pipe.',
  '## Variables',
  tableOf(
    ['variable', 'meaning'],
    variableWords.map(([names, words]) => [
      names
        .split(', ')
        .map((name) => `\`${name}\``)
        .join(', '),
      words,
    ]),
  ),
]

const sectionOf = (
  { path, words, usage, examples, options }: Outline,
  everywhere: readonly OutlinedOption[],
): string => {
  const known = new Set(everywhere.map(({ flags }) => flags))
  const own = options.filter(({ flags }) => !known.has(flags))
  const isForMachines = own.some(({ names }) => names.includes('--json'))
  return [
    `### humdrum ${path.join(' ')}`,
    `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`,
    `Usage: \`humdrum ${usage}${own.length > 0 ? ' [options]' : ''}\``,
    ...(own.length === 0
      ? []
      : [
          tableOf(
            ['option', 'meaning'],
            own.map((one) => [`\`${one.flags}\``, one.words]),
          ),
        ]),
    ...(examples === '' ? [] : [indented(indented(examples))]),
    ...(isForMachines ? [`\`--json\`: [its shape](../cli/golden/${path.join('-')}.json)`] : []),
  ].join('\n\n')
}

const tableOf = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
