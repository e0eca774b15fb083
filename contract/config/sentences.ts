// What a person is told about an issue that the schema found: predicates that follow the name of the place, such as
// `must be text, not a number`. A second line is the hint. It knows nothing of files and positions.
import type { z } from 'zod'
import { nearest } from './nearest.ts'
import { quoted, shown } from './problem.ts'

type Issue = z.core.$ZodRawIssue
export type Sentence = { readonly says: string; readonly hint?: string }

/** Sentences travel through zod as its messages: the hint on a second line, several sentences with an empty line between. */
export const asMessage = (says: string, hint?: string): string => (hint === undefined ? says : `${says}\n${hint}`)

export const fromMessage = (message: string): readonly Sentence[] =>
  message.split('\n\n').map((part) => {
    const [says = '', hint] = part.split('\n')
    return hint === undefined ? { says } : { says, hint }
  })

/** What to write instead of a word that is none of the words known here. */
export const suggest = (word: string, known: readonly string[], where: string): string => {
  const close = nearest(word, known)
  const list = `(${where}: ${known.join(', ')})`
  return close === null ? list.slice(1, -1) : `did you mean ${quoted(close)}?  ${list}`
}

/** To look for the nearest of thousands of keys takes long and helps nobody. */
const mostSuggestions = 50

/** One sentence per key, in the order of `keys`. */
export const unknownKeys = (keys: readonly string[], known: readonly string[]): string =>
  keys
    .map((key, index) => {
      if (key === '<<') return asMessage('unknown key "<<"', 'merge keys are not part of YAML 1.2; write the keys out')
      return asMessage(
        `unknown key ${quoted(key)}`,
        index < mostSuggestions ? suggest(key, known, 'valid here') : undefined,
      )
    })
    .join('\n\n')

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping (key: value)',
  record: 'a mapping (key: value)',
}

const wrongType = (issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidType>): string => {
  const { input } = issue
  if (input === undefined) return 'is missing'
  if (input === null) return 'is empty'
  const wanted = kinds[issue.expected] ?? issue.expected
  if (issue.expected === 'string' && (typeof input === 'number' || typeof input === 'boolean')) {
    return asMessage(`must be text, not ${shown(input)}`, 'put it in quotes')
  }
  return `must be ${wanted}, not ${shown(input)}`
}

const wrongValue = (issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidValue>): string => {
  if (issue.input === undefined) return 'is missing'
  const words = issue.values.map(String)
  const says = `must be ${oneOf(words)}, not ${shown(issue.input)}`
  const close = typeof issue.input === 'string' ? nearest(issue.input, words) : null
  return asMessage(says, close === null ? undefined : `did you mean ${close}?`)
}

/** `a`, `a or b`, `a, b or c`. */
const oneOf = (words: readonly string[]): string =>
  [words.slice(0, -1).join(', '), ...words.slice(-1)].filter((part) => part !== '').join(' or ')

const wrongSize = (issue: z.core.$ZodRawIssue<z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall>): string => {
  const limit = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`
  if (issue.origin === 'array') return `must have ${limit} ${limit.endsWith(' 1') ? 'entry' : 'entries'}`
  if (issue.origin !== 'string') return `must be ${limit}, not ${shown(issue.input)}`
  return issue.input === '' ? 'is empty' : `must have ${limit} characters`
}

/** The sentence for an issue whose schema brought none of its own; given to zod as its error map. */
export const sentenceFor = (issue: Issue): string => {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue)
    case 'invalid_value':
      return wrongValue(issue)
    case 'too_big':
    case 'too_small':
      return wrongSize(issue)
    default:
      return `is not valid: ${shown(issue.input)}`
  }
}
