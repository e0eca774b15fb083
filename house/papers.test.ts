import { expect, test } from 'vitest'
import {
  architectureIsShort,
  commandsExist,
  decisionsNameTheirCheck,
  hazardsNameTests,
  linksLeadSomewhere,
} from './papers.ts'
import type { Rule, SourceFile } from './source.ts'

const broken = (rule: Rule, ...files: readonly SourceFile[]): readonly string[] =>
  rule(files).map(({ path, line, what }) => `${path}:${line ?? ''} ${what}`)
const file = (path: string, text = ''): SourceFile => ({ path, text })

test('a link that leads nowhere is found', () => {
  const text = 'see [one](docs/one.md)\nand [two](../two.md#there),\n\n[three]: gone.md\n'
  expect(broken(linksLeadSomewhere, file('a/b.md', text))).toEqual([
    `a/b.md:1 links to 'docs/one.md'`,
    `a/b.md:2 links to '../two.md#there'`,
    `a/b.md:4 links to 'gone.md'`,
  ])
})

test('links to files, folders, headings and other places are fine', () => {
  const text = '[a](./c.md#x) [b](../docs) [c](#here) [d](https://example.org/x.md) [e](mailto:a@b.c) [f](/docs/one.md)'
  expect(broken(linksLeadSomewhere, file('a/b.md', text), file('a/c.md'), file('docs/one.md'))).toEqual([])
})

test('what stands in code is no link', () => {
  expect(
    broken(linksLeadSomewhere, file('b.md', '`[a](gone.md)`\n```\n[a](gone.md)\n```\n    [a](gone.md)\n')),
  ).toEqual([])
})

test('a command that nobody can run is found', () => {
  const manifest = file('package.json', '{"scripts":{"check":"x","bench:rollback":"x"}}')
  const text = 'npm run check, `npm run -s bench:rollback -- --json`\nnpm run chekc'
  expect(broken(commandsExist, manifest, file('README.md', text))).toEqual(['README.md:2 npm run chekc'])
})

test('a hazard whose test is gone is found', () => {
  const tests = [file('a/b.test.ts', "test('one holds', () => {})"), file('c.test.ts', "test('two holds', () => {})")]
  const row = (cell: string) => file('docs/hazards.md', `| it breaks | it "never" does | ${cell} |\n`)
  expect(broken(hazardsNameTests, ...tests, row('`a/b.test.ts` "one holds", `c.test.ts` "two holds"'))).toEqual([])
  expect(broken(hazardsNameTests, ...tests, row('`a/b.test.ts` "two holds"'))).toEqual([
    'docs/hazards.md:1 "two holds"',
  ])
  expect(broken(hazardsNameTests, row('`a/b.test.ts` "one holds"'))).toHaveLength(1)
})

test('ARCHITECTURE.md ends at 300 lines', () => {
  expect(broken(architectureIsShort, file('ARCHITECTURE.md', 'a\n'.repeat(300)))).toEqual([])
  expect(broken(architectureIsShort, file('ARCHITECTURE.md', 'a\n'.repeat(301)))).toHaveLength(1)
})

test('a decision is numbered, short, and names its check', () => {
  const good = '# A\n\n## Check\n\nnpm test\n'
  expect(broken(decisionsNameTheirCheck, file('decisions/0001-a-b.md', good))).toEqual([])
  expect(broken(decisionsNameTheirCheck, file('decisions/one.md', good))).toHaveLength(1)
  expect(broken(decisionsNameTheirCheck, file('decisions/0001-a.md', '# A\n'))).toHaveLength(1)
  expect(broken(decisionsNameTheirCheck, file('decisions/0001-a.md', `${good}${'a\n'.repeat(60)}`))).toHaveLength(1)
})
