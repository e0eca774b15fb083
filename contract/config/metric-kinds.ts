// From a metric as humdrum.yaml writes it to what is judged: what each kind asks for, what it is when nothing else is said,
// and every contradiction with what to write instead.
import type { ErrorsMetric, LatencyMetric, Measure, Metric, SourceMetric } from '@humdrum/core/analysis/metric.ts'
import { usualErrors, usualLatency } from '@humdrum/core/analysis/metric.ts'
import type { PartsPerMillion } from '@humdrum/core/time.ts'
import { everything } from '@humdrum/core/time.ts'
import { asMessage } from './sentences.ts'

export const metricKinds = ['errors', 'latency', 'restarts', 'conversion', 'mean', 'custom'] as const
type Kind = (typeof metricKinds)[number]

/** What stands in the file, with its units read. */
export type WrittenMetric = {
  readonly metric: Kind
  readonly name?: string | undefined
  readonly onFail?: Metric['onFail'] | undefined
  readonly required?: boolean | undefined
  readonly dryRun?: boolean | undefined
  readonly worse?: SourceMetric['worse'] | undefined
  readonly margin?: Margin | undefined
  readonly ceiling?: PartsPerMillion | { readonly quantile: number; readonly time: number } | undefined
  readonly quantiles?: readonly number[] | undefined
  readonly hits?: string | undefined
  readonly total?: string | undefined
  readonly sum?: string | undefined
  readonly count?: string | undefined
  readonly query?: string | undefined
  readonly histogram?: string | undefined
  readonly low?: number | undefined
  readonly high?: number | undefined
}

export type Margin =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'share'; readonly value: PartsPerMillion }
  | { readonly kind: 'both'; readonly ratio: number | undefined; readonly difference: PartsPerMillion | undefined }

export type MetricKey = keyof WrittenMetric

/** At which key, and the sentence. */
export type Complaint = { readonly key: MetricKey; readonly message: string }

type Read<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly complaint: Complaint }

const ok = <Value>(value: Value): Read<Value> => ({ ok: true, value })
const wrong = (key: MetricKey, message: string): { readonly ok: false; readonly complaint: Complaint } => ({
  ok: false,
  complaint: { key, message },
})

const common: readonly MetricKey[] = ['metric', 'onFail', 'required', 'dryRun', 'margin']
const measured: readonly MetricKey[] = ['hits', 'total', 'sum', 'count', 'query', 'histogram']

const keysOf: Readonly<Record<Kind, readonly MetricKey[]>> = {
  errors: [...common, 'ceiling'],
  latency: [...common, 'quantiles', 'ceiling'],
  restarts: [...common, 'name'],
  conversion: [...common, 'name', 'worse', 'hits', 'total'],
  mean: [...common, 'name', 'worse', 'sum', 'count', 'low', 'high'],
  custom: [...common, 'name', 'worse', ...measured, 'low', 'high', 'quantiles'],
}

/** What a metric means, or everything that is wrong with it. */
export const metricOf = (written: WrittenMetric): Metric | readonly Complaint[] => {
  const foreign = foreignKeys(written)
  if (foreign.length > 0) return foreign
  const ways = contradictions(written)
  const read = kindOf(written)
  if (read.ok && ways.length === 0) return read.value
  return read.ok ? ways : [...ways, read.complaint]
}

const foreignKeys = (written: WrittenMetric): readonly Complaint[] => {
  const { metric } = written
  const own = keysOf[metric]
  return (Object.keys(written) as MetricKey[])
    .filter((key) => written[key] !== undefined && !own.includes(key))
    .map((key) => ({ key, message: asMessage(`cannot stand with metric: ${metric}`, whyForeign(metric, key)) }))
}

const whyForeign = (kind: Kind, key: MetricKey): string => {
  if (key === 'name') return `${kind} is named by its kind: take it out`
  if (key === 'worse') return `more is worse of ${kind}: take it out`
  const takes = keysOf[kind].filter((own) => !common.includes(own))
  return `beside ${common.join(', ')} it takes ${takes.join(', ')}`
}

const contradictions = ({ onFail, required, dryRun }: WrittenMetric): readonly Complaint[] => {
  if (dryRun === true && required === true) {
    const hint = 'of a dry run nothing follows: leave required out, or dryRun'
    return [{ key: 'required', message: asMessage('contradicts dryRun', hint) }]
  }
  if (onFail !== 'observe') return []
  if (required === true) {
    const hint = 'when nothing follows, nothing waits: leave required out, or write onFail: pause'
    return [{ key: 'required', message: asMessage('contradicts onFail: observe', hint) }]
  }
  if (dryRun !== true) return []
  const hint = 'a dry run tells what onFail would have done: leave one of them out'
  return [{ key: 'dryRun', message: asMessage('adds nothing to onFail: observe', hint) }]
}

