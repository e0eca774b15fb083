// From what is stored to what goes over the wire. Pure; words come from the core.
import type { Explanation, RolloutView, Transition } from '@humdrum/contract/api.ts'
import { phaseSchema } from '@humdrum/contract/api.ts'
import { stepShape } from '@humdrum/contract/step-shape.ts'
import type { Assessment } from '@humdrum/core/analysis/judge.ts'
import { assess } from '@humdrum/core/analysis/judge.ts'
import { usualErrors } from '@humdrum/core/analysis/metric.ts'
import type { SourceAssessment } from '@humdrum/core/analysis/source/source-assessment.ts'
import type { RolloutId, Version } from '@humdrum/core/ids.ts'
import { rolloutName } from '@humdrum/core/ids.ts'
import { wantedWeight } from '@humdrum/core/rollout/desired.ts'
import type { SeenSources } from '@humdrum/core/rollout/event.ts'
import {
  causeWords,
  headline,
  lackWords,
  mismatchWords,
  noteWords,
  pauseWords,
  replacedWords,
  unprovenWords,
} from '@humdrum/core/rollout/explain.ts'
import { metricStatus } from '@humdrum/core/rollout/metric-status.ts'
import { lacks } from '@humdrum/core/rollout/passing.ts'
import type { RemainingSeen } from '@humdrum/core/rollout/remaining.ts'
import { remainingWords } from '@humdrum/core/rollout/remaining.ts'
import { sourceWords } from '@humdrum/core/rollout/source-words.ts'
import type { Lack, Rollout } from '@humdrum/core/rollout/state.ts'
import {
  decidesAt,
  legOf,
  promotionLimit,
  rollbackLimit,
  stableAfter,
  standbyUntil,
  stepOf,
} from '@humdrum/core/rollout/state.ts'
import { story } from '@humdrum/core/rollout/story.ts'
import type { Instant } from '@humdrum/core/time.ts'
import { everything } from '@humdrum/core/time.ts'
import type { Measurement, StoredTransition } from '../store/records.ts'
import type { StoredRollout } from '../store/rollouts.ts'

export type Beside = {
  /** What was last measured of it; null before the first time. */
  readonly measurement: Measurement | null
  /** What was read from elsewhere than the edge; null where nothing was. */
  readonly sources: SeenSources | null
  /** Whether its candidate's artifact is rejected. */
  readonly rejected: boolean
}

export const rolloutView = (stored: StoredRollout, { measurement, sources, rejected }: Beside): RolloutView => {
  const { rollout } = stored
  return {
    ...planView(rollout),
    ...measuredView(rollout, { measurement, sources }),
    id: rolloutName(rollout.id),
    app: rollout.scope.app,
    environment: rollout.scope.environment,
    phase: rollout.phase,
    headline: headline(rollout),
    reason: reasonOf(rollout),
    step: stepOf(rollout),
    leg: legOf(rollout),
    wantedWeight: wantedWeight(rollout),
    generation: rollout.generation,
    startedAt: stored.startedAt,
    since: rollout.since,
    endedAt: stored.endedAt,
    standbyUntil: standbyUntil(rollout),
    asked: stored.asked,
    rejected,
  }
}

const planView = ({ plan }: Rollout) => ({
  kind: plan.kind,
  release: plan.candidate,
  artifact: plan.candidateArtifact,
  from: plan.stable,
  steps: plan.steps.map(stepShape),
  alpha: plan.alpha,
  beta: plan.beta,
  promotionLimit: promotionLimit(plan),
  limit: rollbackLimit(plan),
  minExposure: plan.minExposure,
  unit: plan.unit,
  bake: plan.bake,
  wayBack: plan.wayBack && { checked: [...plan.wayBack.checked], notChecked: [...plan.wayBack.notChecked] },
})

type Seen = Pick<Beside, 'measurement' | 'sources'>

const measuredView = (rollout: Rollout, { measurement, sources }: Seen) => {
  const metrics = measurement?.judge == null ? [] : assess(measurement.judge)
  const lacking = lacksOf(rollout, metrics, { measurement, sources })
  const remaining = remainingOf(rollout, measurement, { metrics, lacks: lacking })
  return {
    weight: weightOf(rollout, measurement),
    candidate: measurement?.candidate ?? { requests: 0, bad: 0 },
    stable: measurement?.stable ?? { requests: 0, bad: 0 },
    rescued: measurement?.rescued ?? 0,
    evidence: largestEvidence([...metrics, ...(sources?.metrics ?? [])]),
    sources: (sources?.metrics ?? []).map((one) => sourceView(rollout, one)),
    metrics: metrics.map((one) => metricView(rollout, one, measurement?.weight != null)),
    waitsFor: [...lacking.map(lackWords), ...(remaining === null ? [] : [remaining])],
    warnings: warningsOf(rollout, measurement),
    notes: [...rollout.noted.map((one) => noteWords(rollout.plan, one)), ...rollout.unproven.map(unprovenWords)],
    trip: tripOf(rollout) ?? measurement?.trip ?? null,
    releases: (measurement?.releases ?? []).map((seen) => ({
      ...seen,
      role: roleOf(rollout, seen.release, measurement?.at ?? rollout.since),
    })),
  }
}

