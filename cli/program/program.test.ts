import { FaultError } from '@humdrum/core/errors.ts'
import { CommanderError } from 'commander'
import { expect, test } from 'vitest'
import { capturedTerminal } from '../captured-terminal.ts'
import { readWait } from './app-commands.ts'
import { outlineOf } from './outline.ts'
import { createProgram } from './program.ts'

/** What a line comes to: words, the home that it names, or how it was refused. */
const typed = async (...words: readonly string[]) => {
  const terminal = capturedTerminal()
  const homes: (string | undefined)[] = []
  const program = createProgram({
    terminal,
    run: async (home) => {
      homes.push(home)
    },
  })
  const failure = await program.parseAsync(words, { from: 'user' }).then(
    () => null,
    (cause: unknown) => cause,
  )
  const fault = failure instanceof FaultError ? failure.fault : null
  if (failure !== null && fault === null && !(failure instanceof CommanderError)) throw failure
  return { homes, fault, out: terminal.written(), err: terminal.complained() }
}

const program = createProgram({ terminal: capturedTerminal(), run: async () => {} })
const commands = program.commands.map((one) => one.name())

test('lists every command on a line of its own, with examples and exit codes', async () => {
  const { out } = await typed('help')
  for (const command of commands) expect(out).toMatch(new RegExp(`^  ${command} .* {2}\\S.*$`, 'm'))
  expect(out).toContain('Examples:')
  expect(out).toContain('Exit codes:')
})

test.for(['', ...commands])('fits 80 columns, with an example: humdrum %s --help', async (command) => {
  const { out } = await typed(...[command, '--help'].filter((word) => word !== ''))
  expect(out).toContain('Examples:\n  humdrum ')
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
})

const examples = outlineOf(program)
  .flatMap(({ examples: lines }) => lines.split('\n'))
  .filter((line) => /^(sudo )?humdrum /.test(line))

test.for(examples)('takes its own example: %s', async (line) => {
  const typedWords = line.replace(/^(sudo )?humdrum /, '').replace(/ +(#|\||>).*$/, '')
  const words = [...typedWords.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
  expect((await typed(...words)).fault).toBeNull()
})

test('takes --home before and after the command', async () => {
  expect((await typed('--home', '/a', 'status')).homes).toEqual(['/a'])
  expect((await typed('status', '--home', '/b')).homes).toEqual(['/b'])
  expect((await typed('status')).homes).toEqual([undefined])
})

test('tells the version of the program from that of a release', async () => {
  expect((await typed('--version')).out).toMatch(/^\d+\.\d+\.\d+\n$/)
  const deployed = await typed('deploy', '--version', 'v3')
  expect(deployed).toMatchObject({ out: '', fault: null, homes: [undefined] })
})

test.for([
  ['depoly', "unknown command 'depoly'", 'did you mean deploy?   (humdrum help)'],
  ['deploy --wiat', "unknown option '--wiat'", 'did you mean --wait?   (humdrum deploy --help)'],
  ['deploy a b', "too many arguments for 'deploy'. Expected 1 argument but got 2: a, b.", 'humdrum deploy --help'],
  ['up --port x', 'a port is a number from 0 to 65535', 'humdrum up --help'],
  ['up --edge-port 65536', 'a port is a number from 0 to 65535', 'humdrum up --help'],
  ['service install --prot 1', "unknown option '--prot'", 'did you mean --port?   (humdrum service install --help)'],
  ['logs --tail -1', 'a count of lines is a number from 0 to 10000', 'humdrum logs --help'],
  ['lift 3f9a', "required option '--reason <why>' not specified", 'humdrum lift --help'],
  ['lift --reason x', "missing required argument 'digest'", 'humdrum lift --help'],
] as const)('refuses %s with the nearest word, and says it once', async ([line, reason, next]) => {
  const { fault, out, err } = await typed(...line.split(' '))
  expect(fault).toMatchObject({ code: 'HD1002', reason: expect.stringContaining(reason), next })
  expect(out + err).toBe('')
})

const long = 'x'.repeat(10_000)

test.for([
  [['lift', 'abc', '--reason', 'x'], 'HD1002', '"abc" is no digest, nor the start of one'],
  [['lift', '3f9a1c0e', '--reason', long], 'HD1002', 'a reason has at most 500 characters, not 10000'],
  [['abort', '--reason', long], 'HD1002', 'a reason has at most 500 characters, not 10000'],
  [['deploy', '--version', 'v 1\n'], 'HD1002', '"v 1\\n" is no name of a release'],
  [['explain', long], 'HD4003', `"${'x'.repeat(57)}..."`],
  [['retry', '../status'], 'HD4003', '"../status"'],
  [['down', '--home', ''], 'HD1002', '--home is empty'],
] as const)('refuses what no server has to be asked about, and cuts it short: %j', async ([line, code, reason]) => {
  const { fault, homes } = await typed(...line)
  expect(fault).toMatchObject({ code, reason })
  expect(homes).toEqual([])
})

test.for([
  [[undefined, {}], undefined, undefined],
  [['production', { wait: true }], 'production', true],
  [['production', { wait: 'bake' }], 'production', 'bake'],
  [[undefined, { wait: 'bake' }], undefined, 'bake'],
  [[undefined, { wait: 'production' }], 'production', true],
] as const)('reads what to wait for: %j', ([[name, given], environment, wait]) => {
  const read = readWait(name, given)
  expect(read.environment).toBe(environment)
  expect(read.options.wait).toBe(wait)
})

test('refuses to wait for two environments', () => {
  expect(() => readWait('production', { wait: 'staging' })).toThrow(
    "wrong usage: nothing to wait for is called 'staging'",
  )
})
