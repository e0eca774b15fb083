// The section `rollout` of an environment: by which steps a release is exposed, how it is judged, when it has passed.
// Defaults are those of the analysis specification.
import { errorsName, needsSource } from '@humdrum/core/analysis/metric.ts'
import type { Budget } from '@humdrum/core/rollout/ramp.ts'
import type { Step } from '@humdrum/core/rollout/state.ts'
import { everything, nothing } from '@humdrum/core/time.ts'
import { z } from 'zod'
import type { RolloutPolicy } from './app-config.ts'
import { metricsSchema } from './metrics-schema.ts'
import { section, wholeNumber } from './section.ts'
import { asMessage } from './sentences.ts'
import { durationMs, durationSentence, share } from './units.ts'

const percent = 10_000

const pauseSchema = z
  .union(
    [
      durationMs(1),
      section({
        duration: durationMs(1).optional().describe('How long; without it a person must resume the rollout.'),
      }),
    ],
    {
      error: (issue) =>
        typeof issue.input === 'number'
          ? durationSentence(issue)
          : asMessage('must be a duration or a mapping', 'write pause: 30s, or pause: {} to wait for a person'),
    },
  )
  .describe(
    '`30s` adds time to the step before it; `{}` waits until a person resumes the rollout, and goes back after 24 hours.',
  )
  .transform((pause) => (typeof pause === 'number' ? pause : (pause.duration ?? null)))

const stepSchema = section(
  {
    setWeight: share((value) => value > nothing && value < everything, 'must be above 0% and below 100%')
      .optional()
      .describe(
        "The candidate's share of the requests, above 0% and below 100%; everything comes after the last step.",
      ),
    pause: pauseSchema.optional(),
  },
  'setWeight: 10%, or pause: 30s',
)
  .meta({ minProperties: 1, maxProperties: 1 })
  .transform((step, context) => {
    const { setWeight, pause } = step
    if (setWeight !== undefined && pause === undefined) return { kind: 'setWeight', weight: setWeight } as const
    if (setWeight === undefined && pause !== undefined) return { kind: 'pause', forMs: pause } as const
    context.addIssue(
      setWeight === undefined
        ? asMessage('is a step without anything to do', 'write setWeight: 10%, or pause: 30s')
        : asMessage('is two steps in one', 'begin a second entry of the list with pause'),
    )
    return z.NEVER
  })

const defaultSteps = [{ setWeight: '1%' }, { setWeight: '5%' }, { setWeight: '25%' }, { setWeight: '50%' }]

const failedRequests = z.union(
  [
    wholeNumber(1, 1_000_000_000).transform((failed): Budget => ({ kind: 'requests', failed })),
    share((value) => value > nothing && value <= 10 * percent, 'must be above 0% and at most 10%').transform(
      (failed): Budget => ({ kind: 'share', failed }),
    ),
  ],
  {
    error: (issue) =>
      asMessage(
        issue.input === undefined ? 'is missing' : 'must be a number of requests or a share',
        'write failedRequests: 200, or failedRequests: 0.01%',
      ),
  },
)

const budgetSchema = section(
  {
    failedRequests: failedRequests.describe(
      'So many requests, or such a share of all that come meanwhile (`0.01%`), may fail because of the candidate until it has everything, at worst.',
    ),
  },
  'failedRequests: 200',
)
  .describe('What a rollout with `steps: auto` may cost users. Without it: 200 failed requests.')
  .transform((budget) => budget.failedRequests)

const stepsSchema = z
  .array(stepSchema)
  .min(1, { error: asMessage('must have at least one step', 'leave steps out to take the default steps') })
  .max(50)
  .transform((steps, context) => {
    if (steps[0]?.kind === 'pause') {
      const message = asMessage(
        'must be a setWeight, since it is the first step',
        'before it no request reaches the candidate: put setWeight: 1% before the pause',
      )
      context.addIssue({ code: 'custom', path: [0], message })
    }
    return steps
  })

const analysisSchema = section({
  // Above 20 % a step could not pass even without one error: it wants evidence below 1 / (5 alpha).
  alpha: share((value) => value > nothing && value <= 10 * percent, 'must be above 0% and at most 10%')
    .prefault('1%')
    .describe(
      'Of the releases that are no worse, the share that is stopped at most, over all metrics together; above 0%, at most 10%.',
    ),
  beta: share((value) => value > nothing && value <= 50 * percent, 'must be above 0% and at most 50%')
    .prefault('5%')
    .describe(
      'Of the releases that are worse than the margins of promotion, the share that gets full exposure at most, for each metric; above 0%, at most 50%.',
    ),
  metrics: metricsSchema,
  minExposure: section({
    requests: wholeNumber(0, 1_000_000_000)
      .prefault(200)
      .describe('Requests that the candidate must have answered in a step before it can pass.'),
    time: durationMs(0)
      .prefault('2m')
      .describe('Time that must have passed in a step, counted from when its weight was observed at the router.'),
  })
    .prefault({})
    .describe('What a step must have seen before it can pass.'),
})
  .prefault({})
  .describe('How the candidate is judged.')
  .transform(({ alpha, beta, metrics, minExposure }) => ({
    ...{ alpha, beta, metrics },
    minExposure: { requests: minExposure.requests, timeMs: minExposure.time },
  }))