const kindOf = (written: WrittenMetric): Read<Metric> => {
  switch (written.metric) {
    case 'errors':
      return errorsOf(written)
    case 'latency':
      return latencyOf(written)
    case 'restarts':
      return sourceOf({ ...written, worse: 'higher' }, ok({ kind: 'restarts' }))
    case 'conversion':
      return sourceOf({ worse: 'lower', ...written }, shareOf(written))
    case 'mean':
      return sourceOf(written, meanOf(written))
    case 'custom':
      return written.name === undefined ? missing('name', 'name: queue-length') : sourceOf(written, customOf(written))
    default:
      return written.metric satisfies never
  }
}

/** What all metrics have. Those of the edge are required: they can always be measured. */
const policyOf = (written: WrittenMetric, usual: Pick<Metric, 'onFail' | 'required'>) => {
  const { dryRun = false, onFail = usual.onFail } = written
  const required = written.required ?? (usual.required && !dryRun && onFail !== 'observe')
  return { onFail, required, dryRun }
}

const errorsOf = (written: WrittenMetric): Read<ErrorsMetric> => {
  const { margin, ceiling } = written
  if (margin !== undefined && margin.kind !== 'both')
    return wrong('margin', asMessage('of errors is a mapping', 'write margin: { ratio: 1.5, difference: 0.5% }'))
  if (typeof ceiling === 'object')
    return wrong('ceiling', asMessage('of errors is a share of the requests', 'write ceiling: 5%'))
  const ratio = margin?.ratio ?? usualErrors.margin.ratio
  const difference = shareIn(margin?.difference) ?? usualErrors.margin.difference
  if (ratio === 1 && difference === 0)
    return wrong('margin', asMessage('leaves no room', 'nothing could be shown to be as good to the last request'))
  return ok({
    ...usualErrors,
    ...policyOf(written, usualErrors),
    ...{ margin: { ratio, difference }, ceiling: shareIn(ceiling) ?? null },
  })
}

const latencyOf = (written: WrittenMetric): Read<LatencyMetric> => {
  const { ceiling, quantiles = usualLatency.quantiles } = written
  const margin = factorOf(written, usualLatency.margin)
  if (!margin.ok) return margin
  if (typeof ceiling === 'number')
    return wrong('ceiling', asMessage('of latency is a quantile', 'write ceiling: { quantile: p99, time: 800ms }'))
  return ok({
    ...usualLatency,
    ...policyOf(written, usualLatency),
    ...{ quantiles, margin: margin.value },
    ceiling: ceiling === undefined ? null : { quantile: ceiling.quantile, ms: ceiling.time },
  })
}

const shareIn = (share: PartsPerMillion | undefined): number | undefined =>
  share === undefined ? undefined : share / everything

/** A factor above 1: of latency, of restarts, of a histogram. */
const factorOf = ({ margin, metric }: WrittenMetric, usual: number): Read<number> => {
  if (margin === undefined) return ok(usual)
  return margin.kind === 'number' && margin.value > 1 && margin.value <= 10
    ? ok(margin.value)
    : wrong('margin', asMessage(`of ${metric} is a factor above 1 and at most 10`, `write margin: ${usual}`))
}

const sourceOf = (written: WrittenMetric, measure: Read<Measure>): Read<SourceMetric> => {
  if (!measure.ok) return measure
  const { metric, name = metric, worse } = written
  if (metric === 'errors' || metric === 'latency') throw new Error(`${metric} is of the edge`)
  if (worse === undefined)
    return wrong(
      'worse',
      asMessage('is missing', 'say which direction is a regression: worse: higher, or worse: lower'),
    )
  const margin = marginOf(written, measure.value)
  if (!margin.ok) return margin
  // A number that is looked at again and again is not independent of itself: a person sees first what it is worth.
  const usual = { onFail: measure.value.kind === 'value' ? 'pause' : 'rollback', required: false } as const
  return ok({ kind: metric, name, ...policyOf(written, usual), worse, measure: measure.value, margin: margin.value })
}

const marginOf = (written: WrittenMetric, measure: Measure): Read<number> => {
  switch (measure.kind) {
    case 'restarts':
      return factorOf(written, 2)
    case 'histogram':
      return factorOf(written, usualLatency.margin)
    case 'share':
      return pointsOf(written.margin)
    case 'mean':
    case 'value':
      return amountOf(written.margin, measure)
    default:
      return measure satisfies never
  }
}

const pointsOf = (margin: Margin | undefined): Read<number> => {
  if (margin === undefined) return ok(0.01)
  return margin.kind === 'share' && margin.value > 0
    ? ok(margin.value / everything)
    : wrong('margin', asMessage('of a share is a difference in points, above 0%', 'write margin: 1%'))
}

