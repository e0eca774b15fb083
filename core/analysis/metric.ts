// What is judged of a candidate, metric by metric: what is measured, what being worse means, and what follows. Fixed with
// the plan of a rollout. Knows no statistics.

/** `errors` and `latency` are named by their kind, others by the user; unique in a plan. */
export type MetricName = string

/** Of a metric that is judged worse: back to stable; a person is called and the weight stays; it is told and nothing follows. */
export type OnFail = 'rollback' | 'pause' | 'observe'

type Common = {
  readonly name: MetricName
  readonly onFail: OnFail
  /** Full exposure waits until it is shown to be within its margin; while it cannot be measured nothing is promoted. */
  readonly required: boolean
  /** Judged, and what would have followed is told; nothing follows. Never required, and it takes no share of alpha. */
  readonly dryRun: boolean
}

export type ErrorsMetric = Common & {
  readonly kind: 'errors'
  /** How much worse a candidate may be and still be promoted, as a ratio and a difference of shares: whichever allows more. */
  readonly margin: { readonly ratio: number; readonly difference: number }
  /** A share of bad requests that is too much whatever was usual before; null for none. */
  readonly ceiling: number | null
}

export type LatencyMetric = Common & {
  readonly kind: 'latency'
  /** Of stable's latency, ascending, each between 0 and 1: 0.99 is the p99. */
  readonly quantiles: readonly number[]
  /** How many times slower a candidate may be at them and still be promoted. */
  readonly margin: number
  /** A quantile that is too slow whatever was usual before; null for none. */
  readonly ceiling: { readonly quantile: number; readonly ms: number } | null
}

/** Judged in the edge, at the requests themselves. */
export type EdgeMetric = ErrorsMetric | LatencyMetric

/**
 * What is asked of a source, or of the target, for one release over a span of time. Selectors and queries name the release
 * by `{{release}}`.
 */
export type Measure =
  /** Restarts of the target's instances; exposure is instance-seconds. */
  | { readonly kind: 'restarts' }
  /** Two counters: hits are some of the total. */
  | { readonly kind: 'share'; readonly hits: string; readonly total: string }
  /** Two counters; each observation lies in [low, high]. */
  | {
      readonly kind: 'mean'
      readonly sum: string
      readonly count: string
      readonly low: number
      readonly high: number
    }
  /** One number at a time, in [low, high]. */
  | { readonly kind: 'value'; readonly query: string; readonly low: number; readonly high: number }
  | { readonly kind: 'histogram'; readonly selector: string; readonly quantiles: readonly number[] }

/** Judged in the server, tick by tick. */
export type SourceMetric = Common & {
  readonly kind: 'restarts' | 'conversion' | 'mean' | 'custom'
  /** Which direction is a regression. */
  readonly worse: 'higher' | 'lower'
  readonly measure: Measure
  /**
   * How much worse a candidate may be and still be promoted: a difference in the measure's own unit; of a histogram and of
   * restarts a factor.
   */
  readonly margin: number
}

export type Metric = EdgeMetric | SourceMetric

export const errorsName = 'errors'
export const latencyName = 'latency'

/** Errors as they are judged where nothing else is said (spec section 8). */
export const usualErrors: ErrorsMetric = {
  ...{ kind: 'errors', name: errorsName, onFail: 'rollback', required: true, dryRun: false },
  ...{ margin: { ratio: 1.5, difference: 0.005 }, ceiling: null },
}

/** Latency likewise. */
export const usualLatency: LatencyMetric = {
  ...{ kind: 'latency', name: latencyName, onFail: 'rollback', required: true, dryRun: false },
  ...{ quantiles: [0.5, 0.9, 0.99, 0.999], margin: 1.2, ceiling: null },
}

export const isOfEdge = (metric: Metric): metric is EdgeMetric => metric.kind === 'errors' || metric.kind === 'latency'

/** Whether a source must be asked for it. */
export const needsSource = (metric: Metric): boolean => !isOfEdge(metric) && metric.measure.kind !== 'restarts'

/** What is asked of a metric of the edge before full exposure. */
export type Within = Pick<ErrorsMetric, 'kind' | 'margin'> | Pick<LatencyMetric, 'kind' | 'margin' | 'quantiles'>

export const withinOf = (metric: EdgeMetric): Within =>
  metric.kind === 'errors'
    ? { kind: 'errors', margin: metric.margin }
    : { kind: 'latency', margin: metric.margin, quantiles: metric.quantiles }

/** Whether something follows when it is judged worse: such metrics share alpha. */
export const acts = ({ onFail, dryRun }: Pick<Metric, 'onFail' | 'dryRun'>): boolean => onFail !== 'observe' && !dryRun

/** Whether the candidate goes back when it is judged worse. */
export const takesBack = ({ onFail, dryRun }: Metric): boolean => onFail === 'rollback' && !dryRun

/** Evidence that decides (Bonferroni, spec section 4): what follows nothing shares alpha with nobody. */
export const limitOf = (metric: Metric, all: readonly Metric[], alpha: number): number =>
  (acts(metric) ? all.filter(acts).length : 1) / alpha
