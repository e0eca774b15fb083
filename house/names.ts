// Names of files, and the glossary: one word for one thing. Property names and texts are free, they may be somebody
// else's words (the field of a wire format, a strategy called `canary`).
import type { Code, Rule, SyntaxNode } from './source.ts'
import { inCode, isNode, isWithin, nameOf, nodesIn, roomOf, walk } from './source.ts'

const attics = new Set(['utils', 'util', 'helpers', 'helper', 'lib', 'common', 'types', 'interfaces', 'misc', 'shared'])
const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/

const stemOf = (segment: string): string => segment.replace(/^\./, '').replace(/\..*$/, '')

/** A file is named after its noun or verb; a name that fits everything attracts everything. */
export const noAttics: Rule = (files) =>
  files.flatMap(({ path }) => {
    const found = path
      .split('/')
      .find((segment) => attics.has(stemOf(segment)) || /-(util|helper)s?$/.test(stemOf(segment)))
    return found === undefined
      ? []
      : [
          {
            path,
            what: `'${found}'`,
            why: 'fits everything and says nothing: name it after what it does, beside who uses it',
          },
        ]
  })

/** Code is in kebab-case. */
export const filesAreKebabCase: Rule = (files) =>
  files
    .filter(({ path }) => /\.(ts|tsx|js|mjs)$/.test(path))
    .flatMap(({ path }) => {
      const odd = path.split('/').find((segment) => !kebab.test(stemOf(segment)))
      return odd === undefined ? [] : [{ path, what: `'${odd}'`, why: 'names are kebab-case: error-judge.ts' }]
    })

type Word = { readonly word: string; readonly instead: string; readonly where: (path: string) => boolean }

/** Words that somebody might use for a thing that has a name here already. */
const glossary: readonly Word[] = [
  // A lease is who may step a rollout (server/store); what exposes a candidate is a grant.
  { word: 'lease', instead: 'grant', where: (path) => roomOf(path) !== 'server' },
  // `canary` is a strategy; the release on trial is the candidate under every strategy.
  { word: 'canary', instead: 'candidate', where: (path) => !isWithin(path, 'contract') },
  { word: 'baseline', instead: 'stable', where: () => true },
  // A deployment is an object of Kubernetes; ours is a rollout, or a delivery for the whole way.
  { word: 'deployment', instead: 'rollout', where: (path) => !isWithin(path, 'providers') },
  { word: 'breaker', instead: 'trip', where: () => true },
  { word: 'blacklist', instead: 'rejection', where: () => true },
]

const wordsOf = (name: string): readonly string[] => name.split(/(?=[A-Z])|_|-/).map((word) => word.toLowerCase())

const declaring = new Set([
  'VariableDeclarator',
  'FunctionDeclaration',
  'ClassDeclaration',
  'TSTypeAliasDeclaration',
  'TSInterfaceDeclaration',
])

/** Names that a file brings into the world: of variables, parameters, functions and types. */
const declaredIn = (code: Code): readonly { readonly name: string; readonly node: SyntaxNode }[] =>
  [...walk(code.program)].flatMap(({ node }) => {
    const bound = [...(declaring.has(node.type) ? nodesIn(node['id']) : []), ...nodesIn(node['params'])].flatMap(
      boundBy,
    )
    return bound.flatMap((identifier) => {
      const name = nameOf(identifier)
      return name === null ? [] : [{ name, node: identifier }]
    })
  })

/** The identifiers of a pattern: `{ a, b: [c] }` binds a and c. */
const boundBy = (pattern: SyntaxNode): readonly SyntaxNode[] => {
  if (pattern.type === 'Identifier') return [pattern]
  const parts = [pattern['value'], pattern['left'], pattern['argument'], pattern['properties'], pattern['elements']]
  return parts.flatMap((part) => (Array.isArray(part) || isNode(part) ? nodesIn(part) : [])).flatMap(boundBy)
}

/** One word for one thing, in every room. */
export const wordsAreOurs: Rule = inCode(
  () => true,
  (file, code) =>
    declaredIn(code).flatMap(({ name, node }) => {
      const word = glossary.find((entry) => entry.where(file.path) && wordsOf(name).includes(entry.word))
      return word === undefined
        ? []
        : [
            {
              path: file.path,
              line: code.lineOf(node.start),
              what: `'${name}'`,
              why: `say '${word.instead}' for '${word.word}': one word for one thing (ARCHITECTURE.md, Words)`,
            },
          ]
    }),
)
