// How a file is written: it says what it is for, exports names, and silences nobody.
import type { Code, Rule, SourceFile, Violation } from './source.ts'
import { inCode, isConfig, isNode, isTest, nameOf, walk } from './source.ts'

const maxOpeningLines = 4

/** Lines of the paragraph that a file opens with, after `#!`; 0 where there is none. Prose or proofs may follow after a bare `//`. */
const openingLines = (file: SourceFile): number => {
  const lines = file.text.replace(/^#!.*\n/, '').split('\n')
  const end = lines.findIndex((line) => !/^\/\/ *\S/.test(line))
  return end < 0 ? lines.length : end
}

/** A reader knows after four lines whether this is the file to read. A twin needs none: the file beside it says it for both. */
export const filesOpenWithAComment: Rule = (files) => {
  const paths = new Set(files.map(({ path }) => path))
  const isTwin = (path: string): boolean => isTest(path) && paths.has(path.replace('.test.', '.'))
  return inCode((path) => !isTwin(path), opens)(files)
}

const opens = (file: SourceFile): readonly Violation[] => {
  const count = openingLines(file)
  const why = `a file opens with 1 to ${maxOpeningLines} lines of comment: what it is for, and what it deliberately does not know`
  if (count === 0) return [{ path: file.path, line: 1, what: 'does not open with a comment', why }]
  return count > maxOpeningLines
    ? [{ path: file.path, line: 1, what: `opens with ${count} lines of comment`, why }]
    : []
}

/** A thing has the same name wherever it is imported. */
export const noDefaultExports: Rule = inCode(
  (path) => !isConfig(path),
  (file, code) =>
    [...walk(code.program)]
      .filter(({ node }) => node.type === 'ExportDefaultDeclaration')
      .map(({ node }) => ({
        path: file.path,
        line: code.lineOf(node.start),
        what: 'a default export',
        why: 'export it by its name, so that it is called the same everywhere',
      })),
)

const silencers = /biome-ignore|@ts-(ignore|expect-error|nocheck)|eslint-disable|(v8|c8|istanbul) ignore/
const promises = /\b(TODO|FIXME|XXX|HACK)\b/

const commentsOf = (file: SourceFile, code: Code): readonly Violation[] =>
  code.comments.flatMap(({ value, start }) => {
    const at = { path: file.path, line: code.lineOf(start) }
    const silencer = silencers.exec(value)?.[0]
    if (silencer !== undefined)
      return [{ ...at, what: silencer, why: 'a rule is kept, or changed for all: mend what it found' }]
    const promise = promises.exec(value)?.[0]
    return promise === undefined ? [] : [{ ...at, what: promise, why: 'what is missing is an issue, not a comment' }]
  })

const skips = new Set(['skip', 'only', 'todo'])
const runners = new Set(['test', 'it', 'describe'])

/** Nothing is silenced: no ignore comments, no `as any`, no test that is skipped or runs alone. */
export const nothingIsSilenced: Rule = inCode(
  () => true,
  (file, code) => [
    ...commentsOf(file, code),
    ...[...walk(code.program)].flatMap(({ node }) => {
      const at = { path: file.path, line: code.lineOf(node.start) }
      const type = node['typeAnnotation']
      if (node.type === 'TSAsExpression' && isNode(type) && type.type === 'TSAnyKeyword')
        return [{ ...at, what: 'as any', why: 'parse the value, or say what it is' }]
      const [object, property] =
        node.type === 'MemberExpression' ? [nameOf(node['object']), nameOf(node['property'])] : [null, null]
      return runners.has(object ?? '') && skips.has(property ?? '')
        ? [{ ...at, what: `${object}.${property}`, why: 'a test runs, with all the others, or it goes' }]
        : []
    }),
  ],
)
