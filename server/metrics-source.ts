// From what a plan says of a source to the source itself: its adapter, and the variables of this server that it may name.
import { referencedVariables, resolveReferences } from '@humdrum/core/delivery/env-reference.ts'
import type { MetricsSource, SourceSpec } from '@humdrum/core/ports.ts'
import { createPrometheusSource } from '@humdrum/providers/metrics/prometheus/prometheus-source.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** A source that answers later than this does not answer. */
const timeoutMs = 5_000

/** `prometheus` is the only kind that a file can name. */
export const metricsSource = ({ url, token }: SourceSpec, variables: Variables): MetricsSource => {
  const resolved = token === null ? null : resolveReferences(token, (name) => variables[name])
  if (resolved === null) return createPrometheusSource({ url, token: null, timeoutMs })
  return resolved.ok
    ? createPrometheusSource({ url, token: resolved.value, timeoutMs })
    : silentSource(`the variable ${resolved.missing} of the server is not set`)
}

/** Variables that the token names and that this server does not have. */
export const missingForSource = ({ token }: SourceSpec, variables: Variables): readonly string[] =>
  token === null ? [] : referencedVariables(token).filter((name) => variables[name] === undefined)

/** Answers everything with why it does not. */
export const silentSource = (reason: string): MetricsSource => ({
  read: async () => ({ kind: 'error', reason }),
  check: async () => ({ kind: 'unreachable', reason }),
})
