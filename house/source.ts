// What a rule sees: files as path and text, and code as a tree of syntax. Knows no rule, and reads no disk.
import { parseSync } from 'rolldown/utils'

/** `path` from the root of the repository, with slashes. */
export type SourceFile = { readonly path: string; readonly text: string }

/** A broken rule: where, what is wrong, and why it matters or what to do instead. */
export type Violation = { readonly path: string; readonly line?: number; readonly what: string; readonly why: string }

/** A rule over the whole tree, so that it can be tried on a few files that were never written. */
export type Rule = (files: readonly SourceFile[]) => readonly Violation[]

export type SyntaxNode = { readonly type: string; readonly start: number; readonly end: number } & Readonly<
  Record<string, unknown>
>

export type Comment = { readonly value: string; readonly start: number; readonly end: number }

export type Code = {
  readonly program: SyntaxNode
  readonly comments: readonly Comment[]
  readonly errors: readonly string[]
  /** The line of an offset, from 1. */
  lineOf(offset: number): number
}

export const isCode = (path: string): boolean => /\.(ts|tsx|js|mjs)$/.test(path) && !path.startsWith('examples/')
/** A test, or what a room's own tests draw their values from. */
export const isTest = (path: string): boolean => /\.(test|arbitrary)\.tsx?$/.test(path)
export const isConfig = (path: string): boolean => /\.config\.(ts|js|mjs)$/.test(path)

/** The folder that a file lives in; a file at the root belongs to the house. */
export const roomOf = (path: string): string => (path.includes('/') ? path.slice(0, path.indexOf('/')) : 'house')

/** `server/engine/loop.ts` is in `server/engine`. */
export const isWithin = (path: string, folder: string): boolean => path.startsWith(`${folder}/`)

const parsed = new WeakMap<SourceFile, Code>()

/** The syntax of a file; parsed once however many rules ask. */
export const codeOf = (file: SourceFile): Code => {
  const known = parsed.get(file)
  if (known !== undefined) return known
  const { program, comments, errors } = parseSync(file.path, file.text)
  const starts = lineStarts(file.text)
  const code: Code = {
    program: program as unknown as SyntaxNode, // the parser's own types name every node; rules look at a few
    comments,
    errors: errors.map((error) => error.message),
    lineOf: (offset) => countUpTo(starts, offset),
  }
  parsed.set(file, code)
  return code
}

const lineStarts = (text: string): readonly number[] => {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}

const countUpTo = (sorted: readonly number[], limit: number): number => {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) <= limit) low = middle + 1
    else high = middle
  }
  return low
}

export const isNode = (value: unknown): value is SyntaxNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

export const nodesIn = (value: unknown): readonly SyntaxNode[] =>
  Array.isArray(value) ? value.filter(isNode) : isNode(value) ? [value] : []

/** Every node below and including `node`, outermost first, with the node that holds it and under which name. */
export function* walk(
  node: SyntaxNode,
  held: { readonly by: SyntaxNode | null; readonly as: string } = { by: null, as: '' },
): Generator<{ readonly node: SyntaxNode; readonly parent: SyntaxNode | null; readonly role: string }> {
  yield { node, parent: held.by, role: held.as }
  for (const [role, value] of Object.entries(node)) {
    for (const child of nodesIn(value)) yield* walk(child, { by: node, as: role })
  }
}

/** The name of an identifier, or the text of a literal; null for anything else. */
export const nameOf = (value: unknown): string | null => {
  if (!isNode(value)) return null
  if (value.type === 'Identifier' || value.type === 'JSXIdentifier') return String(value['name'])
  return value.type === 'Literal' && typeof value['value'] === 'string' ? value['value'] : null
}

/** What `look` finds in every file of code that `where` takes; a file that does not parse is the one thing that is said of it. */
export const inCode =
  (where: (path: string) => boolean, look: (file: SourceFile, code: Code) => readonly Violation[]): Rule =>
  (files) =>
    files
      .filter((file) => isCode(file.path) && where(file.path))
      .flatMap((file) => {
        const code = codeOf(file)
        const [broken] = code.errors
        return broken === undefined
          ? look(file, code)
          : [{ path: file.path, what: `does not parse: ${broken}`, why: 'no rule can be checked on it' }]
      })
