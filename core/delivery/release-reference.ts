// Queries of a metrics source in which `{{release}}` stands for the release that is asked about: whether one can tell two
// releases apart, and what it says for one of them. Pure. Reads PromQL as far as quotes and brackets go; what else it
// means is for the source to say.
import type { Version } from '../ids.ts'

/** What is wrong with a query, as a predicate (`has no …`), and what to write instead. */
export type QueryFlaw = { readonly says: string; readonly hint: string }

/** How a label is compared: equal, unequal, and the two by a regular expression. */
export type Comparison = '=' | '!=' | '=~' | '!~'

/** One comparison of a selector; its value as it is written, quotes included. */
export type Matcher = { readonly label: string; readonly comparison: Comparison; readonly written: string }

type Quoted = {
  /** Of the opening quote, and behind the closing one. */
  readonly from: number
  readonly to: number
  /** Null outside of `{}`: the text is no value of a label that is compared. */
  readonly matcher: { readonly label: string; readonly comparison: Comparison; readonly from: number } | null
}

type Scan = { readonly strings: readonly Quoted[] } | { readonly flaw: QueryFlaw }

const example = 'such as http_requests_total{version="{{release}}"}'
const closing: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']' }
const reference = /\{\{\s*release\s*\}\}/g
const anyReference = /\{\{([^{}]*)\}\}/g
const comparing = /([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*$/

const scan = (query: string): Scan => {
  const strings: Quoted[] = []
  const open: string[] = []
  for (let at = 0; at < query.length; at += 1) {
    const character = query[at] ?? ''
    if (character === '#') at = lineEnd(query, at)
    else if (`"'\``.includes(character)) {
      const to = stringEnd(query, at)
      if (to === null) return flaw(`has a ${character} that is not closed`, 'close it')
      strings.push({ from: at, to, matcher: open.at(-1) === '}' ? matcherBefore(query, at) : null })
      at = to - 1
    } else if (closing[character] !== undefined) open.push(closing[character])
    else if (')]}'.includes(character) && open.pop() !== character)
      return flaw(`has a ${character} that closes nothing`, 'open and close brackets in pairs')
  }
  const [missing] = open
  return missing === undefined ? { strings } : flaw(`lacks a ${missing}`, 'open and close brackets in pairs')
}

const flaw = (says: string, hint: string): { readonly flaw: QueryFlaw } => ({ flaw: { says, hint } })

const lineEnd = (text: string, from: number): number => {
  const end = text.indexOf('\n', from)
  return end === -1 ? text.length : end
}

/** Behind the closing quote; null where there is none. Within backticks a backslash is one. */
const stringEnd = (text: string, from: number): number | null => {
  const quote = text[from]
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === quote) return at + 1
    if (text[at] === '\\' && quote !== '`') at += 1
  }
  return null
}

const matcherBefore = (query: string, at: number): Quoted['matcher'] => {
  const found = comparing.exec(query.slice(0, at))
  if (found === null) return null
  const [, label = '', comparison] = found
  return { label, comparison: comparison as Comparison, from: found.index }
}

/** Why a query cannot be asked about one release; null when it can. Any expression. */
export const queryFlaw = (query: string): QueryFlaw | null => {
  const scanned = scan(query)
  if ('flaw' in scanned) return scanned.flaw
  const texts = scanned.strings.map(({ from, to }) => query.slice(from + 1, to - 1))
  const unknown = texts.flatMap((text) => [...text.matchAll(anyReference)]).find(([whole]) => !isReference(whole))
  if (unknown !== undefined)
    return { says: `has an unknown name ${unknown[0]}`, hint: 'did you mean {{release}}? it is the only one' }
  if (texts.some((text) => text.replaceAll(anyReference, '').includes('{{')) || outside(query, scanned).includes('{{'))
    return {
      says: 'has a {{ in a place where no release can stand',
      hint: `write it as the value of a label, ${example}`,
    }
  return scanned.strings.some((quoted) => selects(query, quoted))
    ? null
    : {
        says: 'names no {{release}} as the value of a label, so it could not tell the candidate from stable',
        hint: `write the label that holds the version, ${example}`,
      }
}

const isReference = (text: string): boolean => /^\{\{\s*release\s*\}\}$/.test(text)