const bakeSchema = section({
  for: durationMs(0).prefault('30m').describe('How long the candidate is watched; `0s` for no bake.'),
  holdback: share((value) => value <= 50 * percent, 'must be at most 50%')
    .prefault('5%')
    .describe('The share that stable keeps meanwhile, so that there is something to compare with; 0% to 50%.'),
})
  .prefault({})
  .describe('The watch after full exposure.')
  .transform((bake) => (bake.for === 0 ? null : { forMs: bake.for, holdback: bake.holdback }))

const dayMs = 86_400_000

const rolloutFields = section({
  strategy: z
    .enum(['canary', 'allAtOnce', 'observe'])
    .prefault('canary')
    .describe(
      '`canary`: by steps. `allAtOnce`: the candidate gets everything as soon as it is ready; it takes no `steps`. `observe`: another deployer exposes it, and it is judged alone, see below; of this section only `analysis` counts.',
    ),
  steps: z
    .union([
      stepsSchema,
      z.literal('auto', {
        error: asMessage('must be a list of steps, or auto', 'write steps: auto, or a list with - setWeight: 10%'),
      }),
    ])
    .optional()
    .describe(
      'What happens one after the other before full exposure; the first step is a `setWeight`. `auto`: the weight follows the evidence, within `budget`. Without it: 1%, 5%, 25%, 50%.',
    ),
  budget: budgetSchema.optional(),
  analysis: analysisSchema,
  bake: bakeSchema,
  standby: durationMs(0, dayMs)
    .prefault('1h')
    .describe(
      'How long the release that was replaced stays warm after success, for a rollback at once, see below; `0s` for not at all, at most `24h`.',
    ),
  onFailure: z.literal('rollback').prefault('rollback').describe('What happens to a candidate that is judged worse.'),
  stepBudget: durationMs(1)
    .prefault('30m')
    .describe(
      'How long a step may take, its own pause not counted, before `lowTraffic` says what becomes of it; longer than `minExposure.time`.',
    ),
  lowTraffic: z
    .enum(['pause', 'promote-if-clean', 'rollback'])
    .prefault('pause')
    .describe(
      'What happens when a step knows too little at the end of its `stepBudget`. `pause`: it waits for a person. `promote-if-clean`: it goes on when nothing at all speaks against the candidate, which is less than a proof, and is told as such; else it waits. `rollback`: back to stable; the artifact is not rejected.',
    ),
})

type Fields = z.output<typeof rolloutFields>

/** Where nobody says what a rollout may cost. */
const usualBudget: Budget = { kind: 'requests', failed: 200 }

const stepsOf = ({ strategy, steps, budget }: Fields): readonly Step[] => {
  if (strategy !== 'canary') return []
  if (steps === 'auto') return [{ kind: 'auto', budget: budget ?? usualBudget }]
  return steps ?? stepsSchema.parse(defaultSteps)
}

type Contradiction = { readonly path: (string | number)[]; readonly message: string }

const contradictions = (fields: Fields): readonly Contradiction[] => [
  ...(fields.strategy !== 'canary' && fields.steps !== undefined
    ? [
        {
          path: ['steps'],
          message: asMessage(
            'are for the strategy canary',
            `leave them out with ${fields.strategy}, or write strategy: canary`,
          ),
        },
      ]
    : []),
  ...(fields.budget !== undefined && fields.steps !== 'auto'
    ? [
        {
          path: ['budget'],
          message: asMessage('is for steps that follow the evidence', 'write steps: auto, or leave budget out'),
        },
      ]
    : []),
  ...(fields.strategy === 'canary' && fields.analysis.minExposure.timeMs >= fields.stepBudget
    ? [
        {
          path: ['stepBudget'],
          message: asMessage(
            'must be longer than analysis.minExposure.time',
            'a step lasts at least as long as minExposure.time, so none could pass',
          ),
        },
      ]
    : []),
]

export const rolloutSchema = rolloutFields
  .prefault({})
  .describe('How a release is exposed, judged and finished.')
  .transform((fields, context): RolloutPolicy | ObservePolicy => {
    for (const { path, message } of [...metricComplaints(fields), ...contradictions(fields)]) {
      context.addIssue({ code: 'custom', path, message })
    }
    const { strategy, analysis } = fields
    if (strategy === 'observe') return { strategy, analysis }
    const { stepBudget: stepBudgetMs, standby: standbyMs, steps: _, budget: __, ...same } = fields
    return { ...same, strategy, steps: stepsOf(fields), stepBudgetMs, standbyMs }
  })

/** Judged, and not exposed by us. */
type ObservePolicy = { readonly strategy: 'observe'; readonly analysis: RolloutPolicy['analysis'] }

const metricComplaints = ({ strategy, analysis: { metrics } }: Fields): readonly Contradiction[] => {
  const path = ['analysis', 'metrics']
  const foreign = metrics.filter((metric) => !needsSource(metric)).map(({ name }) => name)
  if (strategy !== 'observe')
    return foreign.includes(errorsName)
      ? []
      : [{ path, message: asMessage('must have errors', 'write metrics: [{ metric: errors }, { metric: latency }]') }]
  if (foreign.length === 0) return []
  const hint = 'such as metrics: [{ metric: custom, name: failures, worse: higher, hits: …, total: … }]'
  return [{ path, message: asMessage(`must all be of a source where it observes, not ${foreign.join(' and ')}`, hint) }]
}

/** How a candidate is judged where nothing else is said. */
export const usualAnalysis = rolloutSchema.parse({}).analysis
