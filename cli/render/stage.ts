// One line about the stage that a rollout is in: label, time, errors of both sides, evidence. The same words while it
// goes on and when it is over. Pure; the time is given.
import type { RolloutView } from '@humdrum/contract/api.ts'
import { badOf, formatEvidence } from '@humdrum/core/rollout/explain.ts'
import type { Phase } from '@humdrum/core/rollout/state.ts'
import { formatClock, formatDuration, formatPercent, ppm } from '@humdrum/core/time.ts'
import { count, labelled } from './words.ts'

/** A phase, or a step of Progressing, and since when. */
export type Stage = { readonly phase: Phase; readonly step: number | null; readonly since: number }

export const stageOf = ({ phase, step, since }: Stage): Stage => ({ phase, step, since })

export const isSameStage = (one: Stage, other: Stage): boolean => one.phase === other.phase && one.step === other.step

/** `10 %       0:12  errors 9 of 121 (7.4 %)  vs 0.1 %  evidence 1,204 : 1  (rolls back at 100)`. */
export const stageWords = (stage: Stage, view: RolloutView, at: number): string => {
  const spent = formatClock(Math.max(0, at - stage.since))
  switch (stage.phase) {
    case 'Pending':
      return labelled('artifact', `is placed and verified  ${spent}`)
    case 'Preparing':
      return labelled('candidate', `${readyWords(view)}  ${spent}`)
    case 'Progressing':
      return labelled(weightAt(view, stage.step ?? 0), judgedWords(view, pausedStep(view, stage, spent)))
    case 'Promoting':
      return labelled(promotedWeight(view), judgedWords(view, spent))
    case 'Baking':
      return labelled(
        'bake',
        judgedWords(view, view.bake === null ? spent : `${spent} of ${formatDuration(view.bake.forMs)}`),
      )
    case 'RollingBack':
      return labelled('going back', `to ${view.from ?? 'nothing'}  ${spent}`)
    case 'Paused':
      return labelled('paused', judgedWords(view, spent))
    case 'NeedsHuman':
    case 'Frozen':
    case 'Succeeded':
    case 'RolledBack':
    case 'Failed':
      return labelled(stage.phase, view.headline)
    default:
      return stage.phase satisfies never
  }
}

/** `2 of 2 ready in 0.8 s`: it went on, so all of them are. */
export const preparedWords = (stage: Stage, view: RolloutView, at: number): string => {
  const instances = candidateOf(view)?.instances ?? 0
  const all = instances === 0 ? 'ready' : `${instances} of ${instances} ready`
  return labelled('candidate', `${all} in ${formatDuration(Math.max(0, at - stage.since))}`)
}

/** What was found before anything was started. */
export const preflightWords = (view: RolloutView): string => {
  if (view.wayBack === null) return labelled('preflight', 'first release here: nothing to go back to')
  const { checked, notChecked } = view.wayBack
  const rest = notChecked.length === 0 ? '' : `. Not checked: ${notChecked.join(', ')}`
  return labelled('preflight', `way back checked: ${checked.join(', ')}${rest}`)
}

const candidateOf = (view: RolloutView) => view.releases.find(({ release }) => release === view.release)

const readyWords = (view: RolloutView): string => {
  const candidate = candidateOf(view)
  if (candidate === undefined || candidate.instances === 0) return 'starts'
  const restarts = candidate.restarts === 0 ? '' : `, ${count(candidate.restarts, 'restart')}`
  return `${candidate.ready} of ${candidate.instances} ready${restarts}`
}

const pausedStep = (view: RolloutView, stage: Stage, spent: string): string => {
  const step = view.steps[stage.step ?? 0]
  return step !== undefined && 'pauseMs' in step && step.pauseMs !== null
    ? `${spent} of ${formatDuration(step.pauseMs)}`
    : spent
}

/** A pause keeps the weight of the step before it; one that follows the evidence is where it is. */
const weightAt = ({ steps, wantedWeight }: RolloutView, step: number): string =>
  formatPercent(
    ppm(
      steps.slice(0, step + 1).reduce((weight, current) => {
        if ('pauseMs' in current) return weight
        return 'budget' in current ? wantedWeight : current.setWeight
      }, 0),
    ),
  )

/** Whoever ends the bake gives the holdback away too: then nothing is left of it. */
const promotedWeight = ({ kind, bake, phase, wantedWeight }: RolloutView): string =>
  formatPercent(
    ppm(
      phase === 'Promoting' || phase === 'Succeeded'
        ? wantedWeight
        : 1_000_000 - (kind === 'deploy' && bake !== null ? bake.holdback : 0),
    ),
  )

const judgedWords = (view: RolloutView, spent: string): string => {
  // Without a stable release, or on the way to one that has proved itself, nothing is compared.
  if (view.from === null || view.kind === 'rollback') return spent
  const { candidate, stable } = view
  const errors = candidate.requests === 0 ? 'no request yet' : `errors ${badOf(candidate)}`
  const comparison =
    stable.requests === 0 ? '' : `vs ${Number(((100 * stable.bad) / stable.requests).toPrecision(2))} %`
  const evidence = `evidence ${formatEvidence(view.evidence)}${worstWords(view)}  (${limitWords(view)})`
  return `${spent.padEnd(7)}  ${errors.padEnd(23)}  ${comparison.padEnd(10)}  ${evidence}${onwardWords(view)}${appliedWords(view)}`
}

/** What the metric of which the evidence is asked for. */
const limitWords = ({ metrics, sources, evidence, limit }: RolloutView): string => {
  const worst = metrics.find((one) => one.evidence === evidence)
  const source = sources.find((one) => one.evidence === evidence)
  const at = (worst?.limit ?? source?.limit ?? limit).toLocaleString('en-US')
  if (worst === undefined && source !== undefined) return `decides at ${at}`
  if (worst?.dryRun) return `told at ${at}, a dry run`
  return `${limitVerbs[worst?.onFail ?? 'rollback']} at ${at}`
}

const limitVerbs = { rollback: 'rolls back', pause: 'pauses', observe: 'told' } as const

/** Errors are what the line speaks of; that the evidence is of another metric is said. */
const worstWords = ({ metrics, sources, evidence }: RolloutView): string => {
  const worst = [...metrics, ...sources].find((one) => one.evidence === evidence)
  return worst === undefined || worst.metric === 'errors' || evidence < 2 ? '' : ` of ${worst.metric}`
}

/** How far it is on its way to full exposure, by the metric that is farthest from it; else what it waits for all the same. */
const onwardWords = ({ phase, metrics, promotionLimit, waitsFor: [first] }: RolloutView): string => {
  if (phase !== 'Progressing' || metrics.length === 0) return ''
  const least = Math.min(...metrics.filter(({ required }) => required).map(({ promotion }) => promotion))
  if (least < promotionLimit) return `  promotion ${formatEvidence(least)} of ${promotionLimit.toLocaleString('en-US')}`
  return first === undefined ? '' : `  waits: ${first}`
}

const appliedWords = (view: RolloutView): string => {
  if (view.weight === null) return '  the edge cannot be read'
  return view.weight === view.wantedWeight ? '' : `  the edge applies ${formatPercent(ppm(view.weight))}`
}