/** What selects all but one release tells nothing of that one. */
const selects = (query: string, { from, to, matcher }: Quoted): boolean =>
  (matcher?.comparison === '=' || matcher?.comparison === '=~') && query.slice(from, to).search(reference) !== -1

/** The query with everything in quotes taken out. */
const outside = (query: string, { strings }: { readonly strings: readonly Quoted[] }): string =>
  strings.reduceRight((text, { from, to }) => text.slice(0, from) + text.slice(to), query)

const selectorForm = /^\s*[a-zA-Z_:][a-zA-Z0-9_:]*\s*\{[^{}]*\}\s*$|^\s*\{[^{}]*\}\s*$/

/** Why it is no selector of one release's counters: as `queryFlaw`, and an expression over them is none. */
export const selectorFlaw = (selector: string): QueryFlaw | null => {
  const found = queryFlaw(selector)
  if (found !== null) return found
  const scanned = scan(selector)
  const isPlain = !('flaw' in scanned) && selectorForm.test(outside(selector, scanned))
  return isPlain
    ? null
    : {
        says: 'is an expression, and must be a selector: counters are read as they stand',
        hint: `leave out functions, ranges, offsets and operators, ${example}`,
      }
}

/** What a query without a flaw says for one release: a version is plain text in it, also within a regular expression. */
export const queryOf = (query: string, release: Version): string =>
  replaceStrings(query, ({ from, to, matcher }) =>
    query
      .slice(from, to)
      .replace(reference, () =>
        written(release, { isPattern: matcher?.comparison.endsWith('~') === true, quote: query[from] }),
      ),
  )

const replaceStrings = (query: string, by: (quoted: Quoted) => string): string => {
  const scanned = scan(query)
  if ('flaw' in scanned) throw new Error(`a query that ${scanned.flaw.says} was not refused: ${query}`)
  return scanned.strings.reduceRight(
    (text, quoted) => text.slice(0, quoted.from) + by(quoted) + text.slice(quoted.to),
    query,
  )
}

/** The selector for every release that has the label at all. */
export const anyReleaseOf = (selector: string): string => {
  const scanned = scan(selector)
  const strings = 'flaw' in scanned ? [] : scanned.strings
  return strings
    .filter(({ from, to }) => selector.slice(from, to).search(reference) !== -1)
    .reduceRight(
      (text, { to, matcher }) =>
        matcher === null ? text : `${text.slice(0, matcher.from)}${matcher.label}=~".+"${text.slice(to)}`,
      selector,
    )
}

type Place = { readonly isPattern: boolean; readonly quote: string | undefined }

/** Within backticks nothing can be escaped, and nothing has to be: no version has a backtick. */
const written = (release: string, { isPattern, quote }: Place): string => {
  const plain = isPattern ? release.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&') : release
  return quote === '`' ? plain : plain.replaceAll(/[\\"']/g, '\\$&')
}

/** The selectors of a query that name `{{release}}`, as they are written in it. */
export const selectorsIn = (query: string): readonly string[] => {
  const scanned = scan(query)
  if ('flaw' in scanned) return []
  // Of one length with the query, so that places in one are places in the other.
  const bare = scanned.strings.reduce(
    (text, { from, to }) => text.slice(0, from) + '_'.repeat(to - from) + text.slice(to),
    query,
  )
  return [...bare.matchAll(/([a-zA-Z_:][a-zA-Z0-9_:]*\s*)?\{[^{}]*\}/g)]
    .map(({ index, 0: { length } }) => query.slice(index, index + length))
    .filter((selector) => selectorFlaw(selector) === null)
}

/** A selector in parts: the name before its braces (empty without one) and its comparisons. */
export const partsOf = (selector: string): { readonly name: string; readonly matchers: readonly Matcher[] } => {
  const scanned = scan(selector)
  const strings = 'flaw' in scanned ? [] : scanned.strings
  return {
    name: selector.slice(0, selector.indexOf('{')).trim(),
    matchers: strings.flatMap(({ from, to, matcher }) =>
      matcher === null
        ? []
        : [{ label: matcher.label, comparison: matcher.comparison, written: selector.slice(from, to) }],
    ),
  }
}
