// Whether the metrics of a deploy can be read from their source, asked before anything runs. What can never be measured is refused;
// a source that does not answer now refuses a deploy only where full exposure waits for what it tells.
import type { EnvironmentConfig } from '@humdrum/contract/config/app-config.ts'
import type { Metric, SourceMetric } from '@humdrum/core/analysis/metric.ts'
import { isOfEdge, needsSource } from '@humdrum/core/analysis/metric.ts'
import type { Result } from '@humdrum/core/errors.ts'
import { failed, ok } from '@humdrum/core/errors.ts'
import type { Version } from '@humdrum/core/ids.ts'
import type { SourceCheck, SourceSpec } from '@humdrum/core/ports.ts'
import type { Instant } from '@humdrum/core/time.ts'
import type { DeliveryParts } from './parts.ts'

/** What is not as it should be, and keeps nothing from beginning. */
type Warnings = readonly string[]

export type Measurable = {
  readonly metrics: readonly Metric[]
  readonly source: SourceSpec | null
  /** The release that serves now; null before the first one, with which nothing is compared. */
  readonly stable: Version | null
}

export const measurableOf = ({ rollout, metrics: source }: EnvironmentConfig, stable: Version | null): Measurable => ({
  metrics: rollout.analysis.metrics,
  source,
  stable,
})

/** Fails with HD4103 (a variable that the token names), HD4110 (never to be measured) or HD4111 (no answer now). */
export const checkMeasurable = async (parts: DeliveryParts, asked: Measurable): Promise<Result<Warnings>> => {
  const { metrics, source, stable } = asked
  const own = metrics.filter((metric): metric is SourceMetric => !isOfEdge(metric) && needsSource(metric))
  if (source === null || own.length === 0) return ok([])
  const missing = parts.missingForSource(source)
  if (missing.length > 0) return failed('HD4103', `${missing.join(', ')}, named in metrics.token`)
  if (stable === null) return ok([])
  const checks = await Promise.all(own.map((metric) => checkOne(parts, { metric, source, stable })))
  const warnings: string[] = []
  for (const { metric, check } of checks) {
    if (check.kind === 'fine') continue
    const words = `${metric.name}: ${check.reason}`
    if (check.kind === 'refused') return failed('HD4110', words)
    if (check.kind === 'unreachable' && metric.required) return failed('HD4111', `${words}; full exposure waits for it`)
    warnings.push(check.kind === 'empty' ? `${words}; ${stable} has nothing to compare with` : words)
  }
  return ok(warnings)
}

type One = { readonly metric: SourceMetric; readonly source: SourceSpec; readonly stable: Version }

const checkOne = async (
  { sourceOf, now }: DeliveryParts,
  { metric, source, stable }: One,
): Promise<{ readonly metric: SourceMetric; readonly check: SourceCheck }> => {
  const { measure } = metric
  if (measure.kind === 'restarts') return { metric, check: { kind: 'fine' } }
  const to = (now() - source.intervalMs) as Instant
  const window = { from: (to - source.intervalMs) as Instant, to }
  return { metric, check: await sourceOf(source).check({ measure, release: stable, ...window }) }
}
