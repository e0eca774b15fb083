// Durations and shares as humdrum.yaml writes them, with their unit: `30s`, `1%`. A number without one is refused with
// what was probably meant.
import { parseDurationMs, parsePercentPpm, ppm } from '@humdrum/core/time.ts'
import { z } from 'zod'
import { shown } from './problem.ts'
import { asMessage } from './sentences.ts'

/** Below the longest timer that Node has (24.8 days). */
const longestMs = 14 * 86_400_000
const durationForm = /^\d{1,9}(\.\d{1,3})?(ms|s|m|h|d)$/
const shareForm = /^\d{1,3}(\.\d{1,4})?\s?%$/

const otherUnits: Readonly<Record<string, string>> = {
  '': 's',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  min: 'm',
  mins: 'm',
  minute: 'm',
  minutes: 'm',
  hr: 'h',
  hrs: 'h',
  hour: 'h',
  hours: 'h',
  day: 'd',
  days: 'd',
  msec: 'ms',
  millis: 'ms',
  milliseconds: 'ms',
}

/** What somebody meant who wrote a duration in another form; null where it cannot be guessed. */
const meantDuration = (input: unknown): string | null => {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)\s*([a-z]*)$/i.exec(String(input).trim())
  const unit = match?.[2]?.toLowerCase() ?? ''
  const written = `${match?.[1]}${otherUnits[unit] ?? unit}`
  return parseDurationMs(written) === null ? null : written
}

const meantShare = (input: unknown): string | null => {
  const match = /^(\d{1,3}(?:\.\d{1,4})?)\s*(%|percent|pct)?$/i.exec(String(input).trim())
  const written = `${match?.[1]}%`
  return parsePercentPpm(written) === null ? null : written
}

type Unit = { readonly what: string; readonly examples: string; readonly meant: (input: unknown) => string | null }
const duration: Unit = { what: 'a duration with its unit', examples: '250ms, 30s, 2m, 1h or 1d', meant: meantDuration }
const percentage: Unit = { what: 'a percentage with its sign', examples: '1%, 2.5% or 0.1%', meant: meantShare }

const wrongUnit = (unit: Unit) => (issue: { readonly input?: unknown }) => {
  const { input } = issue
  if (input === undefined) return asMessage('is missing', `such as ${unit.examples}`)
  if (input === null) return asMessage('is empty', `write ${unit.examples}`)
  const meant = typeof input === 'number' || typeof input === 'string' ? unit.meant(input) : null
  // 0.01 may be a fraction or a percentage; only the writer knows.
  const fraction = unit === percentage && typeof input === 'number' && input > 0 && input < 1
  const other = fraction ? ` or ${Number((input * 100).toFixed(4))}%, whichever you mean` : ''
  return asMessage(
    `must be ${unit.what}, not ${shown(input)}`,
    `write ${meant === null ? unit.examples : meant + other}`,
  )
}

/** The sentence about something that should have been a duration. */
export const durationSentence = wrongUnit(duration)

/** A duration, read as milliseconds. `leastMs` 1 refuses `0s`. */
export const durationMs = (leastMs: 0 | 1, mostMs = longestMs) =>
  z
    .string({ error: durationSentence })
    .regex(durationForm, { error: durationSentence })
    .transform((written, context) => {
      const ms = parseDurationMs(written) ?? Number.POSITIVE_INFINITY
      if (ms < leastMs) context.addIssue('must be longer than 0s')
      if (ms > mostMs) context.addIssue(`must be at most ${inLargestUnit(mostMs)}`)
      return ms
    })

const inLargestUnit = (ms: number): string => {
  if (ms % 86_400_000 === 0) return `${ms / 86_400_000}d`
  return ms % 3_600_000 === 0 ? `${ms / 3_600_000}h` : `${ms / 60_000}m`
}

/** A share of the traffic or a probability, read as parts per million. `rule` is the sentence where `allowed` says no. */
export const share = (allowed: (partsPerMillion: number) => boolean, rule: string) =>
  z
    .string({ error: wrongUnit(percentage) })
    .regex(shareForm, { error: wrongUnit(percentage) })
    .transform((written, context) => {
      const value = parsePercentPpm(written)
      if (value === null || !allowed(value)) context.addIssue(asMessage(`${rule}, not ${written}`))
      return value ?? ppm(0)
    })
