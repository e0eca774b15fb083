// The key `rollout.analysis.metrics`: the list of what is compared between the candidate and stable, as it is written.
// What each kind takes and means is in metric-kinds.ts.
import type { Metric } from '@humdrum/core/analysis/metric.ts'
import type { QueryFlaw } from '@humdrum/core/delivery/release-reference.ts'
import { queryFlaw, selectorFlaw } from '@humdrum/core/delivery/release-reference.ts'
import { everything, ppm } from '@humdrum/core/time.ts'
import { z } from 'zod'
import type { Complaint, Margin } from './metric-kinds.ts'
import { listComplaints, metricKinds, metricOf } from './metric-kinds.ts'
import { scopeNameForm, scopeNameRule } from './names.ts'
import { shown } from './problem.ts'
import { section, text } from './section.ts'
import { asMessage } from './sentences.ts'
import { durationMs, share } from './units.ts'

const half = ppm(500_000)
const quantileForm = /^p(?!0+(\.0+)?$)\d{1,2}(\.\d{1,3})?$/

const quantileSchema = z
  .string({ error: ({ input }) => quantileSentence(input) })
  .regex(quantileForm, { error: ({ input }) => quantileSentence(input) })
  .transform((written) => Number((Number(written.slice(1)) / 100).toFixed(5)))

const quantileSentence = (input: unknown): string => {
  const number = Number(String(input).replace(/^p/, ''))
  const percent = number > 0 && number < 1 ? 100 * number : number
  const isMeant = percent > 0 && percent < 100
  const hint = isMeant ? `write p${Number(percent.toFixed(3))}` : 'such as p50, p99 or p99.9'
  return asMessage(`must be a quantile, p and a number below 100, not ${shown(input)}`, hint)
}

const quantilesSchema = z
  .array(quantileSchema)
  .min(1)
  .max(8)
  .describe(
    'Of `latency` and of a `histogram`: which quantiles of stable are compared, ascending. `[p50, p90, p99, p99.9]` without it.',
  )
  .transform((quantiles, context) => {
    const ascending = [...new Set(quantiles)].toSorted((left, right) => left - right)
    if (ascending.some((quantile, index) => quantile !== quantiles[index]) || ascending.length < quantiles.length) {
      const names = ascending.map((quantile) => `p${Number((100 * quantile).toFixed(3))}`)
      context.addIssue(asMessage('must ascend, and name none twice', `write quantiles: [${names.join(', ')}]`))
    }
    return quantiles
  })

const bothSchema = section({
  ratio: z
    .number()
    .min(1)
    .max(100)
    .optional()
    .describe('Of `errors`: so many times the share of stable; 1.5 without it.'),
  difference: share((value) => value < half, 'must be below 50%')
    .optional()
    .describe(
      'Of `errors`: so many points more than stable; `0.5%` without it. Whichever of the two allows more counts.',
    ),
})

const marginSchema = z
  .union(
    [
      z
        .number()
        .positive()
        .transform((value): Margin => ({ kind: 'number', value })),
      share((value) => value < half, 'must be below 50%').transform((value): Margin => ({ kind: 'share', value })),
      bothSchema.transform(({ ratio, difference }): Margin => ({ kind: 'both', ratio, difference })),
    ],
    { error: () => asMessage('must be a number, a percentage or a mapping', 'such as margin: 1.2, or margin: 1%') },
  )
  .describe(
    'How much worse the candidate may be and still get full exposure. Of `errors` `{ ratio: 1.5, difference: 0.5% }`, of `latency` and of a histogram a factor (`1.2`), of restarts one too (`2`), of hits in a total points (`1%`), else a number in the unit of `low` and `high` (a twentieth of their distance).',
  )

