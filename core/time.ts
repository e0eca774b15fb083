// Units that people write with their unit: durations and shares. Instants come from outside; nothing here reads a clock.

/** Milliseconds since the epoch, by the wall clock. */
export type Instant = number & { readonly unit: 'ms since epoch' }
/** A share of all traffic: 10_000 is 1 %. Integer, 0 to 1_000_000. */
export type PartsPerMillion = number & { readonly unit: 'ppm' }

export const ppm = (value: number): PartsPerMillion => value as PartsPerMillion
export const everything = ppm(1_000_000)
export const nothing = ppm(0)

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `30s`, `2m`, `1h`, `250ms`, `1d`; null when it is not a duration with a unit. */
export const parseDurationMs = (text: string): number | null => {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text)
  const unit = unitMs[match?.[2] ?? '']
  return match === null || unit === undefined ? null : Math.round(Number(match[1]) * unit)
}

/** Parts per million of `25%` or `0.1%` (to four decimals, 0 to 100); null when it is not a percentage. */
export const parsePercentPpm = (text: string): PartsPerMillion | null => {
  const match = /^(\d{1,3}(?:\.\d{1,4})?)\s?%$/.exec(text)
  const share = Math.round(Number(match?.[1] ?? Number.NaN) * 10_000)
  return match !== null && share <= everything ? ppm(share) : null
}

/** `10 %`, `0.1 %`: a share as people read it. */
export const formatPercent = (share: PartsPerMillion): string => `${Number((share / 10_000).toFixed(4))} %`

/** `350 ms`, `2.1 s`, `2:04`, `1:02:03`: a duration as people read it. */
export const formatDuration = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${Number((ms / 1_000).toFixed(1))} s`
  return formatClock(ms)
}

/** `0:12`, `2:04`, `1:02:03`: a duration that is looked at while it passes, always in the same columns. */
export const formatClock = (ms: number): string => {
  const total = Math.round(ms / 1_000)
  const pad = (value: number): string => String(value).padStart(2, '0')
  const [hours, minutes, seconds] = [Math.floor(total / 3_600), Math.floor(total / 60) % 60, total % 60]
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`
}
