import { expect, test } from 'vitest'
import { consoleBlocks } from './console-blocks.ts'

const typedIn = (...lines: readonly string[]): readonly (readonly string[])[] =>
  consoleBlocks('a.md', lines.join('\n')).map(({ commands }) => commands.map(({ place, line }) => `${place} ${line}`))

test('finds what is typed, indented or fenced, with its place', () => {
  expect(
    typedIn(
      'Say:',
      '',
      '    humdrum up --detach   # a server',
      '',
      '    humdrum down',
      '',
      '```console',
      'cd shop',
      'humdrum deploy',
      '```',
    ),
  ).toEqual([
    ['a.md:3 humdrum up --detach   # a server', 'a.md:5 humdrum down'],
    ['a.md:8 cd shop', 'a.md:9 humdrum deploy'],
  ])
})

test('tells what is typed at a prompt from what is printed', () => {
  expect(typedIn('```', '$ humdrum \\', '  status', 'shop  production', '$ humdrum down', '```')).toEqual([
    ['a.md:2 humdrum    status', 'a.md:5 humdrum down'],
  ])
})

test.for([
  ['a transcript', ['', '    shop → production', '    humdrum lift 3f9a']],
  ['a file', ['```yaml', 'humdrum deploy', '```']],
  ['a paragraph', ['* a point', '    humdrum goes on in it']],
  ['what is for another program', ['', '    npm ci && npm run demo']],
] as const)('is no console: %s', ([, lines]) => {
  expect(typedIn(...lines)).toEqual([])
})

test('goes on with unknown commands', () => {
  expect(typedIn('', '    humdrum frobnicate', '    open http://localhost')[0]).toHaveLength(2)
})
