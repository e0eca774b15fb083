// How large a file and a function may grow. The limits are ratchets: they may be lowered, never raised.
import type { Code, Rule, SyntaxNode } from './source.ts'
import { inCode, isCode, isTest, nameOf, nodesIn, walk } from './source.ts'

const maxFileLines = 400
const maxMedianLines = 100
const maxFunctionLines = 60
/** A function with everything that is written inside it: a factory whose inner functions are counted by themselves. */
const maxNestLines = 150
const maxParameters = 3

export const linesOf = (text: string): number => (text === '' ? 0 : text.replace(/\n$/, '').split('\n').length)

/** No file that cannot be read at a sitting. */
export const filesAreShort: Rule = (files) =>
  files
    .filter((file) => isCode(file.path) && !isTest(file.path) && linesOf(file.text) > maxFileLines)
    .map((file) => ({
      path: file.path,
      what: `${linesOf(file.text)} lines`,
      why: `at most ${maxFileLines}: a file is about one noun or verb, split it where a second begins`,
    }))

/** The middle one of all files, tests not counted. */
export const medianLines = (files: readonly { readonly path: string; readonly text: string }[]): number => {
  const sizes = files
    .filter((file) => isCode(file.path) && !isTest(file.path))
    .map((file) => linesOf(file.text))
    .sort((one, other) => one - other)
  return sizes[Math.floor(sizes.length / 2)] ?? 0
}

/** Most files are short, not only the longest. */
export const filesAreShortMostly: Rule = (files) => {
  const median = medianLines(files)
  return median <= maxMedianLines
    ? []
    : [
        {
          path: '.',
          what: `the median file has ${median} lines`,
          why: `at most ${maxMedianLines}: small files are found by their names`,
        },
      ]
}

const functionTypes = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'])
const signatureTypes = new Set([
  'TSFunctionType',
  'TSMethodSignature',
  'TSCallSignatureDeclaration',
  'TSDeclareFunction',
])

type Extent = { readonly first: number; readonly last: number }

const extentOf = (code: Code, node: SyntaxNode): Extent => ({
  first: code.lineOf(node.start),
  last: code.lineOf(node.end - 1),
})

/** Lines of a function without those of the functions inside it, whose first lines are counted here. */
export const ownLines = (code: Code, node: SyntaxNode): number => {
  const { first, last } = extentOf(code, node)
  const inner = new Set<number>()
  for (const { node: nested } of walk(node)) {
    if (nested === node || !functionTypes.has(nested.type)) continue
    const extent = extentOf(code, nested)
    for (let line = extent.first + 1; line <= extent.last; line += 1) inner.add(line)
  }
  return last - first + 1 - inner.size
}

const called = (node: SyntaxNode, parent: SyntaxNode | null): string => {
  const name = nameOf(node['id']) ?? nameOf(parent?.['id']) ?? nameOf(parent?.['key']) ?? nameOf(node['key'])
  return name === null ? 'a function' : `'${name}'`
}

/** A function fits a screen. */
export const functionsFitAScreen: Rule = inCode(
  () => true,
  (file, code) =>
    [...walk(code.program)].flatMap(({ node, parent }) => {
      if (!functionTypes.has(node.type)) return []
      const { first, last } = extentOf(code, node)
      const [own, all] = [ownLines(code, node), last - first + 1]
      const at = {
        path: file.path,
        line: first,
        why: 'the parent holds the ifs, the leaves are pure: give a part a name of its own',
      }
      if (own > maxFunctionLines)
        return [{ ...at, what: `${called(node, parent)} has ${own} lines, more than ${maxFunctionLines}` }]
      const group = parent?.type === 'CallExpression' && nameOf(parent['callee']) === 'describe'
      return all > maxNestLines && !group
        ? [
            {
              ...at,
              what: `${called(node, parent)} has ${all} lines with what is inside it, more than ${maxNestLines}`,
            },
          ]
        : []
    }),
)

const parametersOf = (node: SyntaxNode): number =>
  nodesIn(node['params']).filter((parameter) => nameOf(parameter) !== 'this').length

/** A function without a name that is handed to a call: who calls it says what it takes. */
const isCallback = (node: SyntaxNode, parent: SyntaxNode | null): boolean =>
  functionTypes.has(node.type) && (parent?.type === 'CallExpression' || parent?.type === 'NewExpression')

/** A call can be read without looking the function up. */
export const parametersAreFew: Rule = inCode(
  () => true,
  (file, code) =>
    [...walk(code.program)].flatMap(({ node, parent }) => {
      if ((!functionTypes.has(node.type) && !signatureTypes.has(node.type)) || isCallback(node, parent)) return []
      const count = parametersOf(node)
      return count <= maxParameters
        ? []
        : [
            {
              path: file.path,
              line: code.lineOf(node.start),
              what: `${called(node, parent)} takes ${count} parameters`,
              why: `at most ${maxParameters}: name them in one options object`,
            },
          ]
    }),
)