const largestEvidence = (told: readonly { readonly evidence: number }[]): number =>
  told.length === 0 ? 1 : Math.max(...told.map(({ evidence }) => evidence))

const sourceView = ({ plan }: Rollout, one: SourceAssessment): RolloutView['sources'][number] => {
  const { metric, status, evidence, promotion, limit, lastGoodAt } = one
  return { metric, status, words: sourceWords(plan, one), evidence, promotion, limit, lastGoodAt }
}

const warningsOf = (rollout: Rollout, measurement: Measurement | null): string[] =>
  [replacedWords(rollout), measurement?.mismatch ? mismatchWords(measurement.mismatch) : null].filter(
    (words) => words !== null,
  )

const metricView = (rollout: Rollout, one: Assessment, isRead: boolean): RolloutView['metrics'][number] => {
  const { bounded: _, failed: __, ...figures } = one
  return { ...figures, ...settingsOf(rollout, one.metric), status: metricStatus(rollout, one, isRead) }
}

const settingsOf = ({ plan }: Rollout, name: string) => {
  const { onFail, required, dryRun } = plan.metrics.find((metric) => metric.name === name) ?? usualErrors
  return { onFail, required, dryRun, limit: decidesAt(plan, name) }
}

const remainingOf = (
  rollout: Rollout,
  measurement: Measurement | null,
  known: Pick<RemainingSeen, 'metrics' | 'lacks'>,
): string | null =>
  measurement === null
    ? null
    : remainingWords(rollout, { ...known, at: measurement.at, requests: measurement.candidate.requests })

const lacksOf = (rollout: Rollout, metrics: readonly Assessment[], { measurement, sources }: Seen): readonly Lack[] => {
  const isWatched = rollout.phase === 'Progressing' || rollout.phase === 'Baking'
  if (!isWatched || rollout.from === null) return []
  const requests = measurement?.candidate.requests ?? 0
  const at = measurement?.at ?? rollout.since
  return lacks(rollout, { at, from: rollout.from, router: { requests, metrics }, sources })
}

/** The edge speaks of the candidate's share; a release that became stable has all that nobody else has. */
const weightOf = ({ phase }: Rollout, measurement: Measurement | null): number | null => {
  const weight = measurement?.weight ?? null
  return weight !== null && phase === 'Succeeded' ? everything : weight
}

/** The one that it went back for is the one that counts. */
const tripOf = (rollout: Rollout) => ('cause' in rollout && rollout.cause.kind === 'trip' ? rollout.cause.trip : null)

const roleOf = (rollout: Rollout, release: Version, at: Instant): RolloutView['releases'][number]['role'] => {
  if (release === stableAfter(rollout)) return 'stable'
  const until = standbyUntil(rollout)
  if (release === rollout.plan.stable && until !== null && at < until) return 'standby'
  const isCandidate = release === rollout.plan.candidate && rollout.phase !== 'RolledBack' && rollout.phase !== 'Failed'
  return isCandidate ? 'candidate' : 'leaving'
}

const reasonOf = (rollout: Rollout): string | null => {
  if ('cause' in rollout) return causeWords(rollout.cause)
  return rollout.phase === 'Paused' ? pauseWords(rollout.reason) : null
}

export const explanationView = (
  stored: StoredRollout,
  { measurement, sources, rejected, transitions }: Beside & { readonly transitions: readonly StoredTransition[] },
): Explanation => {
  const { rollout } = stored
  const metrics = measurement?.judge == null ? [] : assess(measurement.judge)
  const lacking = lacksOf(rollout, metrics, { measurement, sources })
  const remaining = remainingOf(rollout, measurement, { metrics, lacks: lacking })
  const { rescued = 0, mismatch = null } = measurement ?? {}
  const told = { rollout, metrics, sources, rescued, mismatch, lacks: lacking, remaining }
  return {
    title: `${rolloutName(rollout.id)}  ${rollout.scope.app} → ${rollout.scope.environment}  ${rollout.phase}`,
    sections: story(told).map(({ heading, lines }) => ({ heading, lines: [...lines] })),
    timeline: transitions.map(({ at, text }) => ({ at, text })),
    rollout: rolloutView(stored, { measurement, sources, rejected }),
  }
}

export const transitionView = (row: StoredTransition): Transition => ({
  id: row.id,
  rollout: rolloutName(row.rollout as RolloutId),
  app: row.app,
  environment: row.environment,
  generation: row.generation,
  at: row.at,
  phase: phaseSchema.parse(row.phase),
  step: row.step,
  text: row.text,
})
