// What core must not see (clock, chance, the outside, platforms), and where SQL may stand. Looks at syntax, so words in
// comments and in names of properties are free.
import { importsOf } from './imports.ts'
import type { Rule, SyntaxNode } from './source.ts'
import { inCode, isTest, isWithin, nameOf, roomOf, walk } from './source.ts'

const outside: Readonly<Record<string, string>> = {
  Date: 'the time is an argument',
  performance: 'the time is an argument',
  Temporal: 'the time is an argument',
  setTimeout: 'waiting is done outside, by the engine',
  setInterval: 'waiting is done outside, by the engine',
  setImmediate: 'waiting is done outside, by the engine',
  process: 'core has no process: settings are arguments',
  globalThis: 'core has no globals',
  crypto: 'hashing and chance come from outside',
  fetch: 'core does no I/O',
  console: 'core says what it has to say in values',
  Intl: 'the same events must give the same bytes on every machine',
}

/** True where an identifier is a name of a property (`x.process`, `{ process: 1 }`) and not a thing of its own. */
const isProperty = (parent: SyntaxNode | null, role: string): boolean =>
  parent !== null &&
  ((parent.type === 'MemberExpression' && role === 'property' && parent['computed'] !== true) ||
    (role === 'key' && parent['computed'] !== true && parent['shorthand'] !== true))

const isRandom = (node: SyntaxNode): boolean =>
  node.type === 'MemberExpression' && nameOf(node['object']) === 'Math' && nameOf(node['property']) === 'random'

/** No clock, no chance and no outside in core: the same events give the same states, byte for byte. */
export const coreSeesNoClock: Rule = inCode(
  (path) => roomOf(path) === 'core' && !isTest(path),
  (file, code) =>
    [...walk(code.program)].flatMap(({ node, parent, role }) => {
      const at = { path: file.path, line: code.lineOf(node.start) }
      if (isRandom(node))
        return [{ ...at, what: 'Math.random', why: 'chance is an argument (core/analysis/seeded-random.ts)' }]
      if (node.type === 'AwaitExpression')
        return [{ ...at, what: 'await', why: 'core has nothing to wait for: it is given what it needs' }]
      const name = node.type === 'Identifier' && !isProperty(parent, role) ? nameOf(node) : null
      const why = name !== null && Object.hasOwn(outside, name) ? outside[name] : undefined
      return why === undefined ? [] : [{ ...at, what: `${name}`, why }]
    }),
)

const platform = /kubernetes|kubectl|haproxy|ansible|cloudwatch|prometheus|docker|podman|\baws\b/i

/** The rollout machine and the engine know ports, never a platform. */
export const noPlatformInTheCore: Rule = inCode(
  (path) => (roomOf(path) === 'core' || isWithin(path, 'server/engine')) && !isTest(path),
  (file, code) =>
    [...walk(code.program)].flatMap(({ node }) => {
      const found = platform.exec(nameOf(node) ?? '')?.[0]
      const why = 'a platform is known to its adapter in providers/ alone'
      return found === undefined
        ? []
        : [{ path: file.path, line: code.lineOf(node.start), what: `names '${found}'`, why }]
    }),
)

const sqlPackages = new Set(['kysely', 'node:sqlite', 'pg', 'pg-native', 'better-sqlite3'])
const isSqlPackage = (specifier: string): boolean => sqlPackages.has(specifier) || specifier.startsWith('kysely/')

const statement =
  /^\s*(select\s[\s\S]+\sfrom\s|insert\s+(or\s+\w+\s+)?into\s|update\s+\w+\s+set\s|delete\s+from\s|(create|drop|alter)\s+(unique\s+)?(table|index|trigger|view)\s|pragma\s+\w|begin\s+(exclusive|immediate))/i

const textOf = (node: SyntaxNode): string => {
  if (node.type !== 'TemplateElement') return node.type === 'Literal' ? (nameOf(node) ?? '') : ''
  const value = node['value'] as { readonly raw?: string } | undefined // as the parser gives it
  return value?.raw ?? ''
}

/** All SQL stands in server/store: nobody else knows that there is a database. */
export const sqlOnlyInTheStore: Rule = inCode(
  (path) => !isWithin(path, 'server/store') && roomOf(path) !== 'house',
  (file, code) => {
    const why = 'all SQL lives in server/store: write a verb there and call it'
    const imported = importsOf(file)
      .filter(({ specifier }) => isSqlPackage(specifier))
      .map(({ line, specifier }) => ({ path: file.path, line, what: `imports '${specifier}'`, why }))
    const written = [...walk(code.program)]
      .filter(
        ({ node }) =>
          statement.test(textOf(node)) || (node.type === 'TaggedTemplateExpression' && nameOf(node['tag']) === 'sql'),
      )
      .map(({ node }) => ({ path: file.path, line: code.lineOf(node.start), what: 'SQL', why }))
    return [...imported, ...written]
  },
)
