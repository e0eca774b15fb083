import { expect, test } from 'vitest'
import { filesOpenWithAComment, noDefaultExports, nothingIsSilenced } from './manner.ts'
import type { Rule } from './source.ts'

const broken = (rule: Rule, path: string, text: string): readonly string[] =>
  rule([{ path, text }]).map(({ what }) => what)
// Written apart, so that these lines silence nothing themselves.
const comment = (...words: readonly string[]): string => `// ${words.join('')}\nexport const a = 1\n`

test('a file opens with one to four lines of comment', () => {
  expect(broken(filesOpenWithAComment, 'core/a.ts', 'export const a = 1\n')).toEqual(['does not open with a comment'])
  expect(broken(filesOpenWithAComment, 'core/a.ts', '\n// late\n')).toHaveLength(1)
  expect(broken(filesOpenWithAComment, 'core/a.ts', '//\nexport const a = 1\n')).toHaveLength(1)
  expect(broken(filesOpenWithAComment, 'core/a.ts', `${'// a\n'.repeat(5)}export const a = 1\n`)).toHaveLength(1)
  expect(broken(filesOpenWithAComment, 'core/a.ts', `${'// a\n'.repeat(4)}export const a = 1\n`)).toEqual([])
  expect(broken(filesOpenWithAComment, 'cli/bin/a.js', '#!/usr/bin/env node\n// a\nx()\n')).toEqual([])
})

test('a proof may follow the opening, after a bare line', () => {
  expect(broken(filesOpenWithAComment, 'core/a.ts', `// a\n//\n${'// b\n'.repeat(9)}export const a = 1\n`)).toEqual([])
})

test('a twin is opened by the file beside it', () => {
  const twin = { path: 'core/a.test.ts', text: 'export const a = 1\n' }
  expect(filesOpenWithAComment([twin])).toHaveLength(1)
  expect(filesOpenWithAComment([twin, { path: 'core/a.ts', text: '// a\n' }])).toEqual([])
})

test('exports have names, but for the files that a tool reads', () => {
  expect(broken(noDefaultExports, 'core/a.ts', 'export default 1')).toHaveLength(1)
  expect(broken(noDefaultExports, 'vitest.config.ts', 'export default 1')).toEqual([])
})

test.for([
  comment('biome-', 'ignore lint: because'),
  comment('@ts-', 'ignore'),
  comment('@ts-', 'expect-error it is'),
  comment('TO', 'DO later'),
  'const a = b as any',
  'const a = (b as any as C)',
  'test.only("a", () => {})',
  'describe.skip("a", () => {})',
])('silences somebody: %s', (text) => {
  expect(broken(nothingIsSilenced, 'core/a.ts', text)).toHaveLength(1)
})

test('a text may say such words', () => {
  expect(broken(nothingIsSilenced, 'core/a.ts', `const a = '@ts-ignore' as string\nconst b = x.only`)).toEqual([])
})

test('a file that does not parse is told, not passed over', () => {
  expect(broken(nothingIsSilenced, 'core/a.ts', 'const = {')).toEqual([expect.stringContaining('does not parse')])
})
