// What the users saw, counted: of all requests, and by the release that answered. Pure but for the counts themselves.
import type { Outcome } from './visit.ts'

export type Seen = { readonly answers: number; readonly errors: number }

export type Tally = {
  readonly take: (outcome: Outcome) => void
  readonly requests: () => number
  /** Answers with 5xx, whoever gave them. */
  readonly errors: () => number
  /** No answer, or not the whole of one. */
  readonly dropped: () => number
  /** Answers that the users did not ask for and that are no 5xx: a 404 where the shop has a page. */
  readonly odd: () => number
  /** The first that was dropped or odd, in words. */
  readonly example: () => string | null
  readonly of: (release: string) => Seen
}

export const createTally = (): Tally => {
  const counts = { requests: 0, errors: 0, dropped: 0, odd: 0 }
  const releases = new Map<string, { answers: number; errors: number }>()
  let example: string | null = null
  return {
    take: ({ status, release, dropped, kind }) => {
      const isError = status !== null && status >= 500
      const isOdd = dropped === null && !isError && (status === null || status < 200 || status >= 300)
      counts.requests += 1
      if (isError) counts.errors += 1
      if (isOdd) counts.odd += 1
      if (dropped !== null) counts.dropped += 1
      if (dropped !== null || isOdd)
        example ??= `a ${kind} ${dropped === null ? `got ${status}` : `failed: ${dropped}`}`
      if (release === null) return
      const seen = releases.get(release) ?? { answers: 0, errors: 0 }
      releases.set(release, seen)
      seen.answers += 1
      if (isError) seen.errors += 1
    },
    requests: () => counts.requests,
    errors: () => counts.errors,
    dropped: () => counts.dropped,
    odd: () => counts.odd,
    example: () => example,
    of: (release) => ({ ...(releases.get(release) ?? { answers: 0, errors: 0 }) }),
  }
}
