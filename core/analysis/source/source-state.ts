// What the judge of sources knows, as JSON, and the check that something is such a state. It comes from the store of the same
// server; a wrong one is a bug, and judging on with it could keep a bad release in traffic.
import type { Instant } from '../../time.ts'
import { gridSize } from '../engines/grid.ts'
import { usualStakes } from '../engines/mean-bet.ts'
import { rateComponents } from '../engines/rate-evidence.ts'
import { shareComponents } from '../engines/share-rates.ts'
import type { MetricName } from '../metric.ts'
import type { SourceEvidenceState } from './source-engines.ts'
import type { Trouble } from './source-trouble.ts'

export type SourceMetricState = {
  readonly name: MetricName
  readonly evidence: SourceEvidenceState
  /** The end of the last tick in which both arms were measured; null before the first. */
  readonly lastGoodAt: Instant | null
  /** For how long ticks have come since then without both arms. */
  readonly unmeasuredMs: number
  /** For how long the candidate alone was missing, without a gap. */
  readonly missingMs: number
  /** Observations that it should have shown meanwhile, by its part of the traffic. */
  readonly missed: number
  readonly trouble: Trouble | null
  /** Judged worse, for good; or missing, until its data are back. */
  readonly verdict: 'none' | 'worse' | 'missing'
}

export type SourceJudgeState = {
  readonly version: 1
  /** The last tick that was taken; null before the first. */
  readonly last: { readonly from: Instant; readonly to: Instant } | null
  /** A trip is final: after it everything is counted and nothing decided. */
  readonly tripped: boolean
  /** In the order of the plan. */
  readonly metrics: readonly SourceMetricState[]
}

/** The state itself; throws when it is not one that a judge of these metrics can have had. */
export const checkedSource = (state: SourceJudgeState, names: readonly MetricName[]): SourceJudgeState => {
  expect(state.version === 1, 'version must be 1')
  expect(allFinite(state), 'every number must be finite')
  expect(state.last === null || state.last.from < state.last.to, 'the last tick must end after it began')
  const known = state.metrics.map(({ name }) => name)
  expect(known.length === names.length && names.every((name, at) => known[at] === name), 'it is of another plan')
  for (const metric of state.metrics) {
    expect(metric.unmeasuredMs >= 0 && metric.missingMs >= 0 && metric.missed >= 0, 'durations must not be negative')
    expect(['none', 'worse', 'missing'].includes(metric.verdict), 'verdict must be none, worse or missing')
    checkEvidence(metric.evidence)
  }
  return state
}

const checkEvidence = (evidence: SourceEvidenceState): void => {
  switch (evidence.kind) {
    case 'share':
    case 'mean':
      expectLengths([evidence.share.worse.engine.logs], gridSize)
      expectLengths(Object.values(evidence.share.rates), shareComponents)
      if (evidence.kind === 'mean') expectLengths([evidence.bets.worse, evidence.bets.within], usualStakes.length)
      return
    case 'value':
      expectLengths([evidence.bets.worse, evidence.bets.within], usualStakes.length)
      return
    case 'restarts':
      expectLengths([evidence.rate.logs, evidence.rate.masses], rateComponents)
      return
    case 'histogram':
      for (const { worse, within } of evidence.thresholds) expectLengths([worse.engine.logs, within.logs], gridSize)
      return
    default:
      expect((evidence satisfies never) === null, 'evidence must be of a known kind')
  }
}

const expectLengths = (lists: readonly (readonly number[])[], length: number): void =>
  expect(
    lists.every((list) => list.length === length),
    `evidence must have ${length} numbers each`,
  )

const allFinite = (value: unknown): boolean => {
  if (typeof value === 'number') return Number.isFinite(value)
  return typeof value !== 'object' || value === null || Object.values(value).every(allFinite)
}

const expect = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`not a state of the judge of sources: ${what}`)
}
