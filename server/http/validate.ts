// Requests against the schemas of the route table: what is wrong, as a fault with its place. Says the same sentences as
// the reader of humdrum.yaml. Knows no route.
import { quoted } from '@humdrum/contract/config/problem.ts'
import { fromMessage, sentenceFor } from '@humdrum/contract/config/sentences.ts'
import type { Fault } from '@humdrum/core/errors.ts'
import { FaultError } from '@humdrum/core/errors.ts'
import type { z } from 'zod'

/** Which part of a request: of the body a place is `to`, of the query `?limit`, of the path `:id`. */
export type RequestPart = 'body' | 'query' | 'path'

type Validated = { readonly value: unknown } | { readonly error: Error }

export const validate =
  (schema: z.ZodType, part: RequestPart) =>
  (data: unknown): Validated => {
    const read = schema.safeParse(data, { error: sentenceFor })
    return read.success ? { value: read.data } : { error: new FaultError(faultOf(read.error.issues, part)) }
  }

const faultOf = (issues: readonly z.core.$ZodIssue[], part: RequestPart): Fault => {
  const [first] = issues
  if (first === undefined) throw new Error('the schema refused a request and gave no reason')
  const more = issues.length > 1 ? `, and ${issues.length - 1} more` : ''
  const { path, says } = finding(first)
  const place = placeOf(path, part)
  return { code: 'HD9001', reason: `${place} ${says}${more}`, place }
}

const finding = (issue: z.core.$ZodIssue): { path: readonly PropertyKey[]; says: string } => {
  const [key] = issue.code === 'unrecognized_keys' ? issue.keys : []
  if (key !== undefined) return { path: [...issue.path, key], says: `is unknown here: ${quoted(key)}` }
  return { path: issue.path, says: fromMessage(issue.message)[0]?.says ?? 'is not valid' }
}

const marks = { body: '', query: '?', path: ':' } as const satisfies Record<RequestPart, string>

const placeOf = (path: readonly PropertyKey[], part: RequestPart): string =>
  path.length === 0 ? `the ${part}` : `${marks[part]}${path.map((key) => readable(String(key))).join('.')}`

const readable = (key: string): string => (/^[\w-]{1,60}$/.test(key) ? key : quoted(key))
