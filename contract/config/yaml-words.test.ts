// Files that are not YAML, or more than is wanted of it, and what a terminal shows of them.
import { expect, test } from 'vitest'
import { parseConfig } from './parse.ts'
import { renderProblem } from './problem.ts'

// Written in parts, so that the lint rule against forgotten template strings keeps watch.
const reference = (name: string): string => `$${'{env:'}${name}}`

const head = 'version: 1\napp: shop\n'
const run = 'run: { command: node server.js }\n'
const environments = 'environments: { production: {} }\n'
const least = `${head}${run}${environments}`
/** What a terminal shows of a wrong file. */
const shownFor = (text: string): string => {
  const parsed = parseConfig(text, 'humdrum.yaml')
  return parsed.ok ? 'no problem' : parsed.problems.map(renderProblem).join('\n')
}

test('points out a reference without quotes inside braces', () => {
  expect(shownFor(`${head}run: { command: x, env: { DB: ${reference('DB')} } }\n`)).toMatchInlineSnapshot(`
    "humdrum.yaml:3:32  a reference inside braces needs quotes  [HD2002]
      write "\${env:NAME}""
  `)
})

test('refuses a key that is there twice', () => {
  expect(shownFor(`${least}app: other\n`)).toMatchInlineSnapshot(`
    "humdrum.yaml:5:1  the key "app" is there twice  [HD2002]
      line 2 has it already"
  `)
})

test('refuses tabs', () => {
  expect(shownFor('version: 1\nrun:\n\tcommand: x\n')).toMatchInlineSnapshot(`
    "humdrum.yaml:3:1  a tab indents this line  [HD2002]
      indent with spaces"
  `)
})

test('refuses a second document', () => {
  expect(shownFor(`${least}---\n${least}`)).toMatchInlineSnapshot(`
    "humdrum.yaml:5:1  a second document begins here  [HD2002]
      take the line --- out: the file is one document"
  `)
})

test('refuses what is not YAML', () => {
  expect(shownFor('version: 1\napp: shop: x\nrun: { command: "x }\n')).toMatchInlineSnapshot(`
    "humdrum.yaml:2:6  a second key on the same line  [HD2002]
      put it on a line of its own, or put the value in quotes if it contains a colon
    humdrum.yaml:4:1  a quote before this place is not closed  [HD2002]"
  `)
})

test('refuses values that begin with a special character', () => {
  expect(
    shownFor('version: 1\napp: @shop\nrun: { command: `x` }\nignore: [a\nenvironments: {}\n'),
  ).toMatchInlineSnapshot(`
    "humdrum.yaml:2:6  a value cannot begin with this character  [HD2002]
      put the value in quotes
    humdrum.yaml:3:17  a value cannot begin with this character  [HD2002]
      put the value in quotes
    humdrum.yaml:5:1  a bracket before this place is not closed  [HD2002]"
  `)
})

test('refuses tags', () => {
  expect(shownFor('version: !one 1\napp: !!binary c2hvcA==\n')).toMatchInlineSnapshot(`
    "humdrum.yaml:1:10  this tag is not known  [HD2002]
      put the value in quotes if ! belongs to it
    humdrum.yaml:2:6  this tag is not known  [HD2002]
      put the value in quotes if ! belongs to it"
  `)
})

test('refuses aliases without an anchor and inside themselves', () => {
  expect(shownFor('a: *b\nc: &c [*c]\n')).toMatchInlineSnapshot(`
    "humdrum.yaml:1:4  the alias "*b" has no anchor before it  [HD2002]
      put the value in quotes if * belongs to it
    humdrum.yaml:2:8  the alias "*c" is inside its own anchor  [HD2002]"
  `)
})

test('refuses aliases beyond number', () => {
  expect(shownFor(`a: [${'&e e, *e, '.repeat(101)}]\n`)).toMatchInlineSnapshot(
    `"humdrum.yaml:1:1011  more than 100 aliases  [HD2002]"`,
  )
})

test('refuses aliases that multiply', () => {
  expect(
    shownFor(
      ['a: &a [x, x, x, x, x]', 'b: &b [*a, *a, *a, *a, *a]', 'c: &c [*b, *b, *b, *b, *b]', 'd: [*c, *c, *c]'].join(
        '\n',
      ),
    ),
  ).toMatchInlineSnapshot(`"humdrum.yaml:1:1  the aliases multiply to more than can be read  [HD2002]"`)
})

test('refuses a key that would be lost', () => {
  expect(shownFor(`${head}run: { command: x, env: { __proto__: x } }\n${environments}`)).toMatchInlineSnapshot(
    `"humdrum.yaml:3:27  the key "__proto__" cannot be used  [HD2002]"`,
  )
})

test('answers huge and deep files with one problem', () => {
  expect(shownFor('x'.repeat(1_000_000))).toMatchInlineSnapshot(`
    "humdrum.yaml:1:1  the file is larger than 256 KiB  [HD2002]
      is it the right file?"
  `)
  expect(shownFor('['.repeat(100_000))).toMatch(/the nesting is too deep to be read {2}\[HD2002\]$/)
  expect(shownFor('{a: '.repeat(50_000))).toMatch(/the nesting is too deep to be read {2}\[HD2002\]$/)
})
