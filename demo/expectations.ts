// What the demo announces of a run, and which of it did not come true, in sentences. Pure.
import type { DemoReport } from './report.ts'
import type { Variant } from './variants.ts'

export const leastPerSecond = 300
export const longestSeconds = 90

export type Run = {
  readonly report: DemoReport
  readonly variants: readonly Variant[]
  /** Requests a second that the load generator sent, over the whole of its time. */
  readonly perSecond: number
  /** Answers that were neither 2xx nor 5xx. */
  readonly oddAnswers: number
  /** How many answers of a release the users got. */
  readonly answersOf: (release: string) => number
}

/** None when everything went as announced. */
export const disappointments = (run: Run): readonly string[] => [
  ...run.variants.flatMap((variant) => ofVariant(run, variant)),
  ...ofTraffic(run),
  ...(run.report.seconds < longestSeconds ? [] : [`it took ${run.report.seconds} s, not under ${longestSeconds}`]),
]

const ofVariant = ({ report, answersOf }: Run, { version, outcome, metric }: Variant): readonly string[] => {
  const rollout = report.rollouts.find(({ release }) => release === version)
  if (rollout === undefined) return [`${version} was not shipped`]
  if (rollout.outcome !== outcome)
    return [`${version} should be ${outcome}, it is ${rollout.outcome}: ${rollout.reason}`]
  switch (outcome) {
    case 'Succeeded':
      return rollout.failedUserRequests === 0
        ? []
        : [`${version} is a good release, and ${rollout.failedUserRequests} requests failed on it`]
    case 'RolledBack':
      return rollout.metric === metric && rollout.decisiveToZeroMs !== null
        ? []
        : [`${version} should go back for its ${metric}, it went back because ${rollout.reason}`]
    case 'Failed':
      return rollout.candidateRequests + answersOf(version) === 0
        ? []
        : [`${version} was never ready and should get no request, users got ${answersOf(version)} answers of it`]
    default:
      return outcome satisfies never
  }
}

const ofTraffic = ({ report, perSecond, oddAnswers }: Run): readonly string[] => {
  const failed = report.rollouts.reduce((sum, { failedUserRequests }) => sum + failedUserRequests, 0)
  return [
    ...(report.droppedRequests === 0 ? [] : [`${report.droppedRequests} requests were dropped`]),
    ...(oddAnswers === 0 ? [] : [`${oddAnswers} answers were neither 2xx nor 5xx`]),
    ...(report.clientErrors === failed
      ? []
      : [`users saw ${report.clientErrors} errors, and the releases account for ${failed}`]),
    ...(perSecond >= leastPerSecond
      ? []
      : [`the load was ${Math.round(perSecond)} requests a second, not ${leastPerSecond}`]),
  ]
}
