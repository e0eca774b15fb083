// One thing that is wrong in a file, and how it is shown. Text of the file is quoted so that it cannot move a cursor.
import type { FaultCode } from '@humdrum/core/errors.ts'

export type Problem = {
  /** `humdrum.yaml:14:3`: file, line and column, both from 1. */
  readonly place: string
  /** What is wrong, one line, without the place. */
  readonly message: string
  /** What to write instead, one line. */
  readonly hint?: string
  readonly code: FaultCode
}

/**
 * A problem as a terminal shows it:
 *
 *     humdrum.yaml:14:3  unknown environment "prod"  [HD2104]
 *       did you mean "production"?  (this file has: staging, production)
 */
export const renderProblem = (problem: Problem): string => {
  const first = `${problem.place}  ${problem.message}  [${problem.code}]`
  return problem.hint === undefined ? first : `${first}\n  ${problem.hint}`
}

/** Text from outside with everything that a terminal would obey or hide written as an escape. */
export const visible = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const point = (character.codePointAt(0) ?? 0).toString(16)
    return point.length > 4 ? `\\u{${point}}` : `\\u${point.padStart(4, '0')}`
  })

/** Text from outside as one word in quotes, cut to a length that can be read. */
export const quoted = (text: string): string =>
  visible(JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text))

/** A number, a word or the kind of a thing, for a sentence like `not 30`. */
export const shown = (value: unknown): string => {
  if (typeof value === 'string') return quoted(value)
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'a mapping' : String(value)
}
