// What a run of the demo measured: as one object for machines, and as a table for people. Pure.
import type { RolloutView } from '@humdrum/contract/api.ts'
import { formatEvidence } from '@humdrum/core/rollout/explain.ts'
import type { Tally } from './tally.ts'

export type RolloutReport = {
  readonly release: string
  readonly outcome: string
  readonly reason: string
  readonly metric: string | null
  /** e-value against "no worse", at most 1e300; null where nothing was compared. */
  readonly evidence: number | null
  /** As the edge counted them. */
  readonly candidateRequests: number
  /** Answers of this release with 5xx, as the users saw them. */
  readonly failedUserRequests: number
  readonly decisiveToZeroMs: number | null
  readonly seconds: number
}

export type DemoReport = {
  readonly rollouts: readonly RolloutReport[]
  readonly clientRequests: number
  readonly clientErrors: number
  readonly droppedRequests: number
  readonly seconds: number
}

const mostEvidence = 1e300

const tenths = (value: number): number => Math.round(value * 10) / 10

/** Take it when the users are gone: then no answer is missing in the tally. */
export const reportOf = (views: readonly RolloutView[], tally: Tally, elapsedMs: number): DemoReport => ({
  rollouts: views.map((view) => rolloutReport(view, tally)),
  clientRequests: tally.requests(),
  clientErrors: tally.errors(),
  droppedRequests: tally.dropped(),
  seconds: tenths(elapsedMs / 1_000),
})

const rolloutReport = (view: RolloutView, tally: Tally): RolloutReport => {
  const { trip, candidate, from } = view
  const compared = from !== null && candidate.requests > 0 ? view.evidence : null
  const evidence = trip?.evidence ?? compared
  return {
    release: view.release,
    outcome: view.phase,
    reason: view.reason ?? view.headline,
    metric: trip?.metric ?? null,
    evidence: evidence === null ? null : Math.min(evidence, mostEvidence),
    candidateRequests: candidate.requests,
    failedUserRequests: tally.of(view.release).errors,
    decisiveToZeroMs: trip?.decisiveToZeroMs ?? null,
    seconds: view.endedAt === null ? 0 : tenths((view.endedAt - view.startedAt) / 1_000),
  }
}

const head = ['release', 'outcome', 'seconds', 'requests to it', 'failed for users', 'evidence', 'decisive → 0']

export const renderTable = ({ rollouts }: DemoReport): string => {
  const rows = rollouts.map((rollout) => [
    rollout.release,
    rollout.outcome,
    String(rollout.seconds),
    rollout.candidateRequests.toLocaleString('en-US'),
    String(rollout.failedUserRequests),
    rollout.evidence === null ? '–' : formatEvidence(rollout.evidence),
    rollout.decisiveToZeroMs === null ? '–' : `${Number(rollout.decisiveToZeroMs.toPrecision(2))} ms`,
  ])
  const widths = head.map((title, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? title).length)))
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [line(head), ...rows.map(line)].join('\n')
}
