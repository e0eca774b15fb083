// Times and counts as recordings write them. Strict: what is not there is never taken for zero.
import type { Instant } from '@humdrum/core/time.ts'
import { quoted } from '../config/problem.ts'
import { refused } from './columns.ts'

/** 9007199254740992: above it whole numbers are no longer told apart. */
const mostCount = Number.MAX_SAFE_INTEGER
const leaveOut = 'no data is not zero: leave the whole tick out'

/** A count, also with decimals: Prometheus' `increase()` has them. */
export const readCount = (written: unknown, place: string, name: string): number => {
  const text = String(written ?? '').trim()
  const value = /^\d+(\.\d*)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  if (value <= mostCount) return value
  if (text === '') throw refused(place, `${name} is empty`, leaveOut)
  if (/^[+-]?nan$/i.test(text)) throw refused(place, `${name} is not a number (${text})`, leaveOut)
  if (/^-\d/.test(text)) throw refused(place, `${name} is negative: ${quoted(text)}`, 'a count is 0 or more')
  if (value > mostCount) throw refused(place, `${name} is too large to be counted exactly: ${quoted(text)}`)
  throw refused(
    place,
    `${name} must be a number, not ${quoted(text)}`,
    'such as 1204, without a unit and without separators',
  )
}

/** Years 1970 to 5138 as seconds; a larger number is of milliseconds. */
const mostSeconds = 1e11
const mostMs = 1e14
const isoForm = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(Z|[+-]\d\d:?\d\d)?$/i

/** ISO 8601, without a zone in UTC; or seconds or milliseconds since 1970. */
export const readInstant = (written: unknown, place: string): Instant => {
  const text = String(written ?? '').trim()
  const since = /^\d+(\.\d+)?(e\+?\d+)?$/i.test(text) ? Number(text) : null
  if (since !== null && since < mostMs) return Math.round(since < mostSeconds ? since * 1_000 : since) as Instant
  const [, day, clock, zone = 'Z'] = isoForm.exec(text) ?? []
  const at = Date.parse(`${day}T${clock}${zone.toUpperCase()}`)
  if (Number.isFinite(at)) return at as Instant
  if (text === '') throw refused(place, 'the time is empty')
  const forms = 'write 2026-11-25T14:03:12Z, or seconds or milliseconds since 1970'
  throw refused(place, `${quoted(text)} is no time`, forms)
}
