// The scripts, tried in the shells themselves: what a person gets who presses TAB. Where a shell is not installed its tests
// are skipped, and said to be.
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { capturedTerminal } from '../captured-terminal.ts'
import { createProgram } from '../program/program.ts'
import type { TemporaryFolder } from '../temporary-folder.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { completion } from './completion.ts'

const script = (shell: 'bash' | 'zsh' | 'fish'): string => {
  const terminal = capturedTerminal()
  const program = createProgram({ terminal, run: async () => {} })
  completion({ terminal, cwd: '/', variables: {}, home: undefined }, shell, program)
  return terminal.written()
}

const isHere = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0

/** A folder with the script and with things to name. */
const place = (shell: 'bash' | 'zsh' | 'fish'): TemporaryFolder =>
  temporaryFolder({ script: script(shell), 'services/shop/humdrum.yaml': '', 'a file.yaml': '' })

/** What bash offers at the end of the line. */
const inBash = (...typed: readonly string[]): readonly string[] => {
  using folder = place('bash')
  const words = ['humdrum', ...typed].map((word) => `'${word}'`).join(' ')
  const asked = `source ./script; COMP_WORDS=(${words}); COMP_CWORD=${typed.length}; _humdrum; printf '%s\\n' "\${COMPREPLY[@]}"`
  const out = execFileSync('bash', ['--norc', '-c', asked], { cwd: folder.path, encoding: 'utf8' })
  return out.split('\n').filter((line) => line !== '')
}

test('bash is told to use it for humdrum', () => {
  using folder = place('bash')
  const out = execFileSync('bash', ['--norc', '-c', 'source ./script; complete -p humdrum'], { cwd: folder.path })
  expect(out.toString()).toContain('-F _humdrum humdrum')
})

const commands = createProgram({ terminal: capturedTerminal(), run: async () => {} }).commands.map((one) => one.name())

test('bash completes commands', () => {
  expect(inBash('dep')).toEqual(['deploy'])
  expect(inBash('')).toEqual([...commands, 'help'])
  expect(inBash('help', 'lo')).toEqual(['logs'])
  expect(inBash('--home', '/srv', 'dep')).toEqual(['deploy'])
})

test('bash completes options of the command, and the words that an argument may be', () => {
  expect(inBash('deploy', '--w')).toEqual(['--wait'])
  expect(inBash('deploy', 'production', '--w')).toEqual(['--wait'])
  expect(inBash('rollback', '')).toContain('--to')
  expect(inBash('completion', '')).toEqual(['bash', 'zsh', 'fish'])
})

test('bash completes names on the disk where they are meant, and invents no values', () => {
  expect(inBash('up', '--home', 'ser')).toEqual(['services'])
  expect(inBash('deploy', '--file', 'a')).toEqual(['a file.yaml'])
  expect(inBash('init', 's')).toEqual(['services'])
  expect(inBash('up', '--port', '')).toEqual([])
})

/** What fish offers at the end of the line, without what it says of it. */
const inFish = (line: string): readonly string[] => {
  using folder = place('fish')
  const asked = `source ./script; complete -C ${JSON.stringify(line)}`
  const env = { ...process.env, HOME: folder.path }
  const out = execFileSync('fish', ['--no-config', '-c', asked], { cwd: folder.path, encoding: 'utf8', env })
  return out
    .split('\n')
    .filter((offer) => offer !== '')
    .map((offer) => offer.split('\t')[0] ?? '')
}

test.skipIf(!isHere('fish'))(
  'fish completes commands, options, words and folders (skipped where there is no fish)',
  () => {
    expect(inFish('humdrum dep')).toEqual(['deploy'])
    expect([...inFish('humdrum ')].sort()).toEqual([...commands, 'help'].sort())
    expect(inFish('humdrum deploy --w')).toEqual(['--wait'])
    expect(inFish('humdrum completion f')).toEqual(['fish'])
    expect(inFish('humdrum up --home ser')).toEqual(['services/'])
  },
)

/** What zsh makes of the line when TAB is pressed in it. It needs a terminal of its own, which its module zpty gives. */
const inZsh = (line: string, wanted: string): string => {
  using folder = place('zsh')
  const asked = `
    zmodload zsh/zpty
    zpty shell 'HOME=${folder.path} zsh -f -i'
    zpty -w shell 'PROMPT=; autoload -Uz compinit; compinit -D -u; source ${join(folder.path, 'script')}; cd ${folder.path}; echo rea""dy'
    zpty -r shell said '*ready*' || exit 1
    zpty -n -w shell $'${line}\\t'
    zpty -r shell said ${JSON.stringify(`*${wanted}*`)}
    print -r -- "$said"
    zpty -d shell`
  const { stdout } = spawnSync('zsh', ['-f', '-c', asked], { encoding: 'utf8', timeout: 10_000 })
  return stripVTControlCharacters(stdout)
}

test.skipIf(!isHere('zsh'))(
  'zsh completes commands, options, words and folders (skipped where there is no zsh)',
  () => {
    expect(inZsh('humdrum dep', 'deploy')).toContain('humdrum deploy')
    expect(inZsh('humdrum deploy --wa', '--wait')).toContain('humdrum deploy --wait')
    expect(inZsh('humdrum completion f', 'fish')).toContain('humdrum completion fish')
    expect(inZsh('humdrum up --home ser', 'services')).toContain('humdrum up --home services')
    expect(inZsh('humdrum ro', 'rollback')).toContain('humdrum rollback')
  },
)
