// YAML text → a plain value, and where each part of it stands in the text. It knows YAML and nothing of humdrum.yaml.
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
} from 'yaml'
import { quoted } from './problem.ts'
import { yamlSentence } from './yaml-words.ts'

/** Something wrong at an offset of the text. */
export type Flaw = { readonly offset: number; readonly message: string; readonly hint?: string }

type Path = readonly PropertyKey[]

export type Source = {
  /** Line and column, from 1, as `14:3`. */
  readonly position: (offset: number) => string
}

export type YamlFile = Source & {
  readonly value: unknown
  /** Offset of a value; where it does not exist, of the innermost mapping or list that does. An empty value: its key. */
  readonly offsetOf: (path: Path) => number
  /** Offset of the key at the end of the path. */
  readonly offsetOfKey: (path: Path) => number
}

export type Reading =
  | ({ readonly ok: true } & YamlFile)
  | ({ readonly ok: false; readonly flaws: readonly Flaw[] } & Source)

/** Long enough for any real file, short enough that nothing here takes noticeable time. */
const longestCharacters = 256 * 1_024
const mostAliases = 100

/** Reads one document. Never throws, whatever the text is. */
export const readYaml = (given: string): Reading => {
  const text = given.startsWith('\uFEFF') ? given.slice(1) : given
  const lines = new LineCounter()
  const position = (offset: number): string => {
    const { line, col } = lines.linePos(Math.max(0, Math.min(offset, text.length)))
    return `${Math.max(1, line)}:${Math.max(1, col)}`
  }
  const refused = (flaws: readonly Flaw[]): Reading => ({ ok: false, flaws, position })
  if (text.length > longestCharacters) {
    return refused([
      { offset: 0, message: `the file is larger than ${longestCharacters / 1_024} KiB`, hint: 'is it the right file?' },
    ])
  }
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      stringKeys: true,
      // The parser compares every pair of keys; `keyFlaws` looks each up once.
      uniqueKeys: false,
      resolveKnownTags: false,
      schema: 'core',
    })
    const flaws = [...syntaxFlaws(document, text, lines), ...keyFlaws(document, lines), ...aliasFlaws(document)]
    if (flaws.length > 0) return refused(flaws)
    const unfolded = unfold(document)
    if (unfolded === null) return refused([{ offset: 0, message: 'the aliases multiply to more than can be read' }])
    return { ok: true, value: unfolded.value, position, ...placesIn(document) }
  } catch (cause) {
    // Too deep for the stack; anything else is a bug.
    if (cause instanceof RangeError) return refused([{ offset: 0, message: 'the nesting is too deep to be read' }])
    throw cause
  }
}

/** Null when aliases of aliases would become more than the parser is willing to write out. */
const unfold = (document: Document.Parsed): { readonly value: unknown } | null => {
  try {
    return { value: document.toJS({ maxAliasCount: mostAliases }) }
  } catch (cause) {
    // The parser's way to say so; an alias without an anchor was found before.
    if (cause instanceof ReferenceError) return null
    throw cause
  }
}

/** The first of every line: what follows on the same line is nearly always its consequence. */
const syntaxFlaws = (document: Document.Parsed, text: string, lines: LineCounter): readonly Flaw[] => {
  const firsts = new Map<number, YAMLError>()
  for (const error of [...document.errors, ...document.warnings]) {
    const { line } = lines.linePos(error.pos[0])
    const said = firsts.get(line)
    if (said === undefined || error.pos[0] < said.pos[0]) firsts.set(line, error)
  }
  return [...firsts.values()].map((error) => {
    const { says, hint } = yamlSentence(error, text)
    return { offset: error.pos[0], message: says, ...(hint === undefined ? {} : { hint }) }
  })
}

const keyText = (pair: Pair): string | null =>
  isScalar(pair.key) && typeof pair.key.value === 'string' ? pair.key.value : null

const startOf = (node: unknown): number | null =>
  isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? null) : null

const keyFlaws = (document: Document.Parsed, lines: LineCounter): readonly Flaw[] => {
  const flaws: Flaw[] = []
  visit(document, {
    Map: (_key, map) => {
      const seen = new Map<string, number>()
      for (const pair of map.items) {
        const key = keyText(pair)
        if (key === null) continue
        const offset = startOf(pair.key) ?? 0
        const before = seen.get(key)
        if (before === undefined) seen.set(key, offset)
        else
          flaws.push({
            offset,
            message: `the key ${quoted(key)} is there twice`,
            hint: `line ${lines.linePos(before).line} has it already`,
          })
        // In a value it would be no key but the prototype, and be lost without a word.
        if (key === '__proto__') flaws.push({ offset, message: 'the key "__proto__" cannot be used' })
      }
    },
  })
  return flaws
}

const aliasFlaws = (document: Document.Parsed): readonly Flaw[] => {
  const aliases: Alias[] = []
  visit(document, { Alias: (_key, alias) => void aliases.push(alias) })
  const over = aliases[mostAliases]
  if (over !== undefined) return [{ offset: startOf(over) ?? 0, message: `more than ${mostAliases} aliases` }]
  return aliases.flatMap((alias) => {
    const offset = startOf(alias) ?? 0
    const source = alias.resolve(document)
    const name = quoted(`*${alias.source}`)
    if (source === undefined)
      return [
        {
          offset,
          message: `the alias ${name} has no anchor before it`,
          hint: 'put the value in quotes if * belongs to it',
        },
      ]
    return (source.range?.[1] ?? 0) > offset ? [{ offset, message: `the alias ${name} is inside its own anchor` }] : []
  })
}

type Child = { readonly key: unknown; readonly value: unknown }

/** Finds the key and the value under one segment of a path; each mapping is indexed once. */
const childFinder = (): ((parent: unknown, segment: PropertyKey) => Child | undefined) => {
  const indexes = new Map<unknown, ReadonlyMap<string | null, Child>>()
  return (parent, segment) => {
    if (isMap(parent)) {
      const index = indexes.get(parent) ?? new Map(parent.items.map((pair) => [keyText(pair), pair]))
      indexes.set(parent, index)
      return index.get(String(segment))
    }
    const entry = isSeq(parent) ? parent.items[Number(segment)] : undefined
    return entry === undefined ? undefined : { key: entry, value: entry }
  }
}

const isEmpty = (node: unknown): boolean => node === null || (isScalar(node) && node.value === null && !node.source)

const placesIn = (document: Document.Parsed): Pick<YamlFile, 'offsetOf' | 'offsetOfKey'> => {
  const childOf = childFinder()
  const walk = (path: Path): { readonly key: number; readonly value: number } => {
    let node: unknown = document.contents
    let place = { key: startOf(node) ?? 0, value: startOf(node) ?? 0 }
    for (const segment of path) {
      const parent = isAlias(node) ? node.resolve(document) : node
      const child = childOf(parent, segment)
      if (child === undefined) return { key: place.value, value: place.value }
      const key = startOf(child.key) ?? place.value
      place = { key, value: isEmpty(child.value) ? key : (startOf(child.value) ?? key) }
      node = child.value
    }
    return place
  }
  return { offsetOf: (path) => walk(path).value, offsetOfKey: (path) => walk(path).key }
}
