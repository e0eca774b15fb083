// The judge of one rollout: its metrics side by side, and what they know put into figures. A trip by one of them is the
// rollout's; after it everything is counted and nothing is decided. A metric that takes nobody back keeps in its state that it
// failed, and what follows is for whoever reads that. Pure.
import type { Instant, PartsPerMillion } from '../time.ts'
import { everything, ppm } from '../time.ts'
import type { Decision, Note, Slowness } from './decision.ts'
import type { Interval } from './engines/interval.ts'
import { errorsOfEdges } from './errors/edges.ts'
import type { Outcome } from './errors/error-judge.ts'
import { createErrorJudge } from './errors/error-judge.ts'
import type { ErrorState } from './errors/error-state.ts'
import type { JudgeState } from './judge-state.ts'
import { checkedState } from './judge-state.ts'
import type { Observation } from './latency/latency-judge.ts'
import { createLatencyJudge } from './latency/latency-judge.ts'
import type { EdgeMetric, MetricName } from './metric.ts'
import { errorsName, latencyName, takesBack, usualLatency } from './metric.ts'
import type { Tally } from './tally.ts'

/** `limit`: evidence at which it decides. */
export type JudgedMetric = EdgeMetric & { readonly limit: number }

export type JudgePlan = {
  /** Errors are always among them. */
  readonly metrics: readonly JudgedMetric[]
  /** How long a new candidate's latency is not compared, from its first request on. */
  readonly warmupMs: number
  /** What an earlier judge of this rollout knew. */
  readonly resume: JudgeState | null
}

export type Judge = {
  /** A request goes to the candidate. */
  expose(atMs: number): void
  /** Counts one outcome; answers a decision when it is the decisive one. */
  record(outcome: Outcome): Decision | null
  /** Counts how long a request took; the decision, if there is one, is of the seconds before. */
  observe(observation: Observation): Decision | null
  /** Tells the time, so that a second ends also when no request comes. */
  turn(atMs: number): Decision | null
  /** The weight changes. */
  cut(atMs: number): Decision | null
  /** A request that takes longer may be observed as such before it ends; null while latency is not compared. */
  settledAfterMs(): number | null
  /** The errors that speak against it so far were of one instance that is gone. */
  forgive(): void
  /** When a note was taken, said as soon as it is answered. */
  date(at: Instant): void
  state(): JudgeState
}

export const createJudge = ({ metrics, warmupMs, resume }: JudgePlan): Judge => {
  const from = resume === null ? null : checkedState(resume)
  const [ofErrors, ofLatency] = [metrics.find(isKind('errors')), metrics.find(isKind('latency'))]
  if (ofErrors === undefined) throw new Error('a judge without errors')
  const errors = createErrorJudge({ ...ofErrors, resume: from?.errors ?? null })
  const latency =
    ofLatency === undefined ? null : createLatencyJudge({ ...ofLatency, warmupMs, resume: from?.latency ?? null })
  const failed = from === null ? [] : failedIn(from)
  let tripped = metrics.some((metric) => takesBack(metric) && failed.includes(metric.name))

  const first = (decision: Decision | null): Decision | null => {
    if (decision === null || tripped) return null
    tripped = decision.kind === 'trip'
    return decision
  }

  return {
    expose: (atMs) => latency?.expose(atMs),
    record: (outcome) => first(errors.record(outcome)),
    observe: (observation) => first(latency?.observe(observation) ?? null),
    turn: (atMs) => first(latency?.turn(atMs) ?? null),
    cut: (atMs) => first(latency?.cut(atMs) ?? null),
    settledAfterMs: () => latency?.settledAfterMs() ?? null,
    forgive: errors.forgive,
    date: (at) => {
      errors.date(at)
      latency?.date(at)
    },
    state: () => ({ version: 3, errors: errors.state(), latency: latency?.state() ?? null }),
  }
}

/** Metrics of which a judge has found that the candidate is worse. */
const failedIn = ({ errors, latency }: JudgeState): readonly MetricName[] => [
  ...(isWorse(errors.decided) ? [errorsName] : []),
  ...(latency !== null && isWorse(latency.decided) ? [latencyName] : []),
]

const isWorse = (decided: ErrorState['decided']): boolean => decided !== 'nothing' && decided !== 'hold'

const isKind =
  <Kind extends EdgeMetric['kind']>(kind: Kind) =>
  (metric: JudgedMetric): metric is Extract<JudgedMetric, { kind: Kind }> =>
    metric.kind === kind

/** What a metric has come to. */
export type Assessment = {
  readonly metric: MetricName
  /** E-value against "the candidate is no worse". */
  readonly evidence: number
  /** E-value against "it is worse than the margin of promotion". */
  readonly promotion: number
  /** It was judged worse, at some time. */
  readonly failed: boolean
  /** Bad requests; of latency those that were slower than the threshold that tells most. */
  readonly candidate: Tally
  readonly stable: Tally
  /** Null for errors, and while there is no threshold yet. */
  readonly slowness: Slowness | null
  /** Of the candidate's share of bad requests less stable's, right at all times at once; null for latency. */
  readonly difference: Interval | null
  /** E-values against "its share of bad requests is larger than stable's by more than `most`"; empty for latency. */
  readonly bounded: readonly { readonly most: number; readonly evidence: number }[]
  /** What it had come to then, where it does not lead back. */
  readonly noted: Note | null
}

/** By how much more a candidate may fail at steps up to a weight: before it gets more, that must be refuted. */
export const differenceCaps: readonly { readonly upTo: PartsPerMillion; readonly most: number }[] = [
  { upTo: ppm(10_000), most: 0.05 },
  { upTo: ppm(50_000), most: 0.02 },
  { upTo: everything, most: 0.01 },
]

/** The intervals that people are shown are wrong with this probability. */
export const displayAlpha = 0.01

/** The metrics of a state, errors first. */
export const assess = (state: JudgeState): readonly Assessment[] => {
  const errors = errorsOfEdges([state.errors], 1)
  const { evidence, candidate, stable } = errors
  const failed = failedIn(state)
  const ofErrors: Assessment = {
    ...{ metric: errorsName, evidence, promotion: errors.promotion(), candidate, stable },
    ...{ slowness: null, difference: errors.difference(displayAlpha) },
    ...{ failed: failed.includes(errorsName), noted: state.errors.noted },
    bounded: differenceCaps.map(({ most }) => ({ most, evidence: errors.bounded(most) })),
  }
  if (state.latency === null) return [ofErrors]
  // Nothing is decided here.
  const latency = createLatencyJudge({ ...usualLatency, limit: 1, warmupMs: 0, resume: state.latency })
  const strongest = latency.strongest()
  const none: Tally = { requests: 0, bad: 0 }
  return [
    ofErrors,
    {
      ...{
        metric: latencyName,
        evidence: latency.evidence(),
        promotion: latency.promotion(),
        failed: failed.includes(latencyName),
        difference: null,
        bounded: [],
        noted: state.latency.noted,
      },
      ...{ candidate: strongest?.candidate ?? none, stable: strongest?.stable ?? none },
      slowness: strongest === null ? null : { quantile: strongest.quantile, thresholdMs: strongest.thresholdMs },
    },
  ]
}