const ceilingSchema = z
  .union(
    [
      share((value) => value > 0 && value < everything, 'must be above 0% and below 100%'),
      section({
        quantile: quantileSchema.describe('Of the latency of the candidate, such as `p99`.'),
        time: durationMs(1).describe('It may not take longer than this.'),
      }),
    ],
    {
      error: () =>
        asMessage('must be a percentage or a mapping', 'write ceiling: 5%, or ceiling: { quantile: p99, time: 800ms }'),
    },
  )
  .describe(
    'What is too much whatever stable does: of `errors` a share of the requests (`5%`), of `latency` a quantile (`{ quantile: p99, time: 800ms }`). The candidate goes back when it alone is surely above it; where stable is above it too, a person is called.',
  )

type Flaw = (written: string) => QueryFlaw | null

const query = (of: string, example: string, flaw: Flaw) =>
  text(example)
    .superRefine((written, context) => {
      const found = flaw(written)
      if (found !== null) context.addIssue(asMessage(found.says, found.hint))
    })
    .optional()
    .describe(of)

const selector = (of: string, example: string) => query(of, example, selectorFlaw)

const fields = section(
  {
    metric: z
      .enum(metricKinds)
      .describe(
        '`errors`: 5xx answers, refused and reset connections, truncated answers, as the edge sees them. `latency`: the time to the head of the answer. `restarts`: of the instances. `conversion`: a share of hits. `mean`: of observations in known bounds. `custom`: whatever a source can tell.',
      ),
    name: z
      .string()
      .regex(scopeNameForm, { error: scopeNameRule })
      .optional()
      .describe('What it is called; `custom` needs one, the others have the name of their kind without it.'),
    onFail: z
      .enum(['rollback', 'pause', 'observe'])
      .optional()
      .describe(
        'What follows when it is judged worse. `rollback`: back to stable. `pause`: a person is called, and the weight stays. `observe`: it is told, and nothing follows. `rollback` without it; `pause` for a `query`.',
      ),
    required: z
      .boolean()
      .optional()
      .describe(
        'Whether full exposure waits until it is shown to be within its margin. While it cannot be measured, no step passes. `true` for `errors` and `latency` without it, `false` for the others.',
      ),
    dryRun: z
      .boolean()
      .optional()
      .describe('It is judged, and what would have followed is told; nothing follows. `false` without it.'),
    worse: z
      .enum(['higher', 'lower'])
      .optional()
      .describe('Which direction is a regression; `lower` for `conversion` without it, `mean` and `custom` need it.'),
    margin: marginSchema.optional(),
    ceiling: ceilingSchema.optional(),
    quantiles: quantilesSchema.optional(),
    hits: selector('A counter: some of `total`.', 'hits: orders_total{version="{{release}}"}'),
    total: selector('A counter.', 'total: visits_total{version="{{release}}"}'),
    sum: selector('A counter: the sum of observations.', 'sum: basket_euros_sum{version="{{release}}"}'),
    count: selector('A counter: how many they are.', 'count: basket_euros_count{version="{{release}}"}'),
    query: query(
      'Of `custom`: an expression with one series, whose value is looked at again and again.',
      'query: max(queue_length{version="{{release}}"})',
      queryFlaw,
    ),
    histogram: selector(
      'Of `custom`: a histogram, compared at `quantiles`.',
      'histogram: render_seconds{version="{{release}}"}',
    ),
    low: z.number().optional().describe('No value of `sum` and `count`, or of `query`, is below it.'),
    high: z.number().optional().describe('None is above it.'),
  },
  '{ metric: errors }',
)

const metricSchema = fields.transform((written, context): Metric => {
  const read = metricOf(written)
  if (!isComplaints(read)) return read
  for (const { key, message } of read) context.addIssue({ code: 'custom', path: [key], message })
  return z.NEVER
})

const isComplaints = (read: ReturnType<typeof metricOf>): read is readonly Complaint[] => Array.isArray(read)

export const metricsSchema = z
  .array(metricSchema)
  .min(1)
  .max(12)
  .prefault([{ metric: 'errors' }, { metric: 'latency' }])
  .describe(
    'What is compared between the candidate and stable; `errors` is always among them. `[{ metric: errors }]` for errors alone; see below.',
  )
  .transform((metrics, context) => {
    for (const { path, message } of listComplaints(metrics)) context.addIssue({ code: 'custom', path, message })
    return metrics
  })
