// Names that come from outside, parsed into the brands of core/ids.ts. Null means: not such a name; the caller knows
// whether that is wrong usage, a bad request or a mistake in a file.
import type { AppName, Digest, EnvironmentName, ObservationId, RolloutId, Version } from '@humdrum/core/ids.ts'

/** Lower-case letters, digits and dashes, a letter or digit at both ends, at most 40. */
export const scopeNameForm = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/
const versionForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/
const digestForm = /^sha256:[0-9a-f]{64}$/

export const scopeNameRule =
  'must be 1 to 40 lower-case letters, digits and dashes, and neither begin nor end with a dash'

export const parseAppName = (name: string): AppName | null => (scopeNameForm.test(name) ? (name as AppName) : null)

export const parseEnvironmentName = (name: string): EnvironmentName | null =>
  scopeNameForm.test(name) ? (name as EnvironmentName) : null

export const versionRule =
  'must be 1 to 64 letters, digits, dots, dashes and underscores, and begin with a letter or digit'

/** `v3`, a git revision, `1.2.0-rc.1`: 1 to 64 of letters, digits, `.`, `_`, `-`, beginning with a letter or digit. */
export const parseVersion = (name: string): Version | null => (versionForm.test(name) ? (name as Version) : null)

/** `sha256:` and 64 lower-case hexadecimal digits, whole: a shortened one is a question for the store. */
export const parseDigest = (digest: string): Digest | null => (digestForm.test(digest) ? (digest as Digest) : null)

/** `r-42` or `42`; from 1 to what a JSON number carries exactly. */
export const parseRolloutId = (name: string): RolloutId | null => {
  const match = /^(?:r-)?([1-9]\d{0,15})$/.exec(name)
  const id = Number(match?.[1] ?? Number.NaN)
  return Number.isSafeInteger(id) ? (id as RolloutId) : null
}

/** `o-3`. */
export const parseObservationId = (name: string): ObservationId | null => {
  const id = Number(/^o-([1-9]\d{0,15})$/.exec(name)?.[1] ?? Number.NaN)
  return Number.isSafeInteger(id) ? (id as ObservationId) : null
}