const amountOf = (margin: Margin | undefined, { low, high }: { readonly low: number; readonly high: number }) => {
  const range = high - low
  if (margin === undefined) return ok(range / 20)
  return margin.kind === 'number' && margin.value > 0 && margin.value < range
    ? ok(margin.value)
    : wrong(
        'margin',
        asMessage(
          'is a difference in the unit of low and high, above 0 and less than they lie apart',
          `write margin: ${Number((range / 20).toPrecision(2))}, or leave it out for a twentieth of the range`,
        ),
      )
}

const missing = (key: MetricKey, example: string) => wrong(key, asMessage('is missing', `such as ${example}`))

const shareOf = ({ hits, total }: WrittenMetric): Read<Measure> => {
  if (hits === undefined) return missing('hits', 'hits: orders_total{version="{{release}}"}')
  if (total === undefined) return missing('total', 'total: visits_total{version="{{release}}"}')
  return ok({ kind: 'share', hits, total })
}

const meanOf = (written: WrittenMetric): Read<Measure> => {
  const { sum, count } = written
  if (sum === undefined) return missing('sum', 'sum: basket_euros_sum{version="{{release}}"}')
  if (count === undefined) return missing('count', 'count: basket_euros_count{version="{{release}}"}')
  const range = rangeOf(written)
  return range.ok ? ok({ kind: 'mean', sum, count, ...range.value }) : range
}

const rangeOf = ({ low, high }: WrittenMetric): Read<{ readonly low: number; readonly high: number }> => {
  const hint = 'every value lies between low and high: the evidence is for no others'
  if (low === undefined) return wrong('low', asMessage('is missing', hint))
  if (high === undefined) return wrong('high', asMessage('is missing', hint))
  return low < high ? ok({ low, high }) : wrong('low', asMessage(`must be below high, ${high}, and is ${low}`))
}

const customOf = (written: WrittenMetric): Read<Measure> => {
  const { query, histogram, quantiles, low, high } = written
  const forms = formsIn(written)
  const [form] = forms
  if (form === undefined || forms.length > 1) {
    const says = form === undefined ? 'has nothing to measure' : `has ${forms.length} measures (${forms.join(', ')})`
    return wrong('metric', asMessage(says, 'write one: hits and total, sum and count, query, or histogram'))
  }
  if (quantiles !== undefined && histogram === undefined)
    return wrong('quantiles', asMessage('are for a histogram', `take them out of one with ${form}`))
  const isBounded = form === 'sum and count' || form === 'query'
  const bound = low === undefined ? 'high' : 'low'
  if (!isBounded && (low !== undefined || high !== undefined))
    return wrong(bound, asMessage('is for sum and count, or a query', `take it out of one with ${form}`))
  if (query !== undefined) {
    const range = rangeOf(written)
    return range.ok ? ok({ kind: 'value', query, ...range.value }) : range
  }
  if (histogram === undefined) return form === 'sum and count' ? meanOf(written) : shareOf(written)
  return written.worse === 'lower'
    ? wrong('worse', asMessage('must be higher for a histogram', 'its quantiles are compared as those of latency are'))
    : ok({ kind: 'histogram', selector: histogram, quantiles: quantiles ?? usualLatency.quantiles })
}

const formsIn = ({ hits, total, sum, count, query, histogram }: WrittenMetric): readonly string[] => [
  ...(hits !== undefined || total !== undefined ? ['hits and total'] : []),
  ...(sum !== undefined || count !== undefined ? ['sum and count'] : []),
  ...(query === undefined ? [] : ['query']),
  ...(histogram === undefined ? [] : ['histogram']),
]

/** In a list: at the path, and the sentence. */
export type ListComplaint = { readonly path: (string | number)[]; readonly message: string }

export const listComplaints = (metrics: readonly Metric[]): readonly ListComplaint[] => [
  ...metrics.flatMap((metric, index) => nameComplaints(metric, { index, before: metrics.slice(0, index) })),
]

type Among = { readonly index: number; readonly before: readonly Metric[] }

const nameComplaints = ({ kind, name }: Metric, { index, before }: Among): readonly ListComplaint[] => {
  if (name !== kind && metricKinds.some((other) => other === name)) {
    const hint = 'only a metric of that kind has it: write a name of its own'
    return [{ path: [index, 'name'], message: asMessage(`is the name of another kind, ${name}`, hint) }]
  }
  if (!before.some((other) => other.name === name)) return []
  const hint = kind === 'errors' || kind === 'latency' ? 'take one of them out' : 'write a name, such as name: signups'
  return [{ path: [index], message: asMessage(`is a second metric with the name ${name}`, hint) }]
}
