// Names with a brand, so that an app is never passed where a release is wanted. Parsing and its limits live in contract/.

/** An app: lower-case letters, digits and dashes, at most 40. */
export type AppName = string & { readonly of: 'app' }
/** An environment of an app, with the same letters as an app. */
export type EnvironmentName = string & { readonly of: 'environment' }
/** The name of a release within its app (`v3`, a git revision). Once set it never means other bytes. */
export type Version = string & { readonly of: 'version' }
/** `sha256:` and 64 lower-case hexadecimal digits, of an artifact's normalised tar. */
export type Digest = string & { readonly of: 'digest' }
/** Counts up from 1 over all apps of a server; written `r-42`. A larger one is newer. */
export type RolloutId = number & { readonly of: 'rollout' }

/** Where a release is exposed. */
export type Scope = { readonly app: AppName; readonly environment: EnvironmentName }

/** `r-42`. */
export const rolloutName = (id: RolloutId): string => `r-${id}`

/** `shop/production`: one word for a scope, used as a key. */
export const scopeKey = (scope: Scope): string => `${scope.app}/${scope.environment}`

/** Enough of a digest for people and for `humdrum lift`: `3f9a1c0e2b4d`. */
export const shortDigest = (digest: string): string => digest.slice('sha256:'.length, 'sha256:'.length + 12)

/** Counts up from 1 over all observations of a server; written `o-3`. */
export type ObservationId = number & { readonly of: 'observation' }

/** `o-3`. */
export const observationName = (id: ObservationId): string => `o-${id}`
