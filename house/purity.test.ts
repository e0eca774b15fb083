import { expect, test } from 'vitest'
import { coreSeesNoClock, noPlatformInTheCore, sqlOnlyInTheStore } from './purity.ts'
import type { Rule } from './source.ts'

const broken = (rule: Rule, path: string, text: string): readonly string[] =>
  rule([{ path, text }]).map(({ line, what }) => `${line ?? ''} ${what}`)

test.for([
  ['Date.now()', 'Date'],
  ['new Date(0)', 'Date'],
  ['performance.now()', 'performance'],
  ['Math.random()', 'Math.random'],
  [`Math['random']()`, 'Math.random'],
  ['setTimeout(() => 1, 2)', 'setTimeout'],
  ['setInterval(() => 1, 2)', 'setInterval'],
  [`process.env['A']`, 'process'],
  ['globalThis', 'globalThis'],
  ['crypto.randomUUID()', 'crypto'],
  ['[process]', 'process'],
  ['({ process })', 'process'],
  ['async () => await 1', 'await'],
])('core may not say %s', ([expression, what]) => {
  expect(broken(coreSeesNoClock, 'core/a.ts', `\nexport const a = ${expression}\n`)).toContain(`2 ${what}`)
})

test('core may speak of such things, in comments, texts and names of properties', () => {
  const text = `// Date.now() is the caller's\nexport const a = { process: 'Math.random()', at: b.performance }\n`
  expect(broken(coreSeesNoClock, 'core/a.ts', text)).toEqual([])
})

test('other rooms have a clock, and so have the tests of core', () => {
  expect(broken(coreSeesNoClock, 'server/engine/loop.ts', 'export const a = Date.now()')).toEqual([])
  expect(broken(coreSeesNoClock, 'core/a.test.ts', 'const a = process.argv')).toEqual([])
})

test('a platform is named by its adapter alone', () => {
  for (const path of ['core/a.ts', 'server/engine/a.ts']) {
    expect(broken(noPlatformInTheCore, path, `export const kind = 'kubernetes'`)).toHaveLength(1)
    expect(broken(noPlatformInTheCore, path, `const startHaproxy = 1`)).toHaveLength(1)
  }
  expect(broken(noPlatformInTheCore, 'providers/routers/haproxy/a.ts', `const startHaproxy = 1`)).toEqual([])
  expect(broken(noPlatformInTheCore, 'core/a.ts', `const jaws = 'a law'`)).toEqual([])
})

test.for([
  `import { Kysely } from 'kysely'`,
  `import { Migrator } from 'kysely/migration'`,
  `import type { DatabaseSync } from 'node:sqlite'`,
  'const rows = sql`1`',
  `const text = 'select a from b'`,
  'const text = `insert into a (b) values (?)`',
  `const text = 'create table a (b)'`,
  `const text = 'update a set b = 1'`,
  `const text = 'begin exclusive'`,
])('SQL outside the store: %s', (text) => {
  expect(broken(sqlOnlyInTheStore, 'server/engine/a.ts', text)).toHaveLength(1)
  expect(broken(sqlOnlyInTheStore, 'server/store/a.ts', text)).toEqual([])
})

test('prose that begins like SQL is none', () => {
  const text = `const texts = ['select a release', 'update the file', 'delete nothing', 'create a home']`
  expect(broken(sqlOnlyInTheStore, 'cli/a.ts', text)).toEqual([])
})
